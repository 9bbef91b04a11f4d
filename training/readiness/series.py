"""Lines, orders and sales of every day of the history, in the business zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from training.readiness.lines import Lines

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
WEEK = 7


@dataclass(frozen=True)
class Days:
    """One entry for each calendar day from the first with a line to the last whole day of the extract.

    Attributes:
        first: the first day.
        lines: order lines, shape (days,).
        orders: orders (an estimate within a few per cent), shape (days,).
        sales: net amount in minor units, shape (days,).
    """

    first: date
    lines: Ints
    orders: Ints
    sales: Ints

    def __len__(self) -> int:
        return len(self.lines)

    def day(self, number: int) -> date:
        """The calendar day of an entry."""
        return self.first + timedelta(days=int(number))

    @property
    def weekday(self) -> Ints:
        """Monday 0 to Sunday 6, shape (days,)."""
        return (self.first.weekday() + np.arange(len(self))) % WEEK


@dataclass(frozen=True)
class Weeks:
    """Sums of whole weeks of seven days that end where the extract ends.

    Attributes:
        first: first day of the first week.
        lines: shape (weeks,).
        sales: minor units, shape (weeks,).
    """

    first: date
    lines: Floats
    sales: Floats

    def __len__(self) -> int:
        return len(self.lines)

    def start(self, number: int) -> date:
        """First day of a week."""
        return self.first + timedelta(days=WEEK * int(number))


def read_days(lines: Lines, as_of: datetime) -> Days:
    """Every day from the first line to the end of the extract."""
    found = lines.fetch(
        f"""SELECT {lines.day()} AS day, count(*), approx_count_distinct(order_id), sum(amount)::BIGINT
            FROM order_lines WHERE ordered_at < ? GROUP BY day ORDER BY day""",
        as_of,
    )
    if not found:
        return Days(as_of.date(), *(np.zeros(0, np.int64) for _ in range(3)))
    end = lines.one(f"SELECT {lines.day('?::TIMESTAMPTZ')}", as_of)[0]
    first, last = found[0][0], found[-1][0]
    columns = np.zeros((3, max((end - first).days, (last - first).days + 1)), np.int64)
    for day, *values in found:
        columns[:, (day - first).days] = values
    return Days(first, *columns)


def by_week(days: Days) -> Weeks:
    """Whole weeks, counted back from the last day."""
    skipped = len(days) % WEEK
    lines, sales = (
        values[skipped:].reshape(-1, WEEK).sum(axis=1).astype(np.float64)
        for values in (days.lines, days.sales)
    )
    return Weeks(days.day(skipped), lines, sales)
