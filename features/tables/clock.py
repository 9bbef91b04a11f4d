"""The end of the extract, `as_of`: from configuration, else what became known last, else the daily order lines.

With `ingested_at` it is the microsecond after the latest of the order lines: a row counts at a cutoff only if it was
known before it, so that the newest load counts at `as_of`. Other tables do not move it, since some are written at
another time, or by the product itself after the extract.

The daily rule is the midnight, in the business zone, after the last day with at least a tenth of the median
daily lines of the 28 days before it, so that one row dated 2099 does not move it. The median is over the
days that have lines at all (a shop that opens twice a week has days without); a day with none in the 28
days before it does not qualify. Where no day qualifies, the last day with lines ends the extract.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from features.settings import SourceSettings

BUCKET_SECONDS = 900
"""Lines are counted in quarters of an hour: every zone's midnight falls on one."""

DAYS_BEFORE = 28
ORDINARY_SHARE = 0.1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_DAY = date(9999, 12, 30)
_LAST_INSTANT = datetime.max.replace(tzinfo=UTC)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Clock:
    """An instant in UTC and where it is from: configuration, ingested_at, daily_lines or last_line."""

    as_of: datetime
    source: str


def read_clock(
    settings: SourceSettings, buckets: Mapping[int, int], latest_ingested: int | None
) -> Clock | None:
    """The end of the extract; None where there is nothing to tell it from.

    Args:
        settings: `as_of` (a naive one is read in the zone) and `timezone`.
        buckets: order lines in each quarter of an hour since 1970.
        latest_ingested: microseconds since 1970 of the latest `ingested_at` of the order lines.
    """
    zone = ZoneInfo(settings.timezone)
    if settings.as_of is not None:
        given = settings.as_of
        return Clock((given if given.tzinfo else given.replace(tzinfo=zone)).astimezone(UTC), "configuration")
    if latest_ingested is not None:
        known = _EPOCH + timedelta(microseconds=latest_ingested)
        return Clock(min(known, _LAST_INSTANT - _TICK) + _TICK, "ingested_at")
    lines = daily_lines(buckets, zone)
    if not lines:
        return None
    day = last_ordinary_day(lines)
    source = "daily_lines" if day is not None else "last_line"
    return Clock(midnight_after(day if day is not None else max(lines), zone), source)


def daily_lines(buckets: Mapping[int, int], zone: ZoneInfo) -> Counter[date]:
    """Lines on each day of a zone; days at the very ends of the calendar are left out."""
    lines: Counter[date] = Counter()
    for bucket, count in buckets.items():
        try:
            lines[(_EPOCH + timedelta(seconds=bucket * BUCKET_SECONDS)).astimezone(zone).date()] += count
        except OverflowError:
            continue
    return lines


def last_ordinary_day(lines: Mapping[date, int]) -> date | None:
    """The last day with at least a tenth of the median daily lines of the 28 days before it, or None."""
    for day in sorted(lines, reverse=True):
        first = max(day.toordinal() - DAYS_BEFORE, 1)
        before = [lines.get(date.fromordinal(number), 0) for number in range(first, day.toordinal())]
        open_days = [count for count in before if count]
        if open_days and lines[day] >= ORDINARY_SHARE * median(open_days):
            return day
    return None


def midnight_after(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of the next day in a zone, in UTC."""
    following = min(day, _LAST_DAY) + timedelta(days=1)
    return datetime.combine(following, time(), tzinfo=zone).astimezone(UTC)
