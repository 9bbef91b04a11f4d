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

from features.kernel import loops
from features.kernel.columns import Floats, Int
from features.kernel.rows import Rows
from features.kernel.stream import DAY_US

Days = tuple[int | None, ...]


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
        before = loops.rows_before(rows.time, rows.starts, cutoffs)
        customer, cutoff = np.nonzero(before > rows.starts[:-1, None])
        return cls(cutoffs, np.ascontiguousarray(customer), np.ascontiguousarray(cutoff))

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

    Attributes:
        first, end: the customer's first row, and the row after the last one before the cutoff, shape (pairs,).
    """

    def __init__(self, rows: Rows, pairs: Pairs, days: Sequence[int]) -> None:
        self.rows = rows
        self.pairs = pairs
        edges, places = pairs.edges(tuple(days))
        before = loops.rows_before(rows.time, rows.starts, edges)
        # first row of each window, then the row after the last one before the cutoff; shape (windows + 1, pairs)
        found = np.ascontiguousarray(before[pairs.customer, places])
        self.first = rows.starts[:-1][pairs.customer]
        self.end: Int = found[-1]
        self._first_of_window: dict[int | None, Int] = {
            None: self.first,
            **dict(zip(days, found, strict=False)),
        }
        self._starts: dict[Days, Int] = {}
        self._cache: dict[tuple[object, ...], Floats] = {}
        self._cutoff_after: dict[int, NDArray[np.int32]] = {}
        self._left: dict[Days, NDArray[np.int32]] = {}

    def start(self, days: Days) -> Int:
        """First row of each window, its whole history for None; shape (windows, pairs)."""
        if days not in self._starts:
            self._starts[days] = np.array([self._first_of_window[day] for day in days])
        return self._starts[days]

    def sum(self, measure: str, days: Days) -> Floats:
        """Exact sum of a measure, shape (windows, pairs)."""
        key = ("sum", measure, days)
        if key not in self._cache:
            where = self.rows.stream.measures[measure].where
            if where is None:
                self._cache[key] = loops.sums(self.rows.measure(measure), self.start(days), self.end)
            else:
                self._cache[key] = loops.sums(self.rows.at_places(measure), *self._places(where, days))
        return self._cache[key]

    def _places(self, where: str, days: Days) -> tuple[Int, Int]:
        """Beginnings and end of the windows among the rows at which a measure is 1."""
        key = (where, days)
        if key not in self._ranked:
            rank = self.rows.rank(where)
            self._ranked[key] = rank[self.start(days)], rank[self.end]
        return self._ranked[key]

    @cached_property
    def _ranked(self) -> dict[tuple[str, Days], tuple[Int, Int]]:
        return {}

    def maximum(self, measure: str, days: Days) -> Floats:
        """Largest value of a measure, NaN in an empty window; shape (windows, pairs)."""
        return loops.maxima(self.rows.measure(measure), self.start(days), self.end)

    def last(self, measure: str, days: Days) -> Floats:
        """The measure at the latest row, NaN in an empty window and for NEVER; shape (windows, pairs)."""
        return loops.latest(self.rows.measure(measure), self.start(days), self.end)

    def days_since(self, measure: str) -> Floats:
        """Days from the instant in a measure at the latest row to the cutoff; NaN if NEVER. Shape (1, pairs)."""
        key = ("days since", measure)
        if key not in self._cache:
            instant = self.last(measure, (None,))
            self._cache[key] = (self.pairs.instants - instant) / DAY_US
        return self._cache[key]

    def distinct(self, measure: str, days: Days) -> Floats:
        """Number of different keys, where a measure gives each row its next row with the same key.

        Shape (windows, pairs).
        """
        key = ("distinct", measure, days)
        if key not in self._cache:
            rows, pairs = self.rows, self.pairs
            self._cache[key] = loops.distinct(
                rows.measure(measure),
                self._next_cutoff(0),
                self._leaving(days),
                rows.starts,
                len(pairs.cutoffs),
                pairs.customer,
                pairs.cutoff,
            )
        return self._cache[key]

    def _leaving(self, days: Days) -> NDArray[np.int32]:
        """The first cutoff at which windows have left each row behind, shape (windows, rows)."""
        if days not in self._left:
            none = np.full(self.rows.size, len(self.pairs.cutoffs), np.int32)
            self._left[days] = np.array([none if day is None else self._next_cutoff(day) for day in days])
        return self._left[days]

    def _next_cutoff(self, day: int) -> NDArray[np.int32]:
        """The first cutoff later than each row's time with some days added, shape (rows,)."""
        if day not in self._cutoff_after:
            rows = self.rows
            self._cutoff_after[day] = loops.next_cutoff(
                rows.time, rows.starts, self.pairs.cutoffs, day * DAY_US
            )
        return self._cutoff_after[day]

    def month(self) -> Floats:
        """Month of each cutoff in the business zone, 1 to 12; shape (1, pairs)."""
        return self.rows.local_month(self.pairs.cutoffs)[self.pairs.cutoff][None].astype(np.float64)


class Frames:
    """The frames of all streams for some pairs, each made when it is first asked for."""

    def __init__(
        self,
        rows: Mapping[str, Rows],
        pairs: Pairs,
        days: Mapping[str, Sequence[int]],
    ) -> None:
        self.pairs = pairs
        self._rows = rows
        self._days = days
        self._frames: dict[str, Frame] = {}

    def of(self, stream: str) -> Frame:
        """The frame of a stream."""
        if stream not in self._frames:
            self._frames[stream] = Frame(self._rows[stream], self.pairs, self._days[stream])
        return self._frames[stream]


class Window:
    """What a feature sees: aggregates of measures, one row for each of its windows, one column for each pair.

    `days` are the windows' lengths; None is the whole history before the cutoff.
    """

    def __init__(self, frames: Frames, stream: str, days: Days) -> None:
        self._frames = frames
        self._stream = stream
        self._own: Frame | None = None
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
        if self._own is None:
            self._own = self._frames.of(self._stream)
        return self._own


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Quotient, NaN where the denominator is 0."""
    if numerator.ndim == 2 and numerator.shape == denominator.shape:
        return loops.ratio(numerator, denominator)
    nothing = denominator == 0
    return np.where(nothing, np.nan, numerator / (denominator + nothing))
