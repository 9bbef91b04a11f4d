"""Events of whole customers, sorted, as numpy columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Int = NDArray[np.int64]
DAY_US = 86_400_000_000
LAST_OF_KEY = -1
"""In a measure for `Window.distinct`: no later row has the same key."""
NO_KEY = -2
"""In a measure for `Window.distinct`: the row has no key and is not counted."""
NEVER = int(np.iinfo(np.int64).min)
"""In a measure of instants: there is none."""


@dataclass(frozen=True)
class Stream:
    """A table as the kernel reads it: who, when, known when, in which order on a tie.

    Rows are sorted by (customer, time, key). `measures` turns them into the int64 columns that features sum.
    """

    table: str
    customer: str
    time: str
    key: tuple[str, ...]
    measures: Mapping[str, Measure]


@dataclass(frozen=True)
class Measure:
    """One int64 number a row, from that row and earlier rows of the same customer only."""

    name: str
    columns: tuple[str, ...]
    compute: Callable[[Rows], Int]


class Rows:
    """One chunk: `size` rows of `len(ids)` whole customers.

    Attributes:
        ids: customer ids, ascending, shape (customers,).
        starts: first row of each customer and, last, the number of rows; shape (customers + 1,).
        customer: number of the customer of each row, shape (size,).
        time: instant of each row, microseconds since 1970 UTC, shape (size,).
        known: instant at which the row had both happened and been recorded, shape (size,).
    """

    def __init__(
        self,
        stream: Stream,
        columns: pa.Table,
        *,
        zone: str = "UTC",
        ids: pa.Array | None = None,
        starts: Int | None = None,
    ) -> None:
        self._stream = stream
        self._columns = columns
        self._zone = zone
        self._cache: dict[str, Int] = {}
        self.size: int = columns.num_rows
        self.time = microseconds(columns[stream.time])
        late = "ingested_at" in columns.column_names
        self.known = np.maximum(self.time, microseconds(columns["ingested_at"])) if late else self.time
        if ids is None or starts is None:
            ids, starts = _customers(columns[stream.customer])
        self.ids, self.starts = ids, starts
        self.customer = np.repeat(np.arange(len(starts) - 1), np.diff(starts))

    @classmethod
    def from_arrow(cls, stream: Stream, columns: pa.Table, *, zone: str = "UTC") -> Rows:
        """Wrap a table whose rows are sorted by (customer, time, key).

        Raises:
            ValueError: the rows are not in that order, or a customer or a time is missing.
        """
        rows = cls(stream, columns, zone=zone)
        missing = int((rows.time == NEVER).sum())
        if missing:
            raise ValueError(
                f"{missing} rows of {stream.table!r} have no {stream.time}; quarantine them first"
            )
        rows._refuse_disorder()
        return rows

    def number(self, name: str) -> Int:
        """A column of integers or flags as int64; missing is 0. Shape (size,)."""
        if name not in self._cache:
            column = self._columns[name]
            self._cache[name] = _integers(column, f"{self._stream.table}.{name}")
        return self._cache[name]

    def code(self, name: str) -> Int:
        """A column of keys as small integers, equal where the keys are equal; missing is -1. Shape (size,)."""
        label = f"code of {name}"
        if label not in self._cache:
            encoded = _flat(pc.dictionary_encode(self._columns[name]))
            self._cache[label] = pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int64)
        return self._cache[label]

    def measure(self, name: str) -> Int:
        """A declared measure of the stream, computed once. Shape (size,)."""
        label = f"measure {name}"
        if label not in self._cache:
            self._cache[label] = np.ascontiguousarray(self._stream.measures[name].compute(self), np.int64)
        return self._cache[label]

    def local_time(self) -> Int:
        """Wall-clock time in the business zone, microseconds. Shape (size,)."""
        if self._zone == "UTC":
            return self.time
        if "local" not in self._cache:
            stamps = _flat(self._columns[self._stream.time]).cast(pa.timestamp("us", self._zone))
            self._cache["local"] = pc.local_timestamp(stamps).cast(pa.int64()).to_numpy()
        return self._cache["local"]

    def local_day(self) -> Int:
        """Calendar day in the business zone, days since 1970-01-01. Shape (size,)."""
        return self.local_time() // DAY_US

    def previous_same(self, code: Int, among: NDArray[np.bool_]) -> Int:
        """For each row of `among`, the row before it of the same customer and code, or -1. Shape (size,)."""
        previous = np.full(self.size, -1, np.int64)
        before, after = self._neighbours(code, among)
        previous[after] = before
        return previous

    def next_same(self, code: Int, among: NDArray[np.bool_]) -> Int:
        """For each row of `among`, the row after it of the same customer and code; LAST_OF_KEY, NO_KEY.

        This looks forward and is for `Window.distinct` alone, which compares it with the cutoff.
        """
        following = np.where(among, LAST_OF_KEY, NO_KEY)
        before, after = self._neighbours(code, among)
        following[before] = after
        return following

    def _neighbours(self, code: Int, among: NDArray[np.bool_]) -> tuple[Int, Int]:
        """Neighbouring rows of one customer and code. One int64 sort of (code, row) beats a stable argsort."""
        chosen = np.flatnonzero(among)
        packed = np.sort((code[chosen] << 32) | chosen)
        row, same = packed & 0xFFFFFFFF, np.diff(packed >> 32) == 0
        before, after = row[:-1][same], row[1:][same]
        stays = self.customer[before] == self.customer[after]
        return before[stays], after[stays]

    def visible_at(self, cutoff: int, customers: Int) -> Rows:
        """The rows of some customers as they were known at a cutoff. Customers keep their order and number."""
        wanted = np.zeros(len(self.starts) - 1, bool)
        wanted[customers] = True
        keep = np.flatnonzero(wanted[self.customer] & (self.known < cutoff))
        counts = np.bincount(self.customer[keep], minlength=len(wanted))[wanted]
        starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        ids = self.ids.take(pa.array(np.flatnonzero(wanted)))
        return Rows(self._stream, self._columns.take(pa.array(keep)), zone=self._zone, ids=ids, starts=starts)

    def _refuse_disorder(self) -> None:
        if len(self.ids) > 1 and pc.any(pc.less_equal(self.ids[1:], self.ids[:-1])).as_py():
            raise self._disorder("customers are not ascending")
        inside = self.customer[1:] == self.customer[:-1]
        step = np.diff(self.time)
        if (inside & (step < 0)).any():
            raise self._disorder("times go back inside a customer")
        tied = inside & (step == 0)
        for name in self._stream.key:
            column = _flat(self._columns[name])
            back = pc.fill_null(pc.less(column[1:], column[:-1]), False).to_numpy(zero_copy_only=False)
            if (tied & back).any():
                raise self._disorder(f"{name} goes back between rows of one instant")
            tied &= pc.fill_null(pc.equal(column[1:], column[:-1]), True).to_numpy(zero_copy_only=False)

    def _disorder(self, what: str) -> ValueError:
        order = ", ".join((self._stream.customer, self._stream.time, *self._stream.key))
        return ValueError(f"rows of {self._stream.table!r} are not sorted: {what}; sort them by ({order})")


def microseconds(column: pa.ChunkedArray | pa.Array) -> Int:
    """Instants as int64 microseconds since 1970 UTC; a missing instant is NEVER."""
    flat = _flat(column).cast(pa.timestamp("us", getattr(column.type, "tz", None))).cast(pa.int64())
    numbers: Int = pc.fill_null(flat, NEVER).to_numpy(zero_copy_only=False)
    return numbers


def _customers(column: pa.ChunkedArray) -> tuple[pa.Array, Int]:
    flat = _flat(column)
    if flat.null_count:
        raise ValueError(f"{flat.null_count} rows have no customer; guests stay outside the kernel")
    if not len(flat):
        return flat, np.zeros(1, np.int64)
    change = pc.not_equal(flat[1:], flat[:-1]).to_numpy(zero_copy_only=False)
    first = np.concatenate(([0], np.flatnonzero(change) + 1))
    return flat.take(pa.array(first)), np.append(first, len(flat)).astype(np.int64)


def _integers(column: pa.ChunkedArray, name: str) -> Int:
    flat = _flat(column)
    if not (pa.types.is_integer(flat.type) or pa.types.is_boolean(flat.type)):
        raise TypeError(f"{name} is {flat.type}; the kernel sums integers (money in minor units) and flags")
    numbers: Int = pc.fill_null(flat.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    return numbers


def _flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
