"""Aggregates over `[cutoff - window, cutoff)` for every customer and cutoff of a chunk, exactly.

A window sum is a difference of int64 prefix sums: integers wrap around and come back, so that the difference
is exact whatever the chunk holds, and an empty window is exactly 0. All windows of a feature are computed at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from features.kernel.columns import NEVER, Int
from features.kernel.rows import LAST_OF_KEY, NO_KEY, Rows
from features.kernel.stream import DAY_US

Floats = NDArray[np.float64]
Days = tuple[int | None, ...]
FEW_ROWS = 5_000
"""In chunks of so many rows, such as one customer, calls cost more than what they compute."""


@dataclass(frozen=True)
class Pairs:
    """The (customer, cutoff) pairs for which features are computed, in ascending order.

    Attributes:
        cutoffs: instants in microseconds, ascending, shape (cutoffs,).
        customer, cutoff: number of the customer and index of the cutoff of each pair, shape (pairs,).
    """

    cutoffs: Int
    customer: Int
    cutoff: Int
    _edges: dict[tuple[int, ...], tuple[Int, Int]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, rows: Rows, cutoffs: Int) -> Pairs:
        """The customers with a row before a cutoff, known by then or not."""
        before = _rows_before(rows, cutoffs)
        customer, cutoff = np.nonzero(before > rows.starts[:-1, None])
        return cls(cutoffs, customer, cutoff)

    def __len__(self) -> int:
        return len(self.customer)

    def edges(self, days: tuple[int, ...]) -> tuple[Int, Int]:
        """Where windows of some lengths begin and end.

        Returns:
            All instants, ascending, and the place among them of the beginning of each pair's windows and, last, of
            its cutoff, shape (windows + 1, pairs).
        """
        if days not in self._edges:
            wanted = np.array([*(self.cutoffs - day * DAY_US for day in days), self.cutoffs])
            edges, place = np.unique(wanted, return_inverse=True)
            self._edges[days] = edges, place.reshape(wanted.shape)[:, self.cutoff]
        return self._edges[days]

    @property
    def instants(self) -> Int:
        """The cutoff of each pair, shape (pairs,)."""
        return self.cutoffs[self.cutoff]


class Frame:
    """The window edges of one stream for some pairs.

    Args:
        rows: the stream, with the customers of the pairs.
        days: the window lengths that will be asked for.
        sums: the measures whose sums will be asked for.

    Attributes:
        first, end: the customer's first row, and the row after the last one before the cutoff, shape (pairs,).
    """

    def __init__(self, rows: Rows, pairs: Pairs, days: Sequence[int], sums: Sequence[str] = ()) -> None:
        self.rows = rows
        self.pairs = pairs
        edges, places = pairs.edges(tuple(days))
        before = _rows_before(rows, edges)
        self.first = rows.starts[:-1][pairs.customer]
        # first row of each window, then the row after the last one before the cutoff; shape (windows + 1, pairs)
        found = before[pairs.customer, places]
        self._first_of_window = dict(zip(days, found, strict=False))
        self.end: Int = found[-1]
        self._days: tuple[int | None, ...] = (None, *days)
        self._longest = max(days, default=None)
        self._sums = {measure: place for place, measure in enumerate(sums)}
        self._starts: dict[Days, Int] = {}
        self._cache: dict[tuple[object, ...], NDArray[np.float64]] = {}
        self._edges: dict[tuple[str, Days], tuple[Int, Int]] = {}
        self._bucket: dict[int, Int] = {}
        self._nearby: dict[int | None, _Near] = {}

    def start(self, days: Days) -> Int:
        """First row of each window, its whole history for None; shape (windows, pairs)."""
        if days not in self._starts:
            self._starts[days] = np.array(
                [self.first if day is None else self._first_of_window[day] for day in days]
            )
        return self._starts[days]

    def sum(self, measure: str, days: Days) -> Floats:
        """Exact sum of a measure, shape (windows, pairs)."""
        if self.rows.size <= FEW_ROWS:
            few: Floats = self._sums_over(days)[self._sums[measure]]
            return few
        key = ("sum", measure, days)
        if key not in self._cache:
            where = self.rows.stream.measures[measure].where
            if where is None:
                total, start, end = _totals(self.rows.measure(measure)), self.start(days), self.end
            else:
                total, (start, end) = _totals(self.rows.at_places(measure)), self._places(where, days)
            self._cache[key] = (total[end] - total[start]).astype(np.float64)
        return self._cache[key]

    def _places(self, where: str, days: Days) -> tuple[Int, Int]:
        """Beginnings and end of the windows among the rows at which a measure is 1."""
        key = (where, days)
        if key not in self._edges:
            row = self.rows.places(where)
            self._edges[key] = np.searchsorted(row, self.start(days)), np.searchsorted(row, self.end)
        return self._edges[key]

    @cached_property
    def _all_sums(self) -> Floats:
        """Sums of all measures over all windows, shape (measures, windows, pairs): of few rows cheaper at once."""
        total = np.zeros((len(self._sums), self.rows.size + 1), np.int64)
        for place, measure in enumerate(self._sums):
            total[place, 1:] = self.rows.measure(measure)
        np.cumsum(total, axis=1, out=total)
        return (total[:, None, self.end] - total[:, self.start(self._days)]).astype(np.float64)

    def _sums_over(self, days: Days) -> Floats:
        """Sums of all measures over some windows, shape (measures, windows, pairs)."""
        key = ("sums", days)
        if key not in self._cache:
            self._cache[key] = self._all_sums[:, [self._days.index(day) for day in days]]
        return self._cache[key]

    def maximum(self, measure: str, days: Days) -> Floats:
        """Largest value of a measure, NaN in an empty window; shape (windows, pairs)."""
        values = np.append(self.rows.measure(measure), NEVER)
        start = self.start(days)
        if not start.size:
            return start.astype(np.float64)
        most = np.empty(start.shape, np.int64)
        bounds = np.empty(2 * len(self.end), np.int64)
        for window, first in enumerate(start):
            bounds[0::2], bounds[1::2] = first, self.end
            most[window] = np.maximum.reduceat(values, bounds)[::2]
        return np.where(self.end > start, _known(most), np.nan)

    def last(self, measure: str, days: Days) -> Floats:
        """The measure at the latest row, NaN in an empty window and for NEVER; shape (windows, pairs)."""
        return np.where(self.end > self.start(days), _known(self._at_end(measure)), np.nan)

    def days_since(self, measure: str) -> Floats:
        """Days from the instant in a measure at the latest row to the cutoff; NaN if NEVER. Shape (1, pairs)."""
        key = ("days since", measure)
        if key not in self._cache:
            instant = np.where(self.end > self.first, self._at_end(measure), NEVER)
            passed = (self.pairs.instants - instant) / DAY_US
            self._cache[key] = np.where(instant != NEVER, passed, np.nan)[None]
        return self._cache[key]

    def distinct(self, measure: str, days: Days) -> Floats:
        """Number of different keys, where a measure gives each row its next row with the same key.

        A key is counted at the last of its rows before the cutoff: a row at t followed at t' counts for the
        cutoffs in (t, min(t', t + window)]. Those are neighbours in time, hence one difference array.
        Shape (windows, pairs).
        """
        wanted = [day for day in days if ("distinct", measure, day) not in self._cache]
        if wanted and len(self.pairs) == 1:
            self._count_distinct_of_one(measure, wanted)
        elif wanted:
            self._count_distinct(measure, wanted)
        return np.array([self._cache["distinct", measure, day] for day in days])

    def _count_distinct_of_one(self, measure: str, days: Sequence[int | None]) -> None:
        """The same for one customer and cutoff: keys whose latest row before the cutoff lies in the window."""
        first, end = int(self.first[0]), int(self.end[0])
        following = self.rows.measure(measure)[first:end]
        is_latest = (following == LAST_OF_KEY) | (following >= end)
        for day in days:
            start = int(self.start((day,))[0, 0])
            counted = np.array([float(np.count_nonzero(is_latest[start - first :]))])
            self._cache["distinct", measure, day] = counted

    def _count_distinct(self, measure: str, days: Sequence[int | None]) -> None:
        near = self._near(None if None in days else self._longest)
        following = near.pick(self.rows.measure(measure))
        none, width = len(self.pairs.cutoffs), len(self.pairs.cutoffs) + 1
        replaced = np.where(following >= 0, self._cutoff_after(0)[np.maximum(following, 0)], none)
        unkeyed = following == NO_KEY
        replaced[unkeyed] = near.enter[unkeyed]
        for day in days:
            leave = near.leaves(self._cutoff_after(day), day) if day is not None else replaced
            leave = np.minimum(replaced, leave)
            np.maximum(leave, near.enter, out=leave)
            leave += near.base
            left = np.bincount(leave, minlength=len(near.entered))
            inside = np.cumsum((near.entered - left).reshape(-1, width), axis=1)
            counted = inside[self.pairs.customer, self.pairs.cutoff].astype(np.float64)
            self._cache["distinct", measure, day] = counted

    def _near(self, longest: int | None) -> _Near:
        """The rows that lie inside a window of so many days before some cutoff."""
        if longest not in self._nearby:
            enters, none = self._cutoff_after(0), len(self.pairs.cutoffs)
            leaves = none if longest is None else self._cutoff_after(longest)
            inside = np.flatnonzero(enters < leaves)
            row = inside if 10 * len(inside) < 9 * self.rows.size else None
            customer = self.rows.customer if row is None else self.rows.customer[row]
            enter, base = enters if row is None else enters[row], customer * (none + 1)
            cells = (len(self.rows.starts) - 1) * (none + 1)
            self._nearby[longest] = _Near(row, enter, base, np.bincount(base + enter, minlength=cells), {})
        return self._nearby[longest]

    def month(self) -> Floats:
        """Month of each cutoff in the business zone, 1 to 12; shape (1, pairs)."""
        return self.rows.local_month(self.pairs.cutoffs)[self.pairs.cutoff][None].astype(np.float64)

    def _cutoff_after(self, day: int) -> Int:
        """Index of the first cutoff later than each row's time with some days added. Shape (rows,)."""
        if day not in self._bucket:
            self._bucket[day] = np.searchsorted(
                self.pairs.cutoffs, self.rows.time + day * DAY_US, side="right"
            )
        return self._bucket[day]

    def _at_end(self, measure: str) -> Int:
        values = self.rows.measure(measure)
        return values[self.end - 1] if len(values) else np.full(len(self.end), NEVER)


@dataclass(frozen=True, eq=False)
class _Near:
    """Rows of a frame that can be inside a window.

    Attributes:
        row: their numbers, shape (near,); None where nearly all rows are, and all are taken.
        enter: index of the first cutoff after each, shape (near,).
        base: cell of the first cutoff of the row's customer, shape (near,).
        entered: how many of them enter at each cell, shape (cells,).
    """

    row: Int | None
    enter: Int
    base: Int
    entered: Int
    _leaves: dict[int, Int]

    def pick(self, values: Int) -> Int:
        """What belongs to these rows, of an array over all rows."""
        return values if self.row is None else values[self.row]

    def leaves(self, values: Int, day: int) -> Int:
        """The same for the cutoffs at which rows leave a window, kept for the next measure."""
        if day not in self._leaves:
            self._leaves[day] = self.pick(values)
        return self._leaves[day]


class Frames:
    """The frames of all streams for some pairs, each made when it is first asked for."""

    def __init__(
        self,
        rows: Mapping[str, Rows],
        pairs: Pairs,
        days: Mapping[str, Sequence[int]],
        sums: Mapping[str, Sequence[str]],
    ) -> None:
        self.pairs = pairs
        self._rows = rows
        self._days, self._sums = days, sums
        self._frames: dict[str, Frame] = {}

    def of(self, stream: str) -> Frame:
        """The frame of a stream."""
        if stream not in self._frames:
            self._frames[stream] = Frame(
                self._rows[stream], self.pairs, self._days[stream], self._sums[stream]
            )
        return self._frames[stream]


class Window:
    """What a feature sees: aggregates of measures, one row for each of its windows, one column for each pair.

    `days` are the windows' lengths; None is the whole history before the cutoff.
    """

    def __init__(self, frames: Frames, stream: str, days: Days) -> None:
        self._frames = frames
        self._stream = stream
        self.days = days

    def over(self, days: int | None) -> Window:
        """The same customers and cutoffs over another window."""
        return Window(self._frames, self._stream, (days,))

    def of(self, stream: str) -> Window:
        """The same windows over another stream."""
        return Window(self._frames, stream, self.days)

    def sum(self, measure: str) -> Floats:
        """Exact sum of a measure; 0 in an empty window."""
        return self._frame.sum(measure, self.days)

    def maximum(self, measure: str) -> Floats:
        """Largest value of a measure; NaN in an empty window, and where it is NEVER."""
        return self._frame.maximum(measure, self.days)

    def last(self, measure: str) -> Floats:
        """The measure at the latest row of the window; NaN in an empty window, and where it is NEVER."""
        return self._frame.last(measure, self.days)

    def days_since(self, measure: str) -> Floats:
        """Days from the instant in a measure, at the latest row of all, to the cutoff; NaN where it is NEVER."""
        return self._frame.days_since(measure)

    def distinct(self, measure: str) -> Floats:
        """Number of different keys, where a measure gives each row its next row with the same key."""
        return self._frame.distinct(measure, self.days)

    def month(self) -> Floats:
        """Month of the cutoff in the business zone, 1 to 12."""
        return self._frame.month()

    @property
    def _frame(self) -> Frame:
        return self._frames.of(self._stream)


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Quotient, NaN where the denominator is 0."""
    nothing = denominator == 0
    return np.where(nothing, np.nan, numerator / (denominator + nothing))


def _totals(values: Int) -> Int:
    """Prefix sums, shape (rows + 1,)."""
    total = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=total[1:])
    return total


def _known(values: Int) -> Floats:
    return np.where(values != NEVER, values.astype(np.float64), np.nan)


def _rows_before(rows: Rows, edges: Int) -> Int:
    """Index of the first row at or after each edge, for each customer, in one pass. Shape (customers, edges)."""
    width = len(edges) + 1
    bucket = np.searchsorted(edges, rows.time, side="right")
    customers = len(rows.starts) - 1
    counts = np.bincount(rows.customer * width + bucket, minlength=customers * width)
    inside = np.cumsum(counts.reshape(customers, width)[:, :-1], axis=1)
    return rows.starts[:-1, None] + inside
