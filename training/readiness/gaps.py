"""Days on which the shop should have sold something and no line is there.

What is usual is judged by weekday, among the weeks around: a shop that closes on Sundays has no gap on Sundays. A run
of open days without a line is a gap where chance would hardly leave it empty: with m orders on a usual day, a run of
k is empty with probability exp(-k m) (Poisson), which is held against the number of days looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from features.tables.report import Finding, State
from training.readiness.series import WEEK, Days

AROUND_WEEKS = 8
OPEN_SHARE = 0.5
"""A weekday is one of opening where at least half of its kind in the weeks around it have a line."""

SURPRISING = 0.001
LONG_DAYS = 7
"""Shorter gaps are mostly holidays and stocktaking: worth a look, nothing more."""

EXAMPLES = 3
YEAR_DAYS = 365.25


@dataclass(frozen=True)
class Gap:
    """A run of days without a line, both ends included; `open_days` of them were days of opening."""

    first: date
    last: date
    open_days: int

    @property
    def days(self) -> int:
        """Calendar days."""
        return (self.last - self.first).days + 1


def find_gaps(days: Days) -> tuple[Gap, ...]:
    """The gaps of a history, in their order."""
    usual = _usual_orders(days)
    empty = days.lines == 0
    edges = np.flatnonzero(np.diff(np.r_[False, empty, False].astype(np.int8)))
    gaps = []
    for first, end in edges.reshape(-1, 2):
        expected = usual[first:end]
        if expected.any() and np.exp(-expected.sum()) * len(days) < SURPRISING:
            opened = np.flatnonzero(expected) + first
            gaps.append(Gap(days.day(opened[0]), days.day(opened[-1]), len(opened)))
    return tuple(gaps)


def _usual_orders(days: Days) -> NDArray[np.float64]:
    """Orders to expect on each day, 0 on days on which the shop is usually closed; shape (days,)."""
    weeks = WEEK * np.r_[-AROUND_WEEKS:0, 1 : AROUND_WEEKS + 1]
    usual = np.zeros(len(days))
    for day in range(len(days)):
        same = day + weeks
        orders = days.orders[same[(same >= 0) & (same < len(days))]]
        sold = orders[orders > 0]
        if len(sold) and len(sold) >= OPEN_SHARE * len(orders):
            usual[day] = np.median(sold) / 2  # half: days differ by more than chance
    return usual


def gap_findings(gaps: tuple[Gap, ...]) -> list[Finding]:
    """A warning for long gaps, a recommendation for holidays: a few days, or the same days in another year."""
    long = [gap for gap in gaps if gap.days >= LONG_DAYS and not _comes_back(gap, gaps)]
    short = [gap for gap in gaps if gap not in long]
    findings = []
    if long:
        mend = (
            f"no line on {_opening_days(long)}; who bought then looks as if gone: bring the missing days,"
            " or leave them if the shop was closed"
        )
        findings.append(_finding("missing_days", "warning", long, mend))
    if short:
        mend = f"no line on {_opening_days(short)}, holidays perhaps; bring them if lines are missing"
        findings.append(_finding("holidays", "recommendation", short, mend))
    return findings


def _comes_back(gap: Gap, gaps: tuple[Gap, ...]) -> bool:
    """Whether about the same days are without a line in another year."""
    away = [abs((other.first - gap.first).days) for other in gaps]
    years = [round(days / YEAR_DAYS) for days in away]
    return any(n and abs(days - n * YEAR_DAYS) <= LONG_DAYS for days, n in zip(away, years, strict=True))


def _opening_days(gaps: list[Gap]) -> str:
    total = sum(gap.open_days for gap in gaps)
    return f"{total} day{'s' if total != 1 else ''} of opening"


def _finding(name: str, state: State, gaps: list[Gap], mend: str) -> Finding:
    longest = sorted(gaps, key=lambda gap: -gap.days)[:EXAMPLES]
    spans = tuple(f"{gap.first}" if gap.days == 1 else f"{gap.first} to {gap.last}" for gap in longest)
    return Finding(name, "readiness", state, mend, "order_lines", "ordered_at", 0, spans)
