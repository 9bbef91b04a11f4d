"""How far a probability may be from the truth: what another sample would have said, and how the level moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm

Floats = NDArray[np.float64]
LEVEL = 0.95
_LEAST = 1e-9
"""Keeps log-odds finite."""


@dataclass(frozen=True)
class Spread:
    """Standard deviation of a probability's log-odds.

    Attributes:
        log_odds: (n,) calibrated log-odds, ascending.
        deviations: (n,) standard deviation there over samples of customers, in nats.
        movement: standard deviation of the level of all log-odds from one horizon to the next, in nats.

    Raises:
        ValueError: lengths differ, there is none, log-odds do not ascend, or a deviation is negative.
    """

    log_odds: tuple[float, ...]
    deviations: tuple[float, ...]
    movement: float = 0.0

    def __post_init__(self) -> None:
        if not self.log_odds or len(self.log_odds) != len(self.deviations):
            raise ValueError(
                f"a spread of {len(self.log_odds)} log-odds and {len(self.deviations)} deviations; give one each"
            )
        if (np.diff(self.log_odds) <= 0).any() or min(*self.deviations, self.movement) < 0:
            raise ValueError("the log-odds of a spread ascend, and no deviation is negative; fit it again")

    def interval(self, probability: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
        """Lower and upper bound of each probability (rows,); `low <= probability <= high`.

        Args:
            level: how probable it is that the truth lies between them, in (0, 1).
        """
        at = logit(np.clip(probability, _LEAST, 1 - _LEAST))
        own = np.interp(at, self.log_odds, self.deviations)
        reach = norm.ppf((1 + level) / 2) * np.hypot(own, self.movement)
        low, high = expit(at - reach), expit(at + reach)
        return np.minimum(low, probability), np.maximum(high, probability)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "log_odds": list(self.log_odds),
            "deviations": list(self.deviations),
            "movement": self.movement,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Spread:
        """From what `to_json` gave."""
        log_odds, deviations = (tuple(map(float, values[name])) for name in ("log_odds", "deviations"))
        return cls(log_odds, deviations, float(values["movement"]))
