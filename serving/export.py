"""The decision record as Parquet: training reads this export, never the live store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from pyarrow import parquet

from features.contract import TABLES
from features.workspace import replacing_file
from serving.store import DECISIONS, OFFER_EVENTS, Store

_TYPES = {
    "id": pa.string(),
    "text": pa.string(),
    "list": pa.string(),
    "time": pa.timestamp("us", tz="UTC"),
    "integer": pa.int64(),
    "money": pa.int64(),
    "number": pa.float64(),
}


def export(store: Store, folder: Path) -> dict[str, int]:
    """Write `decisions.parquet` and `offer_events.parquet` as the table contract has them.

    Lists (`eligible`, `excluded`, `counters`) and `terms` are JSON text. Each file replaces the one before in
    one step. Returns the rows written by table.
    """
    return {table.name: _export_table(store, table, folder) for table in (DECISIONS, OFFER_EVENTS)}


def _export_table(store: Store, table: sa.Table, folder: Path) -> int:
    kinds = {column.name: column.kind for column in TABLES[table.name].columns}
    names = [column.name for column in table.columns if column.name in kinds]
    schema = pa.schema([(name, _TYPES[kinds[name]]) for name in names])
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
    return {
        field.name: _text(row[field.name]) if pa.types.is_string(field.type) else row[field.name]
        for field in schema
    }


def _text(found: Any) -> str | None:
    if found is None or isinstance(found, str):
        return found
    return json.dumps(found, ensure_ascii=False)
