"""A stream of its own for the kernel's tests: events of a customer with a value and a kind."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from features.kernel.build import Plan
from features.kernel.chunk import Chunk
from features.kernel.columns import Floats, Int
from features.kernel.declare import Catalogue, Feature
from features.kernel.reference import Reference
from features.kernel.rows import Rows
from features.kernel.stream import Raw, Source, Stream, events
from features.kernel.windows import Window

NAN = float("nan")
STREAM = Stream("events", (Source("events", "at", ("key",)),))
EVENTS = Catalogue(STREAM)
measure, feature = EVENTS.measure, EVENTS.feature


@measure("value")
def value(rows: Rows) -> Int:
    return rows.number("value")


@measure()
def instant(rows: Rows) -> Int:
    return rows.time


@measure("kind")
def next_of_kind(rows: Rows) -> Int:
    return rows.same_after(rows.same_before(rows.code("kind"), np.ones(rows.size, bool)))


@measure("value")
def is_large(rows: Rows) -> Int:
    return (rows.number("value") > 5).astype(np.int64)


@measure("value", where="is_large")
def large_square(rows: Rows) -> Int:
    return rows.number("value")[rows.places("is_large")] ** 2


@feature(unit="points", when_empty=0, driver="value", windows=(1, 10))
def total(w: Window) -> Floats:
    """Sum of values."""
    return w.sum("value")


@feature(unit="points", when_empty=NAN, driver="value", windows=(10,))
def largest(w: Window) -> Floats:
    """Largest value."""
    return w.maximum("value")


@feature(unit="points", when_empty=NAN, driver="value", windows=(10,))
def latest(w: Window) -> Floats:
    """Value of the latest event."""
    return w.last("value")


@feature(unit="days", when_empty=NAN, driver="recency")
def days_since(w: Window) -> Floats:
    """Days since the latest event."""
    return w.days_since("instant")


@feature(unit="kinds", when_empty=0, driver="variety", windows=(10,))
def kinds(w: Window) -> Floats:
    """Different kinds."""
    return w.distinct("next_of_kind")


@feature(unit="points", when_empty=0, driver="value", windows=(10,))
def large_squares(w: Window) -> Floats:
    """Squares of large values."""
    return w.sum("large_square")


FEATURES = tuple(EVENTS.features.values())
SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("at", pa.timestamp("us", "UTC")),
        ("key", pa.string()),
        ("value", pa.int64()),
        ("kind", pa.string()),
    ]
)


def day(number: float) -> datetime:
    """An instant some days after the first of January 2024, UTC."""
    return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=number)


def rows(*events: tuple[Any, ...]) -> pa.Table:
    """Events (who, day, value, kind, key), in the order given; the last two may be left out."""
    filled = [(*event, *(None, "k")[len(event) - 3 :]) for event in events]
    columns = [list(column) for column in zip(*filled, strict=True)] or [[]] * 5
    who, days, values, kind, key = columns
    at = [None if number is None else day(number) for number in days]
    return pa.table([who, at, key, values, kind], schema=SCHEMA)


def built(
    features: Sequence[Feature], table: pa.Table, cutoffs: Sequence[datetime], *, zone: str = "UTC"
) -> pa.Table:
    """The kernel's answer for one stream."""
    return Plan(features, STREAM, zone=zone).build(Chunk.of({"events": table}, "events"), cutoffs)


def read(table: pa.Table, zone: str = "UTC", stream: Stream = STREAM) -> Rows:
    """The rows of one stream."""
    chunk = Chunk.of({"events": table}, "events")
    raw = Raw(stream.sources[0], *chunk.tables["events"], Reference())
    return Rows(stream, events(stream, {"events": raw}), len(chunk.ids), zone=zone)


def ask(table: pa.Table, cutoffs: Sequence[float], *names: str, zone: str = "UTC") -> list[tuple[Any, ...]]:
    """Answers (who, features...) of the kernel at cutoffs given in days; all features if none is named."""
    wanted = [EVENTS.features[name] for name in names] or FEATURES
    answer = built(wanted, table, [day(number) for number in cutoffs], zone=zone)
    return list(
        zip(*(answer[name].to_pylist() for name in answer.column_names if name != "cutoff"), strict=True)
    )
