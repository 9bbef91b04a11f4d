"""One number for each row of a table, however many rows there are."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

IN_MEMORY = 1 << 24
"""With more rows, the numbers lie in a file."""

_BITS = 64


def row_array(rows: int, kind: Any, folder: Path) -> npt.NDArray[Any]:
    """Zeros, one for each row; beyond `IN_MEMORY` rows they lie in a file of the folder, gone when let go of.

    Args:
        rows: how many.
        kind: a numpy type.
        folder: an existing folder.
    """
    if rows <= IN_MEMORY:
        return np.zeros(rows, kind)
    with tempfile.TemporaryFile(dir=folder) as file:
        return np.memmap(file, dtype=kind, mode="w+", shape=(rows,))


def sections(hashes: npt.NDArray[np.uint64]) -> Iterator[npt.NDArray[np.int64]]:
    """Ascending positions, in sections that together hold every row once; equal hashes are in one section.

    A section holds about a quarter of `IN_MEMORY` rows, so that what is done with each stays small.

    Args:
        hashes: uint64 (rows,), well mixed.
    """
    bits = max(0, (4 * len(hashes) // IN_MEMORY).bit_length())
    if not bits:
        yield np.arange(len(hashes))
        return
    for section in range(1 << bits):
        yield np.concatenate([*_found(hashes, section, bits)])


def _found(hashes: npt.NDArray[np.uint64], section: int, bits: int) -> Iterator[npt.NDArray[np.int64]]:
    """Positions of a section, block by block, so that a file is read in order."""
    for start in range(0, len(hashes), IN_MEMORY):
        block = hashes[start : start + IN_MEMORY] >> np.uint64(_BITS - bits)
        yield np.flatnonzero(block == section) + start


def ordinals(hashes: npt.NDArray[np.uint64], folder: Path) -> npt.NDArray[np.int32]:
    """Number the rows of each key 1, 2, ... in file order.

    Args:
        hashes: uint64 (rows,), the hash of each row's key, by position.
        folder: an existing folder for what does not fit into memory.

    Returns:
        int32 (rows,).
    """
    numbers = row_array(len(hashes), np.int32, folder)
    for rows in sections(hashes):
        numbers[rows] = ordinals_within(hashes[rows])
    return numbers


def ordinals_within(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Number equal hashes 1, 2, ... in their order, in memory; int64 of the same shape (rows,)."""
    rows = len(hashes)
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if rows else np.zeros(0, np.int64)
    lengths = np.diff(np.r_[starts, rows])
    numbers = np.empty(rows, np.int64)
    numbers[order] = np.arange(rows) - np.repeat(starts, lengths) + 1
    return numbers
