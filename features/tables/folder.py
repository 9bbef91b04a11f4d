"""The parts of a table that comes as a folder: which files they are, and which of them hold the same bytes."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

PARQUET = (".parquet",)
CSV = (".csv", ".csv.gz")
_CHUNK = 1 << 20


def list_parts(folder: Path) -> tuple[list[Path], list[Path]]:
    """The parts of a folder and of the folders in it, by name, and the files beside them that are none.

    Hidden files and folders, and what begins with `_` as writers of Parquet leave it, hold no parts; a Parquet
    or CSV file among the latter is named with those that are none.

    Raises:
        ValueError: the folder holds no part, or Parquet and CSV parts, whose columns differ in type.
    """
    files = sorted(file for file in folder.rglob("*") if file.is_file() and not _is_hidden(file, folder))
    parquet = [file for file in files if file.name.endswith(PARQUET) and not file.name.startswith("_")]
    texts = [file for file in files if file.name.endswith(CSV) and not file.name.startswith("_")]
    if parquet and texts:
        raise ValueError(
            f"the folder {folder.name} holds Parquet parts ({parquet[0].name}) and CSV parts ({texts[0].name});"
            " keep parts of one kind"
        )
    parts = parquet or texts
    if not parts:
        raise ValueError(f"the folder {folder.name} holds no part (.parquet, .csv or .csv.gz)")
    taken = set(parts)
    return parts, [file for file in files if file not in taken and not _is_mark(file)]


def _is_hidden(file: Path, folder: Path) -> bool:
    names = file.relative_to(folder).parts
    return any(name.startswith(".") for name in names) or any(name.startswith("_") for name in names[:-1])


def _is_mark(file: Path) -> bool:
    return file.name.startswith("_") and not file.name.endswith(PARQUET + CSV)


def same_content(files: Iterable[Path]) -> dict[Path, Path]:
    """Each file whose bytes are those of an earlier one, with that one.

    Only files of equal size are read, in pieces, for their sha256.
    """
    by_size: dict[int, list[Path]] = defaultdict(list)
    for file in files:
        by_size[file.stat().st_size].append(file)
    again: dict[Path, Path] = {}
    for size, group in by_size.items():
        first: dict[bytes, Path] = {}
        for file in group if size and len(group) > 1 else ():
            earlier = first.setdefault(_digest(file), file)
            if earlier is not file:
                again[file] = earlier
    return again


def _digest(file: Path) -> bytes:
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while piece := content.read(_CHUNK):
            digest.update(piece)
    return digest.digest()
