"""Calibration of log-odds: one slope for all labels and one intercept for each.

For two labels this is Platt scaling (Platt 1999); for more, temperature scaling with biases (Guo et al. 2017).
Few parameters, monotone in the score, so a calibrated list is in the same order as before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

Floats = NDArray[np.float64]


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
    def fit(cls, scores: Floats, labels: NDArray[np.int64]) -> Calibration:
        """Maximum likelihood on rows that the scoring model has not seen.

        Args:
            scores: log-odds, shape (rows, labels).
            labels: the outcome as an index, shape (rows,).

        Raises:
            ValueError: a label does not occur, so its intercept has no estimate.
        """
        count = scores.shape[1]
        seen = np.bincount(labels, minlength=count)
        if (seen == 0).any():
            raise ValueError(f"calibration needs rows of every label; rows by label: {seen.tolist()}")
        rows = np.arange(len(labels))

        def loss(parameters: Floats) -> float:
            logs = log_softmax(_apply(parameters, scores), axis=1)
            return float(-logs[rows, labels].mean())

        found = minimize(loss, np.concatenate(([0.0], np.zeros(count - 1))), method="BFGS")
        return cls(float(np.exp(found.x[0])), (0.0, *map(float, found.x[1:])))

    def probabilities(self, scores: Floats) -> Floats:
        """Probabilities, shape (rows, labels)."""
        calibrated: Floats = softmax(self.slope * scores + np.array(self.intercepts), axis=1)
        return calibrated

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {"slope": self.slope, "intercepts": list(self.intercepts)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Calibration:
        """From what `to_json` gave."""
        return cls(float(values["slope"]), tuple(float(value) for value in values["intercepts"]))


def _apply(parameters: Floats, scores: Floats) -> Floats:
    """The slope is fitted as its logarithm, so that it stays positive and the order of a list is kept."""
    return np.asarray(np.exp(parameters[0]) * scores + np.concatenate(([0.0], parameters[1:])))
