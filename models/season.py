"""How the base rate moves: its log-odds along the past, and what last year lets expect after that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

YEAR = timedelta(weeks=52)
"""A year that keeps the day of the week."""


@dataclass(frozen=True)
class Season:
    """The base rate of the event along the past.

    Attributes:
        instants: (n,) seconds since 1970, ascending.
        log_odds: (n,) of the event at each, in nats.
        followed: share of last year's movement that this year is taken to follow, in [0, 1].

    Raises:
        ValueError: there is no instant, they do not ascend, or `followed` is out of range.
    """

    instants: tuple[float, ...]
    log_odds: tuple[float, ...]
    followed: float = 1.0

    def __post_init__(self) -> None:
        if not self.instants or len(self.instants) != len(self.log_odds):
            raise ValueError(
                f"a season of {len(self.instants)} instants and {len(self.log_odds)} log-odds; give one each, "
                "and at least one"
            )
        if (np.diff(self.instants) <= 0).any():
            raise ValueError("the instants of a season do not ascend; sort them")
        if not 0 <= self.followed <= 1:
            raise ValueError(f"followed is {self.followed}; give a share from 0 to 1")

    def offset(self, at: datetime) -> float:
        """Log-odds of the event at `at`, less those at the last instant that is known.

        Up to that instant they are known; after it they move as they did a year before, times `followed`.
        """
        return float(self._offsets(np.array([at.timestamp()]))[0])

    def offsets(self, cutoffs: npt.NDArray[np.datetime64]) -> npt.NDArray[np.float64]:
        """`offset` of each cutoff (rows,), UTC."""
        return self._offsets(cutoffs.astype("datetime64[us]").astype(np.float64) / 1e6)

    def year_before(self) -> npt.NDArray[np.float64]:
        """Log-odds a year before each instant (n,); NaN where the series does not reach back so far."""
        asked = np.array(self.instants) - YEAR.total_seconds()
        return np.interp(asked, self.instants, self.log_odds, left=np.nan)

    def _offsets(self, asked: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        last, year = self.instants[-1], YEAR.total_seconds()
        known = self._at(asked) - self.log_odds[-1]
        foretold = self.followed * (self._at(asked - year) - self._at(np.array([last - year])))
        return np.where(asked <= last, known, foretold)

    def _at(self, asked: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.interp(asked, self.instants, self.log_odds)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        series = {"instants": list(self.instants), "log_odds": list(self.log_odds)}
        return series | {"followed": self.followed}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Season:
        """From what `to_json` gave."""
        return cls(tuple(values["instants"]), tuple(values["log_odds"]), values["followed"])
