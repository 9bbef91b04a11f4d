"""The season of churn, read from the orders: how often customers of the last horizon stayed away for one.

The base rate is taken over those who ordered within one horizon before each instant, whatever the population of the
task is: at the beginning of the history nobody can have been silent for long, and a wider population would take that
for a season. Last year's movement is believed as far as this year has followed it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from features.feeders.embedded import Feeder
from models.season import YEAR, Season

Days = npt.NDArray[np.int64]
STEP_DAYS = 7
LEAST_WEEKS = 8
"""So many instants of this year have to be seen beside those of the last."""
LEAST_CUSTOMERS = 30
"""At an instant with fewer customers the base rate says nothing."""
_DAY = 86_400


def season_of_churn(feeder: Feeder, first: datetime, end: datetime, horizon_days: int) -> Season | None:
    """The season as it was known at `end`; None where too little of two years is known.

    Args:
        first: the first order.
        end: no outcome after it is looked at.
        horizon_days: length of the label window.
    """
    days = _instants(first, end, horizon_days)
    if len(days) < YEAR.days // STEP_DAYS + LEAST_WEEKS:
        return None
    customers, times = feeder.order_times
    ordered = times // (_DAY * 1_000_000)
    counts = np.array([_counts(customers, ordered, int(day), horizon_days) for day in days])
    told = counts[:, 0] >= LEAST_CUSTOMERS
    if told.sum() < LEAST_WEEKS:
        return None
    population, churned = counts[told, 0], counts[told, 1]
    # half an event more and less keeps the log-odds finite (Haldane 1956)
    log_odds = np.log((churned + 0.5) / (population - churned + 0.5))
    instants = tuple((days[told] * float(_DAY)).tolist())
    noise = float(np.mean(1 / (churned + 0.5) + 1 / (population - churned + 0.5)))
    signal = max(0.0, 1 - noise / max(float(np.var(log_odds)), noise))
    followed = signal * share_followed(Season(instants, tuple(log_odds.tolist())))
    return Season(instants, tuple(log_odds.tolist()), followed)


def share_followed(season: Season) -> float:
    """The share of last year's movement that this year is taken to follow, in [0, 1].

    The slope of this year's log-odds on those of a year before, where the part of the last year that this year has
    not come to yet counts as followed: evidence against it weighs as much as the movement that it has seen.
    """
    now, before = np.array(season.log_odds), season.year_before()
    known = ~np.isnan(before)
    if known.sum() < LEAST_WEEKS:
        return 0.0
    last_year = now[: len(now) - int(known.sum())][-(YEAR.days // STEP_DAYS) :]
    year = float(((last_year - last_year.mean()) ** 2).sum())
    moved = before[known] - before[known].mean()
    seen = float(moved @ moved)
    unseen = max(year - seen, 0.0)
    total = seen + unseen
    return float(np.clip((moved @ now[known] + unseen) / total, 0.0, 1.0)) if total > 0 else 0.0


def _instants(first: datetime, end: datetime, horizon_days: int) -> Days:
    """Days since 1970 with a horizon of history before and one after, ascending."""
    horizon = timedelta(days=horizon_days)
    start, stop = _day(first + horizon) + 1, _day(end - horizon)
    return np.arange(stop, start - 1, -STEP_DAYS, dtype=np.int64)[::-1]


def _counts(customers: Days, ordered: Days, day: int, horizon_days: int) -> tuple[int, int]:
    """Customers who ordered in the horizon before a day, and how many of them did not in the one after."""
    before = np.unique(customers[(ordered >= day - horizon_days) & (ordered < day)])
    after = customers[(ordered >= day) & (ordered < day + horizon_days)]
    return len(before), int((~np.isin(before, after)).sum())


def _day(instant: datetime) -> int:
    return int(instant.astimezone(UTC).timestamp() // _DAY)
