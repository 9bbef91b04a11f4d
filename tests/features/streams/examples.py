"""Features of one customer from a few rows that read as they stand: times are texts, in UTC."""

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from features.catalogue import FEATURES, LEADING, available
from features.contract import TABLES
from features.settings import FeatureSettings
from tests.features.streams.oracle import Row, Shop
from tests.features.streams.tables import SOURCES, built, sort_key, typed

CUTOFF = "2024-06-01"
"""Windows that end there begin on 2024-05-02 (30 days), 2024-03-03 (90 days) and 2023-06-02 (365 days)."""
JUST_BEFORE = "2024-05-31 23:59:59.999999"
UNKNOWN = None
"""Stands for the empty value NaN."""
LONG_AGO = "2020-01-01"
"""When everybody in an example has ordered something, so that there is a row for them at a cutoff."""
DEFAULTS = FeatureSettings()

Values = dict[str, float | None]


def features_of(
    customer: str,
    at: str = CUTOFF,
    *,
    settings: FeatureSettings = DEFAULTS,
    zone: str = "UTC",
    first_orders: Mapping[str, str] | None = None,
    without: Collection[str] = (),
    **tables: Sequence[Row],
) -> Values:
    """What can be told of a customer at a cutoff from tables beside order lines; UNKNOWN where that is nothing.

    Args:
        first_orders: of customers whom others recommended, when their first order was known.
        without: `table.column` of what was not brought; other columns of the tables named are there.
        tables: rows in any order, ann's unless they say otherwise; `order_lines` come on top of old ones.
    """
    rows = {name: [_row(name, row, number) for number, row in enumerate(own)] for name, own in tables.items()}
    people = sorted({customer, *(row["customer_id"] for own in rows.values() for row in own)})
    old = [_row("order_lines", order(LONG_AGO, customer_id=who, order_id="old")) for who in people]
    rows["order_lines"] = old + rows.get("order_lines", [])
    columns = {name: _columns(name, own, without) for name, own in rows.items()}
    brought = {f"{name}.{column}" for name, own in columns.items() for column in own}
    there = available(brought | set(settings.present))
    arrow = {name: typed(name, _in_order(name, own), columns[name]) for name, own in rows.items()}
    first: dict[str, datetime | None] = {who: instant(at) for who, at in (first_orders or {}).items()}
    shop = Shop(zone, settings.complaint_topics, settings.tier_points, first)
    answer = built(arrow, [instant(at)], [each for each in there if each.stream != LEADING], shop)
    [found] = [row for row in answer.to_pylist() if row["customer_id"] == customer]
    return {name: _known(value) for name, value in found.items() if name in FEATURES}


def order(at: str, amount: int = 100, **other: object) -> Row:
    """An order of one line, numbered by its time."""
    return {"ordered_at": at, "amount": amount, "order_id": at, "line_id": "1", **other}


def instant(text: str) -> datetime:
    """A time of an example."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def over_windows(*names: str, days: Collection[int] = (30, 90, 365)) -> set[str]:
    """Names of features that are there over several windows."""
    return {f"{name}_{each}d" for name in names for each in days}


def _row(table: str, row: Row, number: int = 0) -> Row:
    """A row with its key and its customer, and with times that are times."""
    numbered = dict.fromkeys(SOURCES[table].key, f"{number:03}")
    found = {"customer_id": "ann", **numbered, **row}
    times = {column.name for column in TABLES[table].columns if column.kind == "time"}
    return {name: instant(v) if v is not None and name in times else v for name, v in found.items()}


def _columns(table: str, rows: Sequence[Row], without: Collection[str]) -> list[str]:
    """All of the contract that were brought; `ingested_at` where a row says it."""
    names = [column.name for column in TABLES[table].columns if column.name != "ingested_at"]
    late = ["ingested_at"] if any("ingested_at" in row for row in rows) else []
    return [name for name in [*names, *late] if f"{table}.{name}" not in without]


def _in_order(table: str, rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: sort_key(table, row))


def _known(value: float) -> float | None:
    return UNKNOWN if math.isnan(value) else value
