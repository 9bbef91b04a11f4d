"""Splits by time: which cutoffs train a model and which test it.

No label window of a training cutoff reaches into that of the test cutoff.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

PER_HORIZON = 8
"""Training cutoffs in a horizon: nearer ones see nearly the same, and as many as may train would span too little."""
SHORTEST_DAYS = 7


def distance_days(horizon_days: int, chosen: int | None) -> int:
    """Days between training cutoffs: as set, else an eighth of the horizon, a week at least."""
    return chosen or max(SHORTEST_DAYS, horizon_days // PER_HORIZON)


@dataclass(frozen=True)
class CutoffPlan:
    """Training cutoffs and test cutoffs, ascending.

    Where history allows one cutoff only, it is in `train`, `test` is empty and folds are by customer.
    """

    train: tuple[datetime, ...]
    test: tuple[datetime, ...]

    @property
    def by_customer(self) -> bool:
        """History allows one cutoff only."""
        return not self.test

    @property
    def all(self) -> tuple[datetime, ...]:
        """Every cutoff, ascending."""
        return (*self.train, *self.test)


def plan_cutoffs(
    first: datetime,
    as_of: datetime,
    horizon_days: int,
    *,
    every_days: int,
    most: int,
    look_back_days: int = 0,
) -> CutoffPlan:
    """Lay cutoffs backwards from the latest one whose label window has ended; that one tests.

    Args:
        first: the first order.
        as_of: end of the extract; no label window may end after it.
        every_days: distance between training cutoffs.
        most: at most so many train.
        look_back_days: how far the population looks back. A cutoff with less history before it has another one,
            without those who have been silent for long, and does not train unless too few would be left.

    Raises:
        ValueError: not even one cutoff has a horizon of history before it and one after it.
    """
    horizon = timedelta(days=horizon_days)
    test, earliest = as_of - horizon, first + horizon
    if test < earliest:
        short = (earliest - test).total_seconds() / 86_400
        raise ValueError(
            f"a horizon of {horizon_days} days needs {2 * horizon_days} days of history, there are "
            f"{(as_of - first).days}; bring {math.ceil(short)} days more or set a shorter horizon"
        )
    train = training_cutoffs(first, test, horizon_days, every_days=every_days, most=most)
    if len(train) < 2 or train[-1] - train[0] < horizon:
        return CutoffPlan((test,), ())
    return CutoffPlan(with_whole_population(train, first, look_back_days, horizon_days), (test,))


def with_whole_population(
    cutoffs: tuple[datetime, ...], first: datetime, look_back_days: int, horizon_days: int
) -> tuple[datetime, ...]:
    """The cutoffs with `look_back_days` of history before them; all where those span less than three horizons.

    Three horizons leave one to hold out, one whose labels lie between, and one to fit on.
    """
    whole = tuple(cutoff for cutoff in cutoffs if cutoff - first >= timedelta(days=look_back_days))
    enough = bool(whole) and whole[-1] - whole[0] >= timedelta(days=3 * horizon_days)
    return whole if enough else cutoffs


def training_cutoffs(
    first: datetime, before: datetime, horizon_days: int, *, every_days: int, most: int
) -> tuple[datetime, ...]:
    """Cutoffs at a distance of `every_days` whose label windows end by `before`, the latest `most`, ascending."""
    horizon, step = timedelta(days=horizon_days), timedelta(days=every_days)
    last, earliest = before - horizon, first + horizon
    cutoffs = [last - step * back for back in range(most) if last - step * back >= earliest]
    return tuple(reversed(cutoffs))
