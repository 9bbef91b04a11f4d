"""Calibration of log-odds: one slope for all labels and one intercept for each.

For two labels this is Platt scaling (Platt 1999); for more, temperature scaling with biases (Guo et al. 2017).
Few parameters, monotone in the score, so a calibrated list is in the same order as before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class HeldOut:
    """Rows that the models of several folds had not seen.

    Attributes:
        scores: log-odds by the fold's model, shape (rows, labels).
        labels: the outcome as an index, shape (rows,).
        fold: number of the fold, from 0, shape (rows,).
        offsets: added to the last label's log-odds, shape (rows,).
    """

    scores: Floats
    labels: Labels
    fold: Labels
    offsets: Floats | None = None


@dataclass(frozen=True)
class Calibration:
    """`probabilities = softmax(slope * scores + intercepts)`; the first intercept is 0."""

    slope: float
    intercepts: tuple[float, ...]

    @classmethod
    def identity(cls, labels: int) -> Calibration:
        """Leaves scores as they are."""
        return cls(1.0, (0.0,) * labels)

    @classmethod
    def fit(cls, scores: Floats, labels: Labels, offsets: Floats | None = None) -> Calibration:
        """Maximum likelihood on rows that the scoring model has not seen.

        Args:
            scores: log-odds, shape (rows, labels).
            labels: the outcome as an index, shape (rows,).
            offsets: what is known to be added to the last label's log-odds of each row, shape (rows,).

        Raises:
            ValueError: a label does not occur, so its intercept has no estimate.
        """
        start = np.zeros(scores.shape[1])
        found, _ = _minimum(lambda values: (values[0], values[None, 1:]), start, scores, labels, offsets)
        return cls(float(np.exp(found[0])), (0.0, *map(float, found[1:])))

    @classmethod
    def fit_anchored(
        cls, held_out: HeldOut, scores: Floats, labels: Labels, offsets: Floats | None = None
    ) -> Calibration:
        """The slope from rows that earlier models had not seen, the intercepts from the final model's latest rows.

        A model that was fitted on earlier months is off by what the base rate moved since, which the final model has
        seen: so each fold gets intercepts of its own while the slope is fitted.

        Args:
            held_out: log-odds of the folds' models on the rows that they had not seen.
            scores, labels, offsets: as in `fit`, of the final model on its latest rows.

        Raises:
            ValueError: a label does not occur among the latest rows.
        """
        slope, start = _with_levels(held_out)[0][0], np.zeros(scores.shape[1] - 1)
        found, _ = _minimum(lambda values: (slope, values[None]), start, scores, labels, offsets)
        return cls(float(np.exp(slope)), (0.0, *map(float, found)))

    def probabilities(self, scores: Floats) -> Floats:
        """Probabilities, shape (rows, labels)."""
        calibrated: Floats = softmax(self.slope * scores + np.array(self.intercepts), axis=1)
        return calibrated

    def moved(self, offset: float) -> Calibration:
        """The same with `offset` added to the last label's log-odds."""
        return Calibration(self.slope, (*self.intercepts[:-1], self.intercepts[-1] + offset))

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {"slope": self.slope, "intercepts": list(self.intercepts)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Calibration:
        """From what `to_json` gave."""
        return cls(float(values["slope"]), tuple(float(value) for value in values["intercepts"]))


def least_loss(held_out: HeldOut) -> float:
    """The mean log loss, in nats, of scores at the best slope and the best level of each fold.

    Raises:
        ValueError: a label does not occur.
    """
    return _with_levels(held_out)[1]


def _with_levels(held_out: HeldOut) -> tuple[Floats, float]:
    """Logarithm of the slope and intercepts of each fold, and their loss."""
    count, folds = held_out.scores.shape[1], int(held_out.fold.max()) + 1
    return _minimum(
        lambda values: (values[0], values[1:].reshape(folds, count - 1)[held_out.fold]),
        np.zeros(1 + folds * (count - 1)),
        held_out.scores,
        held_out.labels,
        held_out.offsets,
    )


def _minimum(
    read: Callable[[Floats], tuple[float, Floats]],
    start: Floats,
    scores: Floats,
    labels: Labels,
    offsets: Floats | None,
) -> tuple[Floats, float]:
    """Parameters of the least mean log loss, and that loss.

    Args:
        read: gives the logarithm of the slope, and intercepts (rows or 1, labels - 1), from parameters.

    The slope is fitted as its logarithm, so that it stays positive and the order of a list is kept.
    """
    seen = np.bincount(labels, minlength=scores.shape[1])
    if (seen == 0).any():
        raise ValueError(f"calibration needs rows of every label; rows by label: {seen.tolist()}")
    rows = np.arange(len(labels))
    known = np.zeros_like(scores)
    known[:, -1] = 0.0 if offsets is None else offsets

    def loss(parameters: Floats) -> float:
        log_slope, intercepts = read(parameters)
        logits = np.exp(log_slope) * scores + known
        logits[:, 1:] += intercepts
        return float(-log_softmax(logits, axis=1)[rows, labels].mean())

    found = minimize(loss, start, method="BFGS")
    return np.asarray(found.x), float(found.fun)
