"""What really came, as a multiple of what was expected: quantiles by the size of the expectation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEVELS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)
_LEAST = 1e-9


@dataclass(frozen=True)
class Quantiles:
    """Quantiles of actual over expected amounts.

    Attributes:
        expected: (n,) expectations, above 0, ascending.
        ratios: (n, len(LEVELS)) quantiles of the ratio at each, rows never falling.
    """

    expected: tuple[float, ...]
    ratios: tuple[tuple[float, ...], ...]

    @classmethod
    def fit(cls, expected: Floats, actual: Floats, *, points: int = 10, least_rows: int = 100) -> Quantiles:
        """Learn from rows that the expecting model had not seen.

        Args:
            expected, actual: amounts, (rows,); expectations above 0.
            points: at so many expectations, with at least `least_rows` rows each.

        Raises:
            ValueError: there is no row.
        """
        if not len(expected):
            raise ValueError("quantiles need rows that were held out; there is none")
        parts = np.array_split(
            np.argsort(expected, kind="stable"), max(1, min(points, len(expected) // least_rows))
        )
        at = [max(float(expected[part].mean()), _LEAST) for part in parts]
        ratios = [np.quantile(actual[part] / np.maximum(expected[part], _LEAST), LEVELS) for part in parts]
        kept = [place for place in range(len(at)) if place == 0 or at[place] > at[place - 1]]
        return cls(tuple(at[k] for k in kept), tuple(tuple(ratios[k].tolist()) for k in kept))

    def at(self, expected: Floats, level: Floats) -> Floats:
        """Amounts (rows,) that are not reached with probability `level` where so much is expected."""
        by_point = np.stack([np.interp(level, LEVELS, row) for row in self.ratios])
        known, log = np.log(self.expected), np.log(np.maximum(expected, _LEAST))
        place = np.interp(log, known, np.arange(len(known)))
        left, rows = np.floor(place).astype(np.int64), np.arange(len(expected))
        right, share = np.minimum(left + 1, len(known) - 1), place - left
        ratio: Floats = (1 - share) * by_point[left, rows] + share * by_point[right, rows]
        return expected * ratio

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {"expected": list(self.expected), "ratios": [list(row) for row in self.ratios]}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Quantiles:
        """From what `to_json` gave."""
        return cls(tuple(values["expected"]), tuple(tuple(row) for row in values["ratios"]))
