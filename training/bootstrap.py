"""Intervals by customer: a customer's rows are drawn together, since they resemble each other.

The cluster bootstrap: customers are drawn with replacement, each with all rows, and the interval runs between
percentiles of the figure (Efron and Tibshirani 1993, chapter 13; Cameron, Gelbach and Miller 2008).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from training.outcomes import FloatArray
from training.weighted import Weighted

DRAWS = 1000
LEVEL = 0.95

_WEIGHTS_AT_ONCE = 4_000_000


class Interval(NamedTuple):
    """A figure with its interval; `low <= high`, and both are NaN where no draw defines the figure."""

    estimate: float
    low: float
    high: float


def interval(
    metric: Weighted,
    customer_ids: npt.ArrayLike,
    outcome: npt.ArrayLike,
    prediction: npt.ArrayLike,
    *,
    draws: int = DRAWS,
    level: float = LEVEL,
    seed: int = 0,
) -> Interval:
    """Return a figure and its bootstrap interval by customer.

    Args:
        metric: a function of `training.weighted`, or any metric through `training.weighted.repeated`.
        customer_ids: (n,) whose row it is.
        outcome: (n,) 0 or 1, class numbers, or amounts, as the metric takes them.
        prediction: (n,), or (n, k) for k classes.
        draws: sets of customers drawn.
        level: share of the draws inside the interval, between 0 and 1.
        seed: the same seed gives the same interval.

    Raises:
        ValueError: lengths differ, there are no rows, or `draws` or `level` is out of range.
    """
    codes, y = _aligned(customer_ids, outcome, prediction)
    p = np.asarray(prediction, dtype=np.float64)
    figures = [metric(y, p, weights) for weights in _weights(codes, draws, seed)]
    return _between(metric(y, p, _once(y)), np.concatenate(figures), level)


def paired_difference(
    metric: Weighted,
    customer_ids: npt.ArrayLike,
    outcome: npt.ArrayLike,
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    *,
    draws: int = DRAWS,
    level: float = LEVEL,
    seed: int = 0,
) -> Interval:
    """Return how much greater the figure of `first` is than that of `second`, and its interval by customer.

    Both are judged on the same rows and the same draws, so what makes a draw hard for both cancels: the
    interval is narrower than two separate ones suggest. Arguments and errors are those of `interval`.
    """
    codes, y = _aligned(customer_ids, outcome, first, second)
    one, two = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    figures = [metric(y, one, w) - metric(y, two, w) for w in _weights(codes, draws, seed)]
    return _between(metric(y, one, _once(y)) - metric(y, two, _once(y)), np.concatenate(figures), level)


def _once(outcome: FloatArray) -> FloatArray:
    return np.ones((1, len(outcome)))


def _weights(codes: npt.NDArray[np.intp], draws: int, seed: int) -> Iterator[FloatArray]:
    """Yield pieces (d, n) of how often each row is drawn."""
    if draws < 1:
        raise ValueError(f"draws is {draws}; give 1 or more, such as {DRAWS}")
    generator = np.random.default_rng(seed)
    customers = int(codes.max()) + 1
    size = max(1, _WEIGHTS_AT_ONCE // len(codes))
    for start in range(0, draws, size):
        drawn = generator.integers(customers, size=(min(size, draws - start), customers))
        counts = np.stack([np.bincount(row, minlength=customers) for row in drawn])
        yield counts[:, codes].astype(np.float64)


def _aligned(
    customer_ids: npt.ArrayLike, outcome: npt.ArrayLike, *predictions: npt.ArrayLike
) -> tuple[npt.NDArray[np.intp], FloatArray]:
    ids, y = np.asarray(customer_ids), np.asarray(outcome, dtype=np.float64)
    lengths = [len(ids), len(y), *(len(np.asarray(part)) for part in predictions)]
    if len(set(lengths)) != 1 or not lengths[0]:
        raise ValueError(
            f"customers, outcomes and predictions have {lengths} rows; give as many of each, above 0"
        )
    return np.unique(ids, return_inverse=True)[1], y


def _between(estimate: FloatArray, figures: FloatArray, level: float) -> Interval:
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; give a share between 0 and 1, such as {LEVEL}")
    known = figures[~np.isnan(figures)]
    if not len(known):
        return Interval(float(estimate[0]), float("nan"), float("nan"))
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(estimate[0]), float(low), float(high))
