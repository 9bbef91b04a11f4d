"""Features of one customer who has just done something: the same kernel on history and newer events.

History is what the last generation knew, sorted. Newer events are merged with it by table key: each key counts once,
and the retailer's table wins over an event that was posted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.catalogue import LEADING, STREAMS, columns_read
from features.contract import TABLES
from features.feeders.history import History
from features.kernel.build import Plan
from features.kernel.chunk import Chunk
from features.kernel.columns import flat, microseconds
from features.kernel.declare import Feature
from features.kernel.reference import Reference
from features.kernel.stream import CUSTOMER, Source

Event = Mapping[str, Any]
SOURCES: dict[str, Source] = {
    source.table: source for stream in STREAMS.values() for source in stream.sources
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TYPES = {
    "time": pa.timestamp("us", "UTC"),
    "money": pa.int64(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "flag": pa.bool_(),
}


class LiveFeatures:
    """Computes a customer's row at any instant after the generation's.

    Args:
        features: what to compute, in order.
        history: the rows that the generation holds.
        reference: the generation's lookups.
        zone: business zone.
    """

    def __init__(
        self, features: Sequence[Feature], history: History, reference: Reference, *, zone: str = "UTC"
    ) -> None:
        self.names = tuple(feature.name for feature in features)
        self._plan = Plan(features, LEADING, zone=zone, reference=reference)
        self._history = history
        self._reference = reference
        self._columns = {
            name: [column for column in sorted(columns) if column != CUSTOMER]
            for name, columns in columns_read(features).items()
            if name in SOURCES
        }

    def update(
        self, customer_id: str, events: Mapping[str, Sequence[Event]], at: datetime
    ) -> NDArray[np.float32] | None:
        """A customer's features as they are known at an instant.

        Args:
            events: by table, what is newer than the generation: columns of the contract, money in minor units, times
                as instants, `ingested_at` the time of arrival. The same key twice is one event.
            at: the cutoff; events at it or known from it on belong to the future.

        Returns:
            Shape (features,), NaN where there is nothing to say; None where no order line was known.

        Raises:
            ValueError: an event of a table that features do not read, or without a column that its key needs; an
                instant without a zone.
        """
        if at.tzinfo is None:
            raise ValueError(
                f"{at.isoformat()} has no time zone; give an instant, for example with tzinfo=UTC"
            )
        chunk = self._chunk(customer_id, events)
        cutoff = np.array([(at - _EPOCH) // timedelta(microseconds=1)], np.int64)
        _, values, present = self._plan.values(chunk, cutoff)
        return values[:, 0] if present.any() else None

    def _chunk(self, customer_id: str, events: Mapping[str, Sequence[Event]]) -> Chunk:
        for name in events:
            if name not in self._columns:
                known = ", ".join(sorted(self._columns))
                raise ValueError(f"no feature reads events of {name!r}; features read {known}")
        tables = {
            name: self._merged(name, held, events.get(name, ()))
            for name, held in self._history.of(customer_id).items()
        }
        numbered = {name: (table, np.zeros(table.num_rows, np.int64)) for name, table in tables.items()}
        return Chunk(pa.array([customer_id]), numbered, is_sorted=True)

    def _merged(self, name: str, held: pa.RecordBatch, events: Sequence[Event]) -> pa.Table:
        if not events:
            return pa.Table.from_batches([held])
        newer = self._typed(name, held.schema, events)
        key = [column for column in TABLES[name].key if column != CUSTOMER]
        kept = _not_held(newer, held, key)
        fresh = newer if len(kept) == newer.num_rows else newer.take(pa.array(kept, pa.int64()))
        source = SOURCES[name]
        order = [(column, "ascending", "at_start") for column in (source.time, *source.key)]
        if fresh.num_rows > 1:
            fresh = fresh.take(pc.sort_indices(fresh, sort_keys=order))
        if _follow(fresh, held, source.time):
            return _appended(held, fresh)
        both = pa.concat_tables(
            [_as_text(pa.Table.from_batches([held])), fresh], promote_options="permissive"
        )
        return both.take(pc.sort_indices(both, sort_keys=order))

    def _typed(self, name: str, schema: pa.Schema, events: Sequence[Event]) -> pa.Table:
        """Events as the history's columns: products as their numbers, texts as text."""
        found = {}
        for column in {*self._columns[name], *schema.names}:
            values = [event.get(column) for event in events]
            if (
                column == "product_id"
                and column in schema.names
                and pa.types.is_integer(schema.field(column).type)
            ):
                found[column] = self._product_numbers(values)
            else:
                found[column] = pa.array(values, _TYPES.get(TABLES[name].column(column).kind, pa.string()))
        self._check(name, found)
        return pa.table(found)

    def _check(self, name: str, found: Mapping[str, pa.Array]) -> None:
        source = SOURCES[name]
        for column in (source.time, *source.key):
            if found[column].null_count and not source.from_ever:
                raise ValueError(
                    f"an event of {name!r} has no {column}, by which events are told apart; send it"
                )

    def _product_numbers(self, values: Sequence[str | None]) -> pa.Array:
        """Positions in the reference; products that it does not know get numbers of their own behind them."""
        ids = self._reference.product_ids
        places = pc.index_in(pa.array(values, pa.string()), ids).to_pylist()
        strange = {value: len(ids) + place for place, value in enumerate(dict.fromkeys(values))}
        numbers = [
            None if value is None else strange[value] if place is None else place
            for value, place in zip(values, places, strict=True)
        ]
        return pa.array(numbers, pa.int32())


