"""Which formats would read times that nothing reads, told from the values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import product

from features.tables.formats import Format

_SPREADSHEET_DAY = re.compile(r"([2-7][0-9]{4})([.,][0-9]+)?")
_EPOCH_DIGITS = {9: "epoch_s", 10: "epoch_s", 12: "epoch_ms", 13: "epoch_ms", 15: "epoch_us", 16: "epoch_us"}
_NUMERIC = ("%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d/%m/%y", "%m/%d/%y", "%y/%m/%d")
_NAMED = ("%d %b %Y", "%d %B %Y", "%d %b %y")
_DATES = (
    *(date.replace("/", mark) for mark in "/.- " for date in _NUMERIC),
    *(date.replace(" ", mark) for mark in " -" for date in _NAMED),
    *("%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%Y%m%d", "%d%m%Y"),
)
_CLOCKS = (
    "%H:%M",
    "%H:%M:%S",
    "%H:%M:%S.%f",
    "%I:%M %p",
    "%I:%M:%S %p",
    "%H:%M %z",
    "%H:%M:%S %z",
    "%H:%M:%S%z",
)
_TIMES = ("", *(between + clock for between in (" ", ", ", "T") for clock in _CLOCKS))
_MOST_GROUPS = 4
_MOST_MISSES = 6
"""Values that no shape reads, after which nothing is said: to try every shape on one takes a tenth of a second."""

Shape = tuple[str, str]
"""Format of the date and of what follows it."""


def time_mend(values: Sequence[str], form: Format) -> str:
    """The line of the settings by which most of the values would be read; empty where there is none.

    Where no value has a day after the 12th, both lines are named; where some name the day first and some the
    month, there is none.

    Args:
        values: different times without blanks around them, each unreadable today.
        form: the table and the formats that it has already.
    """
    days = [value for value in values if _SPREADSHEET_DAY.fullmatch(value)]
    if 2 * len(days) > len(values):
        return (
            f"{days[0]} is a day as a spreadsheet counts them; format the column there as a date such as 2024-05-31"
            " and export it again"
        )
    epoch = _epoch(values)
    if epoch:
        return f"set {_setting((*form.time_formats, epoch), form)}"
    groups = _groups(values)
    if not groups:
        return ""
    return _named(list(filter(_is_consistent, product(*groups))), values, form)


def _named(choices: list[tuple[Shape, ...]], values: Sequence[str], form: Format) -> str:
    if not choices:
        return "some of these times have the day first and some the month; export them in one format, best ISO 8601"
    lines = [_setting((*form.time_formats, *map("".join, choice)), form) for choice in choices]
    if len(lines) == 1:
        return f"set {lines[0]}"
    return f"no value tells the day from the month or the year, such as {values[0]}: set " + ", or ".join(
        lines
    )


def _setting(formats: Sequence[str], form: Format) -> str:
    listed = ", ".join(f'"{one}"' for one in dict.fromkeys(formats))
    return f"[tables.{form.table}] time_formats = [{listed}]"


def _epoch(values: Sequence[str]) -> str:
    """The unit in which all values count from 1970, if they do."""
    whole = [re.fullmatch(r"([0-9]+)([.][0-9]+)?", value) for value in values]
    units = {_EPOCH_DIGITS.get(len(match[1])) if match else None for match in whole}
    return (units.pop() or "") if len(units) == 1 else ""


def _groups(values: Sequence[str]) -> list[list[Shape]]:
    """For each way in which values are written, the shapes that read them; none unless most values are read."""
    left, read = list(values), 0
    groups: list[list[Shape]] = []
    while left and len(groups) < _MOST_GROUPS:
        by_shape = {shape: [value for value in left if _reads(shape, value)] for shape in _shapes(left[0])}
        most = max(map(len, by_shape.values()), default=0)
        best = [shape for shape, found in by_shape.items() if len(found) == most]
        if best:
            groups.append(best)
        taken = {left[0], *(by_shape[best[0]] if best else ())}
        left = [value for value in left if value not in taken]
        read += most
        missed = len(values) - len(left) - read
        if missed > _MOST_MISSES or 2 * missed > len(values):
            return []
    return groups if 2 * read > len(values) else []


def _shapes(value: str) -> list[Shape]:
    return [shape for shape in product(_DATES, _TIMES) if _reads(shape, value)]


def _reads(shape: Shape, value: str) -> bool:
    try:
        datetime.strptime(value, "".join(shape))
    except ValueError:
        return False
    return True


def _is_consistent(choice: tuple[Shape, ...]) -> bool:
    """Not the day first in one shape and the month in another."""
    orders = {
        date.index("%d") < date.index("%m") for date, _ in choice if "%m" in date and "%Y" not in date[:2]
    }
    return len(orders) < 2
