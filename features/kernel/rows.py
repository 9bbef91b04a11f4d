"""Events of whole customers, sorted, and the measures over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.kernel import loops
from features.kernel.columns import NEVER, UNKNOWN, Int, Mask, PickedColumns
from features.kernel.reference import Reference
from features.kernel.stream import DAY_US, Events, Stream

PRODUCT = "product_id"
_SPARSE = 8
"""Codes so many times larger than the rows are many are numbered anew: an array over them would cost more."""
T = TypeVar("T")


class Rows:
    """One chunk: `size` rows of `len(starts) - 1` whole customers.

    Attributes:
        starts: first row of each customer and, last, the number of rows; shape (customers + 1,).
        customer: number of the customer of each row, shape (size,).
        time: instant of each row, microseconds since 1970 UTC, shape (size,).
        known: instant at which the row had both happened and been recorded, shape (size,).
    """

    def __init__(
        self,
        stream: Stream,
        events: Events,
        customers: int,
        *,
        zone: str = "UTC",
        reference: Reference | None = None,
    ) -> None:
        self.stream = stream
        self.time, self.known, self.customer = events.time, events.known, events.customer
        self.size = len(events.time)
        self.starts = _starts(events.customer, customers)
        self._columns, self._moment = events.columns, events.moment
        self._zone, self._reference = zone, reference or Reference()
        self._cache: dict[object, Any] = {}
        self._measured: dict[str, Int] = {}

    # --- columns --------------------------------------------------------------------------------------------

    def number(self, name: str) -> Int:
        """A column of integers or flags as int64; missing is 0. Shape (size,)."""
        return self._once(("number", name), lambda: self._columns.number(name))

    def scaled(self, name: str, factor: int = 1) -> Int:
        """A column of decimal numbers times a factor, rounded half up; missing is 0. Shape (size,)."""
        return self._once(("scaled", name, factor), lambda: self._columns.scaled(name, factor))

    def instant(self, name: str) -> Int:
        """A column of instants, microseconds since 1970 UTC; missing is NEVER. Shape (size,)."""
        return self._once(("instant", name), lambda: self._columns.instant(name))

    def code(self, name: str) -> Int:
        """A column of keys as small integers, equal where the keys are equal; missing is -1. Shape (size,)."""
        return self._once(("code", name), lambda: self._columns.code(name))

    def key(self, name: str) -> Int:
        """A number from 0 to 65535 that stands for a text whatever else there is; missing is NEVER."""
        return self._once(("key", name), lambda: self._columns.key(name))

    def filled(self, name: str) -> Mask:
        """Whether a column holds a value. Shape (size,)."""
        return self._columns.filled(name)

    def equals(self, name: str, value: str) -> Mask:
        """Whether a text column holds a value. Shape (size,)."""
        return self._once(("words", name), lambda: self._columns.words(name)).equal(value)

    def at(self, moment: str) -> Mask:
        """Whether the row is that moment of its stream. Shape (size,)."""
        if self._moment is None:
            raise ValueError(f"stream {self.stream.name!r} has no moments")
        number = self.stream.moments.index(moment)
        moments = self._moment
        return self._once(("at", moment), lambda: np.equal(moments, number))

    def attribute(self, name: str) -> Int:
        """What `products` says of the row's product: a code, -1 where missing, or a flag. Shape (size,)."""
        return self._once(("attribute", name), lambda: self._reference.attribute(name, self._product()))

    def weekly(self, name: str) -> Int:
        """What the row's product type was like in the row's week; 0 where that is unknown. Shape (size,)."""
        cells = self._once("cells", lambda: self._reference.cells(self._product(), self.local_day()))
        return self._once(("weekly", name), lambda: self._reference.weekly(name, cells))

    def listed(self, name: str, words: str) -> Mask:
        """Whether a text column holds one of the reference's `words`, in capitals or not. Shape (size,)."""
        wanted = {word.casefold() for word in self._reference.words.get(words, ())}
        held = self._once(("words", name), lambda: self._columns.words(name))
        return np.isin(held.codes, [code for text, code in held.texts.items() if text.casefold() in wanted])

    def mentions(self, name: str, word: str) -> Mask:
        """Whether a text column, a list with commas between, holds a word. Shape (size,)."""
        held = self._once(("words", name), lambda: self._columns.words(name))
        codes = [code for text, code in held.texts.items() if word in map(str.strip, text.split(","))]
        return np.isin(held.codes, codes)

    def levels(self, levels: str) -> Int:
        """All numbers that the reference gives under a name, ascending."""
        return np.array(sorted(self._reference.levels.get(levels, {}).values()), np.int64)

    def level(self, name: str, levels: str) -> Int:
        """The reference's number for the text in a column; NEVER where it has none. Shape (size,)."""
        found = np.full(self.size, NEVER)
        for text, number in self._reference.levels.get(levels, {}).items():
            found[self.equals(name, text)] = number
        return found

    def _product(self) -> Int:
        among = self._reference.product_ids
        return self._once(("place", PRODUCT), lambda: self._columns.place(PRODUCT, among))

    # --- measures -------------------------------------------------------------------------------------------

    def rank(self, where: str) -> Int:
        """How many rows at which a 0/1 measure is 1 stand before each row. Shape (size + 1,)."""
        return self._once(("rank", where), lambda: loops.ranks(self.measure(where)))

    def measure(self, name: str) -> Int:
        """A declared measure of the stream, computed once. Shape (size,)."""
        if name not in self._measured:
            declared = self.stream.measures[name]
            if declared.where is not None:
                self._measured[name] = self._spread(name, declared.where)
            else:
                self._measured[name] = np.ascontiguousarray(declared.compute(self), np.int64)
        return self._measured[name]

    def places(self, where: str) -> Int:
        """The rows at which a 0/1 measure is 1, ascending."""
        return self._once(("places", where), lambda: np.flatnonzero(self.measure(where)))

    def at_places(self, name: str) -> Int:
        """A measure that is 0 outside `where`, at `places(where)`. Shape (places,)."""
        compute = self.stream.measures[name].compute
        return self._once(("at places", name), lambda: np.asarray(compute(self), np.int64))

    def _spread(self, name: str, where: str) -> Int:
        values = np.zeros(self.size, np.int64)
        values[self.places(where)] = self.at_places(name)
        return values

    def once(self, name: str, compute: Callable[[], T]) -> T:
        """What several measures share, computed once."""
        return self._once(("shared", name), compute)

    def _once(self, key: object, compute: Callable[[], T]) -> T:
        if key not in self._cache:
            self._cache[key] = compute()
        found: T = self._cache[key]
        return found

    # --- time -----------------------------------------------------------------------------------------------

    def local_time(self) -> Int:
        """Wall-clock time in the business zone, microseconds. Shape (size,)."""
        if self._zone == "UTC":
            return self.time
        return self._once("local time", lambda: pc.cast(self._wall_clock(self.time), pa.int64()).to_numpy())

    def local_month(self, instants: Int) -> Int:
        """Month of instants in the business zone, 1 to 12."""
        months: Int = pc.month(self._wall_clock(instants)).to_numpy()
        return months

    def _wall_clock(self, instants: Int) -> pa.Array:
        return pc.local_timestamp(pa.array(instants).view(pa.timestamp("us", self._zone)))

    def local_day(self) -> Int:
        """Calendar day in the business zone, days since 1970-01-01. Shape (size,)."""
        return self._once("local day", lambda: self.local_time() // DAY_US)

    # --- neighbours -----------------------------------------------------------------------------------------

    def carried(self, at: Int, values: Int, before: int = NEVER) -> Int:
        """The latest of `values` (given at rows `at`, ascending) up to each row of the same customer.

        `before` stands before the first. Shape (size,).
        """
        return loops.carried(at, values, self.starts, before)

    def latest(self, among: Mask) -> Int:
        """Instant of the customer's latest row of `among` so far; NEVER before the first. Shape (size,)."""
        at = np.flatnonzero(among)
        return self.carried(at, self.time[at])

    def earlier(self, at: Int) -> Int:
        """For each of the rows `at` (ascending) the one before it of the same customer, or -1."""
        return loops.earlier(at, self.starts)

    def so_far(self, values: Int) -> Int:
        """Sum of `values` over the customer's rows up to and including each row. Shape (size,)."""
        return loops.so_far(values, self.starts)

    def same_before(self, code: Int, among: Mask) -> Int:
        """For each row of `among` with a code that is not negative, the one before it of the same customer and code.

        FIRST_OF_KEY where there is none, NO_KEY for the other rows. Shape (size,).
        """
        codes = int(code.max(initial=UNKNOWN)) + 1
        if codes > _SPARSE * self.size:
            code = np.where(code >= 0, np.unique(code, return_inverse=True)[1], UNKNOWN)
            codes = self.size
        return loops.same_before(code, among, self.starts, codes)

    def same_after(self, before: Int) -> Int:
        """For each row with a key the one after it of the same customer and key; LAST_OF_KEY, NO_KEY.

        This looks forward and is for `Window.distinct` alone, which compares it with the cutoff.
        """
        return loops.same_after(before)

    def running(self, before: Int, values: Int) -> Int:
        """Sum of `values` over the rows of the same key up to and including each; 0 without one. Shape (size,)."""
        return loops.running(before, values)

    # --- what was known -------------------------------------------------------------------------------------

    @property
    def has_late(self) -> bool:
        """Whether a row may have become known after it happened."""
        return self.known is not self.time

    def visible(self, customers: Int, cutoffs: Int) -> Rows:
        """The rows of pairs (customer, cutoff) as they were known then: one customer for each pair, in order.

        Args:
            customers, cutoffs: number of the customer and instant of each pair, shape (pairs,).
        """
        first, count = self.starts[customers], self.starts[customers + 1] - self.starts[customers]
        pair = np.repeat(np.arange(len(customers)), count)
        ends = np.cumsum(count)
        row = np.arange(len(pair)) + np.repeat(first - (ends - count), count)
        seen = self.known[row] < cutoffs[pair]
        row, pair = row[seen], pair[seen]
        moment = None if self._moment is None else self._moment[row]
        picked = Events(PickedColumns([(self._columns, row)]), pair, self.time[row], self.time[row], moment)
        return Rows(self.stream, picked, len(customers), zone=self._zone, reference=self._reference)


def _starts(customer: Int, customers: int) -> Int:
    if customers == 1:
        return np.array([0, len(customer)], np.int64)
    starts: Int = np.searchsorted(customer, np.arange(customers + 1))
    return starts