def _not_held(newer: pa.Table, held: pa.RecordBatch, key: Sequence[str]) -> list[int]:
    """The rows whose key neither the history nor an earlier event has."""
    candidates = held
    first = key[0]
    if held.num_rows:
        known = pc.is_in(_text(held.column(first)), value_set=newer[first].combine_chunks())
        candidates = held.filter(known)
    columns = [_text(candidates.column(name)).to_pylist() for name in key]
    seen = set(zip(*columns, strict=True))
    kept = []
    for row, values in enumerate(zip(*(newer[name].to_pylist() for name in key), strict=True)):
        if values not in seen:
            seen.add(values)
            kept.append(row)
    return kept


def _follow(fresh: pa.Table, held: pa.RecordBatch, time: str) -> bool:
    """Whether all fresh rows, which are sorted, are later than those held."""
    if not held.num_rows or not fresh.num_rows:
        return True
    last, first = (microseconds(column) for column in (held.column(time)[-1:], fresh[time][:1]))
    return bool(first[0] > last[0])


def _appended(held: pa.RecordBatch, fresh: pa.Table) -> pa.Table:
    """Rows that follow those held; what is held as codes stays codes."""
    there, columns = dict(zip(held.schema.names, held.columns, strict=True)), {}
    for name, column in zip(fresh.column_names, fresh.columns, strict=True):
        new, old = flat(column), there.get(name)
        if old is None:
            old = pa.nulls(held.num_rows, new.type)
        elif isinstance(old, pa.DictionaryArray):
            columns[name] = _coded(old, new)
            continue
        columns[name] = pa.concat_arrays([old, new if new.type == old.type else new.cast(old.type)])
    return pa.table(columns)


def _coded(held: pa.DictionaryArray, texts: pa.Array) -> pa.DictionaryArray:
    """Codes and, behind them, those of further texts; texts that have none yet get one at the end."""
    known, place = held.dictionary, {}
    for text in dict.fromkeys(texts.to_pylist()):
        if text is not None:
            place[text] = pc.index(known, text).as_py()
    strange = [text for text, position in place.items() if position < 0]
    if strange:
        place |= {text: len(known) + number for number, text in enumerate(strange)}
        known = pa.concat_arrays([known, pa.array(strange, known.type)])
    codes = pa.array([place.get(text) for text in texts.to_pylist()], held.indices.type)
    return pa.DictionaryArray.from_arrays(pa.concat_arrays([held.indices, codes]), known)


def _as_text(table: pa.Table) -> pa.Table:
    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(place, field.name, _text(table.column(place)))
    return table


def _text(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
