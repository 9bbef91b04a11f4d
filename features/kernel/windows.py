"""Aggregates over `[cutoff - window, cutoff)` for every customer and cutoff of a chunk, exactly.

A window sum is a difference of int64 prefix sums: integers wrap around and come back, so that the difference
is exact whatever the chunk holds, and an empty window is exactly 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.kernel.rows import DAY_US, NEVER, NO_KEY, Int, Rows

Floats = NDArray[np.float64]


class Frame:
    """The (customer, cutoff) pairs of a chunk that have a row before the cutoff, and their window edges.

    Args:
        rows: whole customers, sorted.
        cutoffs: instants in microseconds, ascending, shape (cutoffs,).
        days: the window lengths that will be asked for.

    Attributes:
        customer, cutoff: number of the customer and index of the cutoff of each pair, shape (pairs,).
        end: row after the last one before the cutoff, shape (pairs,).
    """

    def __init__(self, rows: Rows, cutoffs: Int, days: tuple[int, ...]) -> None:
        self.rows = rows
        self.cutoffs = cutoffs
        edges = np.unique(np.concatenate([cutoffs, *(cutoffs - day * DAY_US for day in days)]))
        before = _rows_before(rows, edges)
        end = before[:, np.searchsorted(edges, cutoffs)]
        self.customer, self.cutoff = np.nonzero(end > rows.starts[:-1, None])
        self.end = end[self.customer, self.cutoff]
        self._start = {
            day: before[:, np.searchsorted(edges, cutoffs - day * DAY_US)][self.customer, self.cutoff]
            for day in days
        }
        self._first = rows.starts[:-1][self.customer]
        self._prefix: dict[str, Int] = {}

    @property
    def size(self) -> int:
        """Number of pairs."""
        return len(self.customer)

    def start(self, days: int | None) -> Int:
        """First row of each pair's window; of its whole history when `days` is None. Shape (pairs,)."""
        return self._first if days is None else self._start[days]

    def prefix(self, measure: str) -> Int:
        """Prefix sums of a measure over all rows of the chunk, shape (rows + 1,)."""
        if measure not in self._prefix:
            total = np.zeros(self.rows.size + 1, np.int64)
            np.cumsum(self.rows.measure(measure), out=total[1:])
            self._prefix[measure] = total
        return self._prefix[measure]


class Window:
    """What a feature sees: aggregates of measures over one window, one number for each pair.

    `days` is the window's length, or None for the whole history before the cutoff.
    """

    def __init__(self, frame: Frame, days: int | None) -> None:
        self._frame = frame
        self.days = days

    def over(self, days: int | None) -> Window:
        """The same customers and cutoffs over another window."""
        return Window(self._frame, days)

    def sum(self, measure: str) -> Floats:
        """Exact sum of a measure, shape (pairs,)."""
        total = self._frame.prefix(measure)
        return (total[self._frame.end] - total[self._frame.start(self.days)]).astype(np.float64)

    def maximum(self, measure: str) -> Floats:
        """Largest value of a measure; NaN in an empty window. Shape (pairs,)."""
        start, end = self._frame.start(self.days), self._frame.end
        values = np.append(self._frame.rows.measure(measure), np.iinfo(np.int64).min)
        bounds = np.stack([start, end], axis=1).ravel()
        most = np.maximum.reduceat(values, bounds)[::2] if len(bounds) else np.empty(0, np.int64)
        return np.where(end > start, most.astype(np.float64), np.nan)

    def last(self, measure: str) -> Floats:
        """The measure at the latest row of the window; NaN in an empty window. Shape (pairs,)."""
        start, end = self._frame.start(self.days), self._frame.end
        values = self._frame.rows.measure(measure)[end - 1]
        return np.where(end > start, values.astype(np.float64), np.nan)

    def days_since(self, measure: str) -> Floats:
        """Days from the instant in `measure` at the latest row to the cutoff; NaN if NEVER. Shape (pairs,)."""
        instant = self._frame.rows.measure(measure)[self._frame.end - 1]
        passed = (self._frame.cutoffs[self._frame.cutoff] - instant) / DAY_US
        return np.where(instant != NEVER, passed, np.nan)

    def distinct(self, measure: str) -> Floats:
        """Number of different keys, where `measure` gives each row its next row with the same key.

        A key is counted at the last of its rows before the cutoff: a row at t followed at t' counts for the
        cutoffs in (t, min(t', t + window)]. Those are neighbours in time, hence one difference array.
        """
        frame = self._frame
        following = frame.rows.measure(measure)
        row = np.flatnonzero(following != NO_KEY)
        low = np.searchsorted(frame.cutoffs, frame.rows.time[row], side="right")
        high = np.searchsorted(frame.cutoffs, self._leaves(row, following[row]), side="right")
        width = len(frame.cutoffs) + 1
        counted = low < high
        base = frame.rows.customer[row][counted] * width
        cells = (len(frame.rows.starts) - 1) * width
        change = np.bincount(base + low[counted], minlength=cells)
        change -= np.bincount(base + high[counted], minlength=cells)
        counts = np.cumsum(change.reshape(-1, width), axis=1)
        return counts[frame.customer, frame.cutoff].astype(np.float64)

    def _leaves(self, row: Int, following: Int) -> Int:
        """Last instant of a cutoff for which each row is the key's latest inside the window."""
        time = self._frame.rows.time
        forever = np.iinfo(np.int64).max
        replaced = np.where(following >= 0, time[np.maximum(following, 0)], forever)
        if self.days is None:
            return replaced
        return np.minimum(replaced, time[row] + self.days * DAY_US)


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Quotient, NaN where the denominator is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator != 0, numerator / denominator, np.nan)


def _rows_before(rows: Rows, edges: Int) -> Int:
    """Index of the first row at or after each edge, for each customer, in one pass. Shape (customers, edges)."""
    width = len(edges) + 1
    bucket = np.searchsorted(edges, rows.time, side="right")
    customers = len(rows.starts) - 1
    counts = np.bincount(rows.customer * width + bucket, minlength=customers * width)
    inside = np.cumsum(counts.reshape(customers, width)[:, :-1], axis=1)
    return rows.starts[:-1, None] + inside
