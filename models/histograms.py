"""How values were spread when a model was trained: edges and shares, no row, to tell whether they have moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.artifact import Model

BINS = 10
SCORE = "score"
"""Name of the histogram of what a model says."""
_LEAST_SHARE = 1e-4
"""An empty bin counts as so much, so that the index stays finite."""


@dataclass(frozen=True)
class Histogram:
    """Shares of values between edges, those below the first and above the last included, and of missing ones.

    Attributes:
        edges: (k,) ascending.
        shares: (k + 2,) of the k + 1 bins and, last, of missing values; they add up to 1.
    """

    edges: tuple[float, ...]
    shares: tuple[float, ...]

    @classmethod
    def of(cls, values: NDArray[np.floating]) -> Histogram:
        """Of values (n,), in bins of about equal mass; NaN is missing.

        Raises:
            ValueError: there is no value.
        """
        if not len(values):
            raise ValueError("a histogram needs values; there is none")
        known = values[~np.isnan(values)].astype(np.float64)
        edges = np.unique(np.quantile(known, np.arange(1, BINS) / BINS)) if len(known) else np.empty(0)
        return cls(tuple(edges.tolist()), tuple(_shares(edges, values).tolist()))

    def stability(self, values: NDArray[np.floating]) -> float:
        """Population stability index of values (n,) beside these, 0 or more (Siddiqi 2006): 0.1 is some, 0.25 much.

        The sum over bins of (share now - share then) * log(share now / share then).

        Raises:
            ValueError: there is no value.
        """
        if not len(values):
            raise ValueError("a stability index needs values; there is none")
        then = np.maximum(self.shares, _LEAST_SHARE)
        now = np.maximum(_shares(np.array(self.edges), values), _LEAST_SHARE)
        return float(((now - then) * np.log(now / then)).sum())

    @property
    def missing(self) -> float:
        """Share of missing values."""
        return self.shares[-1]

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {"edges": list(self.edges), "shares": list(self.shares)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Histogram:
        """From what `to_json` gave."""
        return cls(tuple(values["edges"]), tuple(values["shares"]))


def histograms_of(model: Model, values: NDArray[np.float32]) -> dict[str, Any]:
    """Histograms of a model's features and of its score, as JSON values by name.

    Args:
        values: (rows, features), in the order of the model's features.
    """
    found = {name: Histogram.of(values[:, place]) for place, name in enumerate(model.features)}
    found[SCORE] = Histogram.of(ranking_score(model, values))
    return {name: histogram.to_json() for name, histogram in found.items()}


def ranking_score(model: Model, values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of two labels the probability of the last, of more that of the likeliest, (rows,)."""
    probability = model.predict(values)
    score: NDArray[np.float64] = probability[:, 1] if probability.shape[1] == 2 else probability.max(axis=1)
    return score


def _shares(edges: NDArray[np.float64], values: NDArray[np.floating]) -> NDArray[np.float64]:
    missing = len(edges) + 1
    place = np.where(np.isnan(values), missing, np.searchsorted(edges, values, side="right"))
    shares: NDArray[np.float64] = np.bincount(place, minlength=missing + 1) / len(values)
    return shares
