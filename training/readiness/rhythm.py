"""Cadence: days between the order days of customers, from which horizon and active window are chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from training.readiness.lines import Lines

QUARTERS = (0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True)
class Cadence:
    """How long customers wait.

    Attributes:
        gaps: days between two neighbouring order days of a customer, counted over all customers.
        returning: customers with two order days or more.
        gap_days: the 25th, 50th, 75th and 90th percentile of those gaps, under `p25`, `p50`, `p75`, `p90`.
        own_gap_days: the same percentiles of the customers' own mean gaps.
        histogram: gaps by length in days, ascending, `[[1, 200], [2, 150], ...]`.
    """

    gaps: int
    returning: int
    gap_days: dict[str, float]
    own_gap_days: dict[str, float]
    histogram: tuple[tuple[int, int], ...]

    def covered(self, days: int) -> float:
        """Share of the gaps that a horizon covers; 0 where there are none."""
        return sum(count for gap, count in self.histogram if gap <= days) / max(self.gaps, 1)


def measure_cadence(lines: Lines) -> Cadence:
    """Gaps between order days, of all history."""
    histogram = tuple(
        lines.fetch(
            """WITH days AS (SELECT DISTINCT customer_id, day FROM orders),
                    gaps AS (SELECT day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap FROM days)
               SELECT gap, count(*) FROM gaps WHERE gap IS NOT NULL GROUP BY gap ORDER BY gap"""
        )
    )
    own = mean_gaps(lines, None)
    own = own[~np.isnan(own)]
    gaps, counts = np.array(histogram, np.int64).reshape(-1, 2).T
    return Cadence(
        gaps=int(counts.sum()),
        returning=len(own),
        gap_days=_weighted_percentiles(gaps, counts),
        own_gap_days={_name(q): float(np.quantile(own, q)) for q in QUARTERS} if len(own) else {},
        histogram=histogram,
    )


def mean_gaps(lines: Lines, as_of: datetime | None) -> NDArray[np.float32]:
    """The feature `cadence_days` of every customer at an instant, None the end; shape (customers,).

    Gaps add up to the days between first and last order day, so that no gap has to be looked at.
    """
    found = lines.column(
        """SELECT (max(day) - min(day))::DOUBLE / nullif(count(DISTINCT day) - 1, 0)
           FROM orders WHERE known_at < coalesce(?, TIMESTAMPTZ 'infinity') GROUP BY customer_id""",
        as_of,
    )
    return found.astype(np.float32)


def history_days(lines: Lines, as_of: datetime) -> float:
    """The longest tenure at an instant: days since the first order of a customer; 0 where there is none."""
    first = lines.one("SELECT min(epoch_us(started_at)) FROM orders WHERE known_at < ?", as_of)[0]
    if first is None:
        return 0.0
    return float(np.float32((as_of.timestamp() * 1_000_000 - first) / 86_400_000_000))


def orders_in_window(lines: Lines, as_of: datetime, days: int) -> NDArray[np.float64]:
    """Orders of each customer who has one in the window of so many days before an instant."""
    found = lines.column(
        """SELECT count(*) FROM orders
           WHERE started_at >= ?::TIMESTAMPTZ - to_days(?) AND started_at < ? AND known_at < ?
           GROUP BY customer_id""",
        as_of,
        days,
        as_of,
        as_of,
    )
    return found.astype(np.float64)


def _weighted_percentiles(values: NDArray[np.int64], counts: NDArray[np.int64]) -> dict[str, float]:
    if not len(values):
        return {}
    reached = np.cumsum(counts) / counts.sum()
    return {_name(q): float(values[np.searchsorted(reached, q)]) for q in QUARTERS}


def _name(quantile: float) -> str:
    return f"p{round(100 * quantile)}"
