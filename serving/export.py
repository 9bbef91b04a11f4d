"""The decision record as Parquet: training reads this export, never the live store."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from pyarrow import parquet

from features.contract import TABLES
from features.workspace import replacing_file
from serving.store import Store
from serving.store_tables import DECISIONS, OFFER_EVENTS

_TYPES = {
    "id": pa.string(),
    "text": pa.string(),
    "list": pa.string(),
    "time": pa.timestamp("us", tz="UTC"),
    "integer": pa.int64(),
    "number": pa.float64(),
}


# digits of the largest 64-bit integer
_MONEY_DIGITS = 19


def export(store: Store, folder: Path, minor_digits: int) -> dict[str, int]:
    """Write `decisions.parquet` and `offer_events.parquet` as a retailer's tables, ready for `validate`.

    Money is written in units of the currency, as the contract reads it. Lists (`eligible`, `excluded`,
    `counters`) and `terms` are JSON text; amounts inside `terms` stay in minor units. Each file replaces the
    one before in one step.

    Args:
        store: what to export.
        folder: where to write.
        minor_digits: decimal digits of the currency, `[source] minor_digits`, 0 to 4.

    Returns:
        The rows written by table.
    """
    tables = (DECISIONS, OFFER_EVENTS)
    return {table.name: _export_table(store, table, folder, minor_digits) for table in tables}


def _export_table(store: Store, table: sa.Table, folder: Path, minor_digits: int) -> int:
    kinds = {column.name: column.kind for column in TABLES[table.name].columns}
    names = [column.name for column in table.columns if column.name in kinds]
    types = _TYPES | {"money": pa.decimal128(_MONEY_DIGITS, minor_digits)}
    schema = pa.schema([(name, types[kinds[name]]) for name in names])
    count = 0
    with (
        replacing_file(folder / f"{table.name}.parquet") as target,
        parquet.ParquetWriter(target, schema) as writer,
    ):
        for rows in store.rows(table):
            writer.write_table(pa.Table.from_pylist([_flat(row, schema) for row in rows], schema))
            count += len(rows)
    return count


def _flat(row: dict[str, Any], schema: pa.Schema) -> dict[str, Any]:
    return {field.name: _cell(row[field.name], field.type) for field in schema}


def _cell(found: Any, kind: pa.DataType) -> Any:
    if pa.types.is_decimal(kind) and found is not None:
        return Decimal(found).scaleb(-kind.scale)
    return _text(found) if pa.types.is_string(kind) else found


def _text(found: Any) -> str | None:
    if found is None or isinstance(found, str):
        return found
    return json.dumps(found, ensure_ascii=False)
