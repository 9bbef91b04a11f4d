"""The usual figures under many sets of row weights at once: what makes a bootstrap quick.

Each function takes outcomes (n,), predictions (n,) and weights (d, n), which are d sets of how often each row
counts, and gives d figures. With all weights 1 they equal the functions of `training.metrics`; whole weights
are the same as repeating rows. A figure that a set of weights does not define is NaN.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from training.metrics import surprise
from training.outcomes import FloatArray

Weighted = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
"""A figure under weights: outcome (n,), prediction (n,) or (n, k), weights (d, n) -> figures (d,)."""


def weighted_auroc(outcome: FloatArray, score: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the AUROC (d,) under each set of weights; ties count half."""
    order, starts = _groups(score)
    events = np.add.reduceat(weights[:, order] * outcome[order], starts, axis=1)
    others = np.add.reduceat(weights[:, order], starts, axis=1) - events
    higher = np.cumsum(events, axis=1)  # groups run from the highest score down
    concordant = ((higher - events / 2.0) * others).sum(axis=1)
    return _ratio(concordant, events.sum(axis=1) * others.sum(axis=1))


def weighted_average_precision(outcome: FloatArray, score: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the average precision (d,) under each set of weights."""
    order, starts = _groups(score)
    events = np.add.reduceat(weights[:, order] * outcome[order], starts, axis=1)
    rows = np.cumsum(np.add.reduceat(weights[:, order], starts, axis=1), axis=1)
    precision = np.divide(np.cumsum(events, axis=1), rows, out=np.zeros_like(rows), where=rows > 0)
    return _ratio((precision * events).sum(axis=1), events.sum(axis=1))


def weighted_brier(outcome: FloatArray, probability: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the Brier score (d,) under each set of weights."""
    return _ratio(weights @ (outcome - probability) ** 2, weights.sum(axis=1))


def weighted_log_loss(outcome: FloatArray, probability: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the log loss (d,), in nats, under each set of weights; probabilities (n,) or (n, k)."""
    return _ratio(weights @ surprise(outcome, probability), weights.sum(axis=1))


def weighted_macro_auroc(outcome: FloatArray, probability: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the mean one-vs-rest AUROC (d,) under each set of weights; probabilities (n, k)."""
    present = np.unique(outcome.astype(np.int64))
    each = [weighted_auroc((outcome == label) * 1.0, probability[:, label], weights) for label in present]
    known = ~np.isnan(each)
    return _ratio(np.nansum(each, axis=0), known.sum(axis=0).astype(np.float64))


def repeated(metric: Callable[[FloatArray, FloatArray], float]) -> Weighted:
    """Return any metric of rows as one under weights, by repeating rows: general, and slower.

    Args:
        metric: outcome (n,), prediction (n,) or (n, k) -> float, such as `training.metrics.macro_f1`.
    """

    def figures(outcome: FloatArray, prediction: FloatArray, weights: FloatArray) -> FloatArray:
        rows = np.arange(len(outcome))
        draws = (np.repeat(rows, counts.astype(np.int64)) for counts in weights)
        return np.array([metric(outcome[drawn], prediction[drawn]) for drawn in draws])

    return figures


def _groups(score: FloatArray) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Row order from the highest score down, and where each group of equal scores starts in it."""
    order = np.argsort(-score, kind="stable")
    return order, np.flatnonzero(np.diff(score[order], prepend=np.inf))


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    return np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > 0)
