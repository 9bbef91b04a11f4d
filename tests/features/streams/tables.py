"""Small tables of every stream as the kernel wants them: typed and sorted."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from features.catalogue import FEATURES, LEADING, STREAMS
from features.contract import TABLES
from features.kernel.build import Plan
from features.kernel.chunk import Chunk
from features.kernel.columns import microseconds
from features.kernel.declare import Feature
from features.kernel.reference import Reference
from tests.features.streams.oracle import Row, Shop

OWN_FEATURES = tuple(feature for feature in FEATURES.values() if feature.stream != LEADING)
"""Those of all streams but order lines."""
SOURCES = {source.table: source for stream in STREAMS.values() for source in stream.sources}
SHOP = Shop(
    zone="Europe/Bucharest",
    complaint_topics=("complaint", "damage"),
    tier_points={"bronze": 0, "silver": 2500, "gold": 6000},
)
_TYPES = {
    "time": pa.timestamp("us", "UTC"),
    "money": pa.int64(),
    "number": pa.float64(),
    "integer": pa.int64(),
}


def reference(shop: Shop) -> Reference:
    """What the kernel is told of the shop."""
    first = pa.array(list(shop.first_orders.values()), _TYPES["time"])
    return Reference(
        newcomers=pa.array(list(shop.first_orders), pa.string()),
        first_order=microseconds(first),
        words={"complaint_topics": shop.complaint_topics},
        levels={"tier_points": shop.tier_points},
    )


def sort_key(table: str, row: Row) -> tuple[Any, ...]:
    """Where a row stands in its table; what holds from ever comes first."""
    source = SOURCES[table]
    at = row.get(source.time)
    return (row["customer_id"], at or datetime.min.replace(tzinfo=UTC), *(row[name] for name in source.key))


def typed(
    table: str,
    rows: Sequence[Row],
    columns: Sequence[str],
    *,
    dictionaries: bool = False,
    pieces: str = "whole",
) -> pa.Table:
    """Rows in the order given, with these columns.

    Args:
        dictionaries: texts come as dictionaries, sorted, as a database's own type for few words does.
        pieces: whole; sliced out of a larger table; or chunked.
    """
    rows = [*rows[:1], *rows] if pieces == "sliced" else rows
    found = pa.table({name: _column(table, name, rows, dictionaries=dictionaries) for name in columns})
    if pieces == "sliced":
        return found.slice(min(1, len(rows)))
    if pieces == "chunked":
        return pa.concat_tables([found.slice(0, len(rows) // 2), found.slice(len(rows) // 2)])
    return found


def _column(table: str, name: str, rows: Sequence[Row], *, dictionaries: bool) -> pa.Array:
    kind = TABLES[table].column(name).kind if name != "ingested_at" else "time"
    values = [row.get(name) for row in rows]
    if not dictionaries or kind not in ("id", "text") or name == "customer_id":
        return pa.array(values, _TYPES.get(kind, pa.string()))
    words = sorted({value for value in values if value is not None})
    codes = [None if value is None else words.index(value) for value in values]
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.uint8()), pa.array(words, pa.string()))


def built(
    tables: dict[str, pa.Table],
    cutoffs: Sequence[datetime],
    features: Sequence[Feature] = OWN_FEATURES,
    shop: Shop = SHOP,
) -> pa.Table:
    """The kernel's answer."""
    plan = Plan(features, LEADING, zone=shop.zone, reference=reference(shop))
    return plan.build(Chunk.of(tables, LEADING.name), cutoffs)
