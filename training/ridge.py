"""Fit the straight line beside the trees: logistic regression with a penalty on the squares of the slopes.

Purchase histories say the same thing many times over, in windows of several lengths. Least squares of slopes (Hoerl
and Kennard 1970) share out what they say together, and so many small slopes rank customers nearly as trees do, with
errors of another kind: the mean of both is better than either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from models.calibration import HeldOut, least_loss
from models.linear import Linear, Scale
from training.rows import TrainingRows

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
PENALTY = 1_000.0
"""Weight of half the sum of the squared slopes against the sum of the log losses of all rows."""
SHARES = (0.0, 0.25, 0.5, 0.75)
"""Of the line in the log-odds; the folds say which loses least."""
_STEPS = 200


def line_beside(
    rows: TrainingRows,
    folds: Sequence[tuple[Index, Index]],
    trees: Floats,
    offsets: Floats | None = None,
) -> tuple[Linear | None, Floats]:
    """The line with the share at which both together lose least on rows held out; None where trees do without it.

    Of several labels trees do without it.

    Args:
        folds: (rows that fit, rows held out) of each fold, as indices.
        trees: what the trees of the folds say of the rows held out, log-odds, (held-out rows, labels).
        offsets: log-odds that are known of each row, (rows,).

    Returns:
        The line, fitted on all rows, and the log-odds of both together, (held-out rows, labels).
    """
    if trees.shape[1] > 2:
        return None, trees
    lines = [fit_line(rows, fit, offsets).scores(rows.matrix.values[held]) for fit, held in folds]
    line = np.stack([np.zeros(len(trees)), np.concatenate(lines)], axis=1)
    chosen = np.concatenate([held for _, held in folds])
    fold = np.repeat(np.arange(len(folds)), [len(held) for _, held in folds])
    known = None if offsets is None else offsets[chosen]
    mixed = {share: (1 - share) * trees + share * line for share in SHARES}
    losses = {
        share: least_loss(HeldOut(scores, rows.labels[chosen], fold, known))
        for share, scores in mixed.items()
    }
    share = min(SHARES, key=lambda share: losses[share])
    whole = replace(fit_line(rows, np.arange(len(rows)), offsets), share=share) if share else None
    return whole, mixed[share]


def fit_line(rows: TrainingRows, chosen: Index, offsets: Floats | None = None) -> Linear:
    """The line of some rows, given as indices."""
    known = None if offsets is None else offsets[chosen]
    return fit_linear(rows.matrix.values[chosen], rows.labels[chosen], known)


def fit_linear(
    values: NDArray[np.float32], labels: NDArray[np.int64], offsets: Floats | None = None
) -> Linear:
    """The line of the least penalised log loss.

    Args:
        values: (rows, features); NaN where nothing is known.
        labels: 0 or 1, (rows,).
        offsets: log-odds that are known of each row and are not to be learned, (rows,).
    """
    scale = Scale.fit(values)
    table = scale.places(values)
    known = np.zeros(len(labels)) if offsets is None else offsets

    def loss(parameters: Floats) -> tuple[float, Floats]:
        slopes, intercept = parameters[:-1], parameters[-1]
        scores = table @ slopes + intercept + known
        total = np.logaddexp(0.0, scores).sum() - scores @ labels + PENALTY / 2 * (slopes @ slopes)
        wrong = expit(scores) - labels
        slope = np.append(table.T @ wrong + PENALTY * slopes, wrong.sum())
        return float(total / len(labels)), slope / len(labels)

    start = np.zeros(table.shape[1] + 1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}).x
    return Linear(scale, tuple(found[:-1].tolist()), float(found[-1]))
