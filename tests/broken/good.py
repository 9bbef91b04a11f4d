"""A small table in which nothing is wrong, made from its declaration in the contract."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features.contract import Column, Table

ROWS = 12
PRIVATE = "ann.private@example.org"
"""Stands in every free text of every table; no report may repeat it."""

Row = dict[str, str]
_FIRST = datetime(2024, 5, 1, 10, tzinfo=UTC)
_TYPES = {
    "id": pa.string(),
    "time": pa.timestamp("us", tz="UTC"),
    "money": pa.decimal128(12, 2),
    "number": pa.float64(),
    "integer": pa.int64(),
    "flag": pa.bool_(),
    "text": pa.string(),
    "list": pa.string(),
}


def good_rows(table: Table) -> list[Row]:
    """Twelve rows with a value in every column, as a CSV file has them."""
    return [
        {column.name: _value(column, place, number) for place, column in enumerate(table.columns)}
        for number in range(ROWS)
    ]


def _value(column: Column, place: int, number: int) -> str:
    if column.values:
        return column.values[number % len(column.values)]
    if column.kind == "id":
        return f"{'c' if column.person else column.name[:3]}{number + 1:02d}"
    if column.kind == "time":
        return f"{_FIRST + timedelta(days=number // 2, hours=number % 2, minutes=place):%Y-%m-%dT%H:%M:%SZ}"
    if column.kind == "list":
        item = "{" + ", ".join(f'"{key}": "gold"' for key in column.items) + "}"
        return f"[{item}]" if column.items else '["web", "shop"]'
    simple = {"money": f"{number + 12}.50", "number": f"{number}.5", "integer": str(number + 1)}
    simple |= {"flag": "true" if number % 2 else "false", "text": f"{column.name} of {PRIVATE} {number}"}
    return simple[column.kind]


def csv_text(
    rows: list[Row], delimiter: str = ",", line_end: str = "\n", quoting: Any = csv.QUOTE_MINIMAL
) -> str:
    """The rows as CSV with a header."""
    file = io.StringIO()
    names = list(rows[0])
    writer = csv.DictWriter(file, names, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def arrow_table(table: Table, rows: list[Row]) -> Any:
    """The rows in the types that a warehouse gives them."""
    columns = [column for column in table.columns if column.name in rows[0]]
    arrays = [pa.array([_typed(column, row) for row in rows], _TYPES[column.kind]) for column in columns]
    return pa.table(arrays, names=[column.name for column in columns])


def _typed(column: Column, row: Row) -> Any:
    text = row[column.name]
    readers = {
        "time": datetime.fromisoformat,
        "money": Decimal,
        "number": float,
        "integer": int,
        "flag": lambda word: word == "true",
    }
    return readers.get(column.kind, str)(text)


def parquet_bytes(table: Any, **options: Any) -> bytes:
    """An Arrow table as the bytes of a Parquet file."""
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()
