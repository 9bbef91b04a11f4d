"""Sudden changes of the level of sales: a store that left the extract, a till that joined, a file cut short.

Weekly sums are compared by the logarithm of medians, before and after each week. A change counts where three things
hold: the level stays different over up to a year on either side (a season comes back), most of the difference
appears within four weeks (growth does not), and it is large beside the usual noise, measured by the median absolute
deviation from one week to the next, which a few odd weeks do not move.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from features.tables.report import Finding
from training.readiness.series import Weeks

Floats = NDArray[np.float64]

LONG_WEEKS = 52
SHORT_WEEKS = 4
LEAST_WEEKS = 13
"""On either side, so that a season of two months at one end of the extract is not taken for a level."""

FACTOR = 1.5
SUDDEN = 0.5
"""Share of the long difference that has to appear within SHORT_WEEKS."""

NOISES = 4.0
MISSING_SHARE = 0.1
END_WEEKS = 2
END_SHARE = 0.5
"""The last weeks are thin where each has less than half of the thinnest tenth of the year before."""

_NORMAL = 1.4826  # a normal deviation over its median absolute deviation


@dataclass(frozen=True)
class LevelChange:
    """From one level to another.

    Attributes:
        day: first day of the first week on the new level.
        what: `lines` or `sales` (net amount).
        factor: new level over old one.
        at_end: the extract thins out at its end; how long that lasts cannot be known yet.
    """

    day: date
    what: Literal["lines", "sales"]
    factor: float
    at_end: bool = False


def find_level_changes(weeks: Weeks) -> tuple[LevelChange, ...]:
    """Changes of lines, and of sales where lines do not change in the same month; by day."""
    changes = _changes(weeks, "lines")
    for change in _changes(weeks, "sales"):
        if all(abs((change.day - other.day).days) > 7 * SHORT_WEEKS for other in changes):
            changes.append(change)
    return tuple(sorted(changes, key=lambda change: change.day))


def _changes(weeks: Weeks, what: Literal["lines", "sales"]) -> list[LevelChange]:
    values = weeks.lines if what == "lines" else weeks.sales
    there = _not_missing(values)
    logs = np.log(np.maximum(values[there], 1.0))
    found = []
    rest = [(0, len(logs))]
    while rest:
        first, end = rest.pop()
        week, step = _largest_step(logs[first:end])
        if step:
            found.append(LevelChange(weeks.start(there[first + week]), what, float(np.exp(step))))
            rest += [(first, first + week), (first + week, end)]
    thin = _thin_end(values)
    if thin:
        level = float(np.median(values[-LONG_WEEKS:-thin]))
        factor = float(np.median(values[-thin:])) / max(level, 1.0)
        found.append(LevelChange(weeks.start(len(values) - thin), what, factor, at_end=True))
    return found


def _not_missing(values: Floats) -> NDArray[np.int64]:
    """Weeks with more than a tenth of the weeks around them; the others are gaps, and no level."""
    reach = LEAST_WEEKS // 2
    around = [np.median(values[max(week - reach, 0) : week + reach + 1]) for week in range(len(values))]
    return np.flatnonzero(values >= MISSING_SHARE * np.array(around))


def _largest_step(logs: Floats) -> tuple[int, float]:
    """The week before which the level changes most, and by how much; (0, 0) where it does not.

    Of the changes that count, the one that leaves the weeks nearest to the medians of their sides.
    """
    best, least, change = 0, np.inf, 0.0
    needed = max(np.log(FACTOR), NOISES * _noise(logs))
    for week in range(LEAST_WEEKS, len(logs) - LEAST_WEEKS + 1):
        long, short = _step(logs, week, LONG_WEEKS), _step(logs, week, SHORT_WEEKS)
        misfit = _misfit(logs[:week]) + _misfit(logs[week:])
        if abs(long) >= needed and short / long >= SUDDEN and misfit < least:
            best, least, change = week, misfit, long
    return best, change


def _misfit(logs: Floats) -> float:
    """Sum of the distances to the median."""
    return float(np.abs(logs - np.median(logs)).sum())


def _step(logs: Floats, week: int, reach: int) -> float:
    after, before = logs[week : week + reach], logs[max(week - reach, 0) : week]
    return float(np.median(after) - np.median(before))


def _noise(logs: Floats) -> float:
    """Usual deviation of one week from the next; 0 for fewer than three weeks."""
    steps = np.diff(logs)
    if len(steps) < 2:
        return 0.0
    return float(_NORMAL * np.median(np.abs(steps - np.median(steps))) / np.sqrt(2))


def _thin_end(values: Floats) -> int:
    """Weeks at the end that each have less than half of the thinnest tenth of the weeks before."""
    for length in range(LEAST_WEEKS, END_WEEKS - 1, -1):
        before = values[-LONG_WEEKS:-length]
        if len(before) >= LEAST_WEEKS and values[-length:].max() < END_SHARE * np.quantile(before, 0.1):
            return length
    return 0


def level_findings(changes: tuple[LevelChange, ...]) -> list[Finding]:
    """A warning for each change."""
    return [
        Finding(
            "thin_end" if one.at_end else "level_change",
            "readiness",
            "warning",
            _mend(one),
            "order_lines",
            "ordered_at" if one.what == "lines" else "amount",
            0,
            (str(one.day),),
        )
        for one in changes
    ]


def _mend(change: LevelChange) -> str:
    what = "order lines" if change.what == "lines" else "sales"
    times = f"{change.factor:.2f} times" if change.factor < 10 else f"{change.factor:,.0f} times"
    if change.at_end:
        return (
            f"from {change.day} on, weekly {what} are {times} the weeks before; if the export is not complete there,"
            f" bring the rest or set source.as_of = {change.day}"
        )
    return (
        f"from the week of {change.day} on, weekly {what} are {times} what they were; if stores or channels joined"
        " or left, bring the same ones for the whole history"
    )
