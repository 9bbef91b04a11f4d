"""Arrow columns of the contract's kinds: ids, instants, money; and tables checked against the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.contract import TABLES, Kind

INSTANT = pa.timestamp("us", "UTC")
TYPES: dict[Kind, pa.DataType] = {
    "id": pa.string(),
    "time": INSTANT,
    "money": pa.float64(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "flag": pa.bool_(),
    "text": pa.string(),
    "list": pa.string(),
}
ROW_SPACE = 10_000_000
"""Rows of one kind in a cell are numbered below this, so that ids of different cells differ."""


def ids(letter: str, numbers: NDArray[np.int64], width: int = 0) -> pa.Array:
    """Ids of a letter and a number, filled with zeros to a width."""
    text = pc.cast(pa.array(numbers), pa.string())
    if width:
        text = pc.utf8_lpad(text, width, "0")
    return pc.binary_join_element_wise(pa.scalar(letter), text, "")


def customer_ids(numbers: NDArray[np.int64]) -> pa.Array:
    """Customer ids from positions in the shop."""
    return ids("C", numbers, 7)


def row_ids(letter: str, cell: int, rows: int) -> pa.Array:
    """Ids of the rows of one table and cell."""
    return ids(letter, cell * ROW_SPACE + np.arange(rows))


def instants(microseconds: NDArray[np.int64]) -> pa.Array:
    """Instants; 0 is none."""
    return pa.array(microseconds, pa.int64(), mask=microseconds == 0).cast(INSTANT)


def money(cents: NDArray[np.number[Any]]) -> pa.Array:
    """Whole units of the currency from cents."""
    return pa.array(np.asarray(cents, np.float64) / 100)


def numbers(values: NDArray[np.number[Any]]) -> pa.Array:
    """Numbers; NaN is none."""
    floats = np.asarray(values, np.float64)
    return pa.array(floats, mask=np.isnan(floats))


def words(vocabulary: tuple[str, ...] | list[str], index: NDArray[np.integer[Any]]) -> pa.Array:
    """Words by their index; a negative one is none."""
    return pc.take(pa.array(vocabulary, pa.string()), pa.array(index, pa.int64(), mask=index < 0))


def contract_table(name: str, columns: Mapping[str, Any]) -> pa.Table:
    """A table of the contract, with the columns that are given, in the order and types of the contract.

    Raises:
        ValueError: the contract does not know a column, or a required one is missing.
    """
    table = TABLES[name]
    known = {column.name: TYPES[column.kind] for column in table.columns}
    if strange := set(columns) - set(known):
        raise ValueError(f"{name} has no column {', '.join(sorted(strange))} in the contract")
    if missing := set(table.required) - set(columns):
        raise ValueError(f"{name} needs {', '.join(sorted(missing))}")
    schema = pa.schema([(column, kind) for column, kind in known.items() if column in columns])
    return pa.table([_as(columns[field.name], field.type) for field in schema], schema=schema)


def _as(column: Any, kind: pa.DataType) -> pa.Array:
    array = column if isinstance(column, pa.Array | pa.ChunkedArray) else pa.array(column)
    return array.cast(kind)
