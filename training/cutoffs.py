"""Splits by time: which cutoffs train a model and which test it.

No label window of a training cutoff reaches into that of the test cutoff.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta


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
    first: datetime, as_of: datetime, horizon_days: int, *, every_days: int, most: int
) -> CutoffPlan:
    """Lay cutoffs backwards from the latest one whose label window has ended; that one tests.

    Args:
        first: the first order.
        as_of: end of the extract; no label window may end after it.
        every_days: distance between training cutoffs.
        most: at most so many train.

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
    return CutoffPlan(train, (test,))


def training_cutoffs(
    first: datetime, before: datetime, horizon_days: int, *, every_days: int, most: int
) -> tuple[datetime, ...]:
    """Cutoffs at a distance of `every_days` whose label windows end by `before`, the latest `most`, ascending."""
    horizon, step = timedelta(days=horizon_days), timedelta(days=every_days)
    last, earliest = before - horizon, first + horizon
    cutoffs = [last - step * back for back in range(most) if last - step * back >= earliest]
    return tuple(reversed(cutoffs))
