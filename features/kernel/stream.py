"""A stream: what one or several tables say happened to customers, and when each thing became known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from features.kernel.columns import NEVER, Columns, Int, Mask, PickedColumns, TableColumns
from features.kernel.order import disorder
from features.kernel.reference import Reference

if TYPE_CHECKING:
    from features.kernel.rows import Rows

CUSTOMER = "customer_id"
INGESTED_AT = "ingested_at"
DAY_US = 86_400_000_000
FROM_EVER = NEVER + 1
"""The instant of what holds without a beginning; before every cutoff, and not NEVER."""


@dataclass(frozen=True)
class Measure:
    """One int64 number a row, from that row and earlier rows of the same customer only.

    Attributes:
        columns: what it needs: `column` of the stream's first table, `table.column` of another one, or
            `settings.section.key`; `one or other` where one of two is enough.
        optional: columns that it reads where they are there.
        where: a 0/1 measure of the stream outside which this one is 0. `compute` then gives a number for each row
            that has a 1 there: of events that are rare among the rows, such as orders among lines, that is cheaper.
    """

    name: str
    columns: tuple[str, ...]
    compute: Callable[[Rows], Int]
    optional: tuple[str, ...] = ()
    where: str | None = None


@dataclass(frozen=True)
class Moment:
    """One thing that a row of a table says: it was opened, it was answered, it was resolved.

    Attributes:
        at: the instant of each row, from that row alone; NEVER where it did not happen. What a measure says of
            the row before that instant must not depend on it.
        columns: what `at` reads, beyond the table's own time.
    """

    name: str
    at: Callable[[Raw], Int]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """A table as a part of a stream: rows are sorted by (customer, `time`, `key`).

    Attributes:
        moments: what happens; empty where each row is one event, at its `time`.
        from_ever: a row without a time holds from ever; elsewhere such a row is refused.
    """

    table: str
    time: str
    key: tuple[str, ...]
    moments: tuple[Moment, ...] = ()
    from_ever: bool = False


@dataclass(frozen=True)
class Stream:
    """What the kernel reads as one: sources, and the measures that turn rows into the numbers features sum.

    Attributes:
        name: the table from which the stream comes.
        sources: that table first; others are there to tell what happened in between, and may lack rows.
    """

    name: str
    sources: tuple[Source, ...]
    measures: dict[str, Measure] = field(default_factory=dict)

    @cached_property
    def moments(self) -> tuple[str, ...]:
        """Names of all moments; a row's `moment` is a position in it."""
        return tuple(moment.name for source in self.sources for moment in source.moments)


@dataclass(frozen=True)
class Events:
    """Rows of a stream for a chunk of whole customers, in order of (customer, time, table key).

    Attributes:
        customer: number of the customer of each row, ascending, shape (rows,).
        time, known: instants, microseconds, shape (rows,); `known` is `time` itself where nothing is late.
        moment: position in `Stream.moments`, shape (rows,); None where a stream has none.
    """

    columns: Columns
    customer: Int
    time: Int
    known: Int
    moment: Int | None


class Raw:
    """The rows of one table before their moments are told apart; every array has shape (rows,).

    Attributes:
        customer: number of the customer of each row.
        time: the table's own time.
        late: whether the table says when a row became known.
    """

    def __init__(
        self, source: Source, table: pa.Table, customer: Int, reference: Reference, *, is_sorted: bool = False
    ) -> None:
        """Check the order: ValueError where rows are not sorted by (customer, time, key), or lack a time."""
        self.columns = TableColumns(table, source.table)
        self.customer = customer
        self.time = _time(source, self.columns)
        self.late = INGESTED_AT in table.column_names
        self._reference = reference
        if not is_sorted:
            _refuse_disorder(source, self.columns, customer, self.time)

    def instant(self, name: str) -> Int:
        """A column of instants, NEVER where missing."""
        return self.columns.instant(name)

    def equals(self, name: str, value: str) -> Mask:
        """Whether a text column holds a value."""
        return self.columns.words(name).equal(value)

    def converted(self, name: str) -> Int:
        """When the first order of the customer named in a column was known; NEVER where there is none."""
        place = self.columns.place(name, self._reference.newcomers)
        return self._reference.converted(place)

    def not_before(self, at: Int) -> Int:
        """Instants moved to the row's own time where they lie before it; NEVER stays."""
        return np.where(at == NEVER, NEVER, np.maximum(at, self.time))

    def known(self, time: Int, rows: Int | slice) -> Int:
        """When what happened at `time` was both over and recorded."""
        return np.maximum(time, self.instant(INGESTED_AT)[rows]) if self.late else time

    def as_they_are(self) -> Events:
        """Each row is one event."""
        return Events(self.columns, self.customer, self.time, self.known(self.time, slice(None)), None)


def events(stream: Stream, tables: Mapping[str, Raw]) -> Events:
    """The events of a chunk.

    Args:
        tables: by name; a table that a source names and that is not there has no rows.

    Raises:
        ValueError: none of them is there.
    """
    there = [source for source in stream.sources if source.table in tables]
    if not there:
        raise ValueError(f"stream {stream.name!r} has none of its tables")
    if not stream.moments:
        return tables[there[0].table].as_they_are()
    return _moments(stream, [(source, tables[source.table]) for source in there])


def _moments(stream: Stream, read: list[tuple[Source, Raw]]) -> Events:
    """Every moment of every row, sorted by (customer, time); ties in the order of moments, then of rows."""
    picked: list[tuple[Columns, Int]] = []
    customer, time, known, moment = [], [], [], []
    names = stream.moments
    for source, raw in read:
        own = []
        for each in source.moments:
            at = each.at(raw)
            rows = np.flatnonzero(at != NEVER)
            own.append(rows)
            customer.append(raw.customer[rows])
            time.append(at[rows])
            known.append(raw.known(at[rows], rows))
            moment.append(np.full(len(rows), names.index(each.name)))
        picked.append((raw.columns, np.concatenate(own)))
    instant = np.concatenate(time)
    order = np.lexsort((instant, np.concatenate(customer)))
    instant = instant[order]
    late = any(raw.late for _, raw in read)
    return Events(
        PickedColumns(picked, order),
        np.concatenate(customer)[order],
        instant,
        np.concatenate(known)[order] if late else instant,
        np.concatenate(moment)[order],
    )


def _time(source: Source, columns: TableColumns) -> Int:
    time = columns.instant(source.time)
    missing = int((time == NEVER).sum())
    if missing and not source.from_ever:
        raise ValueError(f"{missing} rows of {source.table!r} have no {source.time}; quarantine them first")
    return np.where(time == NEVER, FROM_EVER, time) if missing else time


def _refuse_disorder(source: Source, columns: TableColumns, customer: Int, time: Int) -> None:
    found = disorder(customer, time, {name: columns.array(name) for name in source.key})
    if found is not None:
        order = ", ".join((CUSTOMER, source.time, *source.key))
        raise ValueError(f"rows of {source.table!r} are not sorted: {found}; sort them by ({order})")
