"""Figures of merit of foretold amounts: how well they rank, how far they are off, and whether the total is true."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from training.outcomes import paired

Floats = npt.NDArray[np.float64]


def normalised_gini(actual: npt.ArrayLike, said: npt.ArrayLike) -> float:
    """Area between the cumulative share of amounts, largest foretold first, and the diagonal, over the best there is.

    1 for a perfect order, about 0 for a random one. Rows that are foretold alike share their amounts evenly, so the
    figure does not depend on the order of the rows. Amounts below 0 count as 0.

    Args:
        actual: (n,) amounts that came.
        said: (n,) amounts that were foretold, or any numbers in their order.

    Raises:
        ValueError: lengths differ, a number is missing, or nothing came.
    """
    y, p = paired(actual, said)
    y = np.maximum(y, 0)
    if y.sum() <= 0:
        raise ValueError(f"none of {len(y)} amounts is above 0, so no order of them is better than another")
    return _gini(y, p) / _gini(y, y)


def _gini(y: Floats, p: Floats) -> float:
    groups, rows = np.unique(-p, return_inverse=True)
    size = np.bincount(rows, minlength=len(groups))
    share = np.cumsum(np.bincount(rows, weights=y, minlength=len(groups))) / y.sum()
    before = np.concatenate([[0.0], share[:-1]])
    return float(((share + before) / 2 * size).sum() / len(y)) - 0.5


def mean_absolute_error(actual: npt.ArrayLike, said: npt.ArrayLike) -> float:
    """Mean distance between amounts foretold and amounts that came, in their unit.

    Raises:
        ValueError: lengths differ or a number is missing.
    """
    y, p = paired(actual, said)
    return float(np.abs(y - p).mean())


def total_ratio(actual: npt.ArrayLike, said: npt.ArrayLike) -> float:
    """Total foretold over the total that came; 1 where they are the same.

    Raises:
        ValueError: lengths differ, a number is missing, or the total is not above 0.
    """
    y, p = paired(actual, said)
    if y.sum() <= 0:
        raise ValueError(f"the amounts of {len(y)} rows total {y.sum():.0f}; a ratio needs more than 0")
    return float(p.sum() / y.sum())
