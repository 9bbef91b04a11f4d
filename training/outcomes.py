"""Outcomes and predictions, checked: what metrics, baselines and plots read.

An outcome is 0 or 1 for a binary task, or a class number 0..k-1; a prediction is one number for each row, or
for several classes a row of k probabilities.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_ROUNDING = 1e-4  # by how much a row of single-precision probabilities may miss 1


def paired(first: npt.ArrayLike, second: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return two float arrays of one length above 0.

    Raises:
        ValueError: the shapes differ, there are no rows, or a number is NaN or infinite.
    """
    one, two = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if one.ndim != 1 or one.shape != two.shape or not len(one):
        raise ValueError(f"arrays have shapes {one.shape} and {two.shape}; give two of one length above 0")
    missing = int((~np.isfinite(one) | ~np.isfinite(two)).sum())
    if missing:
        raise ValueError(f"{missing} of {len(one)} rows hold NaN or infinity; leave those rows out")
    return one, two


def binary(outcome: npt.ArrayLike, score: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return outcomes of 0 and 1, and the scores beside them.

    Raises:
        ValueError: as `paired`, or an outcome is neither 0 nor 1.
    """
    y, p = paired(outcome, score)
    if not np.isin(y, (0.0, 1.0)).all():
        raise ValueError(f"outcomes hold {sorted(set(y.tolist()) - {0.0, 1.0})[:3]}; give 0 and 1 only")
    return y, p


def with_events(y: FloatArray) -> FloatArray:
    """Return the outcomes.

    Raises:
        ValueError: none of them is 1.
    """
    if not y.any():
        raise ValueError(f"none of {len(y)} rows is an event; this figure needs at least one")
    return y


def with_both(y: FloatArray) -> FloatArray:
    """Return the outcomes.

    Raises:
        ValueError: all of them are 0, or all are 1.
    """
    if len(np.unique(y)) < 2:
        raise ValueError(f"{int(y.sum())} of {len(y)} rows are events; rows of both outcomes are needed")
    return y


def probabilities(probability: npt.ArrayLike) -> FloatArray:
    """Return probabilities (n,) or (n, k).

    Raises:
        ValueError: there are none, one is outside [0, 1] or NaN, or a row of k does not add up to 1.
    """
    p = np.asarray(probability, dtype=np.float64)
    if p.ndim not in (1, 2) or not p.size:
        raise ValueError(f"probabilities have shape {p.shape}; give (rows,) or (rows, classes), not empty")
    wrong = int((~((p >= 0) & (p <= 1))).sum())
    if wrong:
        raise ValueError(f"{wrong} of {p.size} probabilities are not within [0, 1]; scores will not do here")
    if p.ndim == 2 and (worst := float(np.abs(p.sum(axis=1) - 1.0).max())) > _ROUNDING:
        raise ValueError(f"a row of probabilities misses 1 by {worst:.4f}; give one for every class")
    return p


def classes(outcome: npt.ArrayLike, p: FloatArray) -> IntArray:
    """Return class numbers that fit the columns of probabilities (n, k).

    Raises:
        ValueError: the probabilities have no columns, lengths differ, or a class number has no column.
    """
    if p.ndim != 2:
        raise ValueError(f"probabilities have shape {p.shape}; give one column for each class")
    y = class_numbers(outcome, p.shape[1])
    if len(y) != len(p):
        raise ValueError(f"{len(y)} outcomes and {len(p)} rows of probabilities; give one of each per row")
    return y


def class_numbers(outcome: npt.ArrayLike, count: int, *, unknown: bool = False) -> IntArray:
    """Return class numbers 0..count-1, and -1 for an unknown class where `unknown` allows it.

    Raises:
        ValueError: there are no rows, or a number is not whole or out of range.
    """
    y = np.asarray(outcome)
    if y.ndim != 1 or not len(y) or not np.issubdtype(y.dtype, np.number) or (y != np.floor(y)).any():
        raise ValueError(f"classes have shape {y.shape} and type {y.dtype}; give whole numbers, one per row")
    lowest = -1 if unknown else 0
    if y.min() < lowest or y.max() >= count:
        raise ValueError(f"class numbers run from {y.min()} to {y.max()}; give {lowest} to {count - 1}")
    return y.astype(np.int64)
