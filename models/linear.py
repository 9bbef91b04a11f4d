"""A straight line in the logarithms of the features: log-odds that plain files hold and numpy adds up.

Trees say the same of all customers within a leaf, and of many features each gets a few splits only; a sum of many
small slopes says what all of them point to. It is read beside the trees, never instead of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FARTHEST = 4.0
"""Standard deviations from the mean beyond which a value says no more: a line does not know when to stop."""


@dataclass(frozen=True)
class Scale:
    """How features are made alike: signed logarithms, less their mean, over their standard deviation.

    Attributes:
        mean, deviation: of the signed logarithms, one for each feature; a deviation of 0 marks a feature that says
            nothing.
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    @classmethod
    def fit(cls, values: NDArray[np.float32] | Floats) -> Scale:
        """From rows (rows, features); NaN where nothing is known."""
        logs = _signed_log(values)
        known = ~np.isnan(logs)
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, logs, 0.0).sum(axis=0) / count
        spread = np.where(known, logs - mean, 0.0)
        deviation = np.sqrt((spread**2).sum(axis=0) / count)
        # a column of equal values has a deviation of rounding errors
        deviation[deviation < 1e-9] = 0.0
        return cls(tuple(mean.tolist()), tuple(deviation.tolist()))

    def places(self, values: NDArray[np.float32] | Floats) -> Floats:
        """Deviations from the mean, within `FARTHEST`, shape (rows, features); 0 where nothing is known."""
        mean, deviation = self._arrays
        return np.clip(np.nan_to_num((_signed_log(values) - mean) / deviation), -FARTHEST, FARTHEST)

    @cached_property
    def _arrays(self) -> tuple[Floats, Floats]:
        deviation = np.array(self.deviation)
        return np.array(self.mean), np.where(deviation > 0, deviation, np.inf)


@dataclass(frozen=True)
class Linear:
    """Log-odds of the last of two labels, and how much of the model's log-odds they are.

    Attributes:
        coefficients: log-odds for a standard deviation of each feature.
        share: within (0, 1]; the rest is that of the trees.
    """

    scale: Scale
    coefficients: tuple[float, ...]
    intercept: float
    share: float = 1.0

    def contributions(self, values: NDArray[np.float32] | Floats) -> Floats:
        """What each feature adds to the log-odds of a mean customer, shape (rows, features)."""
        return self.scale.places(values) * self._slopes

    def scores(self, values: NDArray[np.float32] | Floats) -> Floats:
        """Log-odds, shape (rows,)."""
        # a sum row by row: a product of matrices rounds one row differently from many
        return np.asarray(self.contributions(values).sum(axis=1) + self.intercept)

    @cached_property
    def _slopes(self) -> Floats:
        return np.array(self.coefficients)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "mean": list(self.scale.mean),
            "deviation": list(self.scale.deviation),
            "coefficients": list(self.coefficients),
            "intercept": self.intercept,
            "share": self.share,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Linear:
        """From what `to_json` gave."""
        scale = Scale(tuple(map(float, values["mean"])), tuple(map(float, values["deviation"])))
        coefficients = tuple(map(float, values["coefficients"]))
        return cls(scale, coefficients, float(values["intercept"]), float(values["share"]))


def _signed_log(values: NDArray[np.float32] | Floats) -> Floats:
    # rows one after the other, so that a row is rounded alike alone and among others
    table = np.ascontiguousarray(values, np.float64)
    return np.sign(table) * np.log1p(np.abs(table))
