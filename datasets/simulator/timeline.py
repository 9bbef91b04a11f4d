"""The clock of a simulated shop: whole days, periods of 28 days that end with the extract, calendar weeks.

The grid of days begins up to 27 days before the extract, so that periods end where it ends, and goes on for
one period after it: nothing is sold there, but what would be is part of the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int64]
Instants = NDArray[np.int64]

PERIOD = 28
FIRST_DATE = date(2023, 1, 1)
EPOCH = date(1970, 1, 1)
SECOND = 1_000_000
DAY = 86_400 * SECOND
DECISION_SECOND = 6 * 3_600
"""Campaigns decide at six in the morning of a period's first day, before the first order of the day."""


@dataclass(frozen=True)
class Timeline:
    """Days of the grid, counted from its first one.

    Attributes:
        months: length of the extract.
    """

    months: int

    @property
    def last_date(self) -> date:
        """First day after the extract."""
        years, month = divmod(self.months, 12)
        return date(FIRST_DATE.year + years, 1 + month, 1)

    @property
    def periods(self) -> int:
        """Periods that touch the extract."""
        return -(-(self.last_date - FIRST_DATE).days // PERIOD)

    @property
    def end(self) -> int:
        """First day of the grid after the extract."""
        return self.periods * PERIOD

    @property
    def days(self) -> int:
        """Days of the grid, the period after the extract included."""
        return self.end + PERIOD

    @property
    def origin(self) -> int:
        """Day 0 of the grid, days since 1970."""
        return (self.last_date - EPOCH).days - self.end

    @property
    def first(self) -> int:
        """First day of the extract in the grid, 0 to 27."""
        return (FIRST_DATE - EPOCH).days - self.origin

    @property
    def weekday(self) -> Days:
        """Day of the week of every grid day, Monday 0, shape (days,)."""
        return (self.origin + 3 + np.arange(self.days)) % 7

    @property
    def week(self) -> Days:
        """Calendar week of every grid day, counted from that of day 0, shape (days,)."""
        return (int(self.weekday[0]) + np.arange(self.days)) // 7

    @property
    def weeks(self) -> int:
        """Calendar weeks of the grid."""
        return int(self.week[-1]) + 1

    @property
    def day_of_year(self) -> Days:
        """Day of the year of every grid day, from 0, shape (days,)."""
        dates = [EPOCH + timedelta(self.origin + day) for day in range(self.days)]
        return np.array([found.timetuple().tm_yday - 1 for found in dates], np.int64)

    @property
    def first_instant(self) -> int:
        """The beginning of the extract, microseconds since 1970."""
        return (FIRST_DATE - EPOCH).days * DAY

    @property
    def end_instant(self) -> int:
        """The end of the extract, microseconds since 1970."""
        return (self.origin + self.end) * DAY

    def instants(self, day: NDArray[np.integer], second: NDArray[np.number]) -> Instants:
        """Microseconds since 1970 of a day of the grid and a second of that day."""
        return np.asarray((self.origin + day) * DAY + second.astype(np.int64) * SECOND, np.int64)
