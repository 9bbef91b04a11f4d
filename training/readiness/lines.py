"""The validated tables, opened once for every question of the readiness report.

Two passes over the order lines make what the questions read: `orders`, one row for each customer and order, and
`sample`, all lines of about a million lines' worth of orders. Both spill under the memory limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.contract import ORDER_LINES, PRODUCTS, TABLES
from features.settings import Settings
from features.tables.casting import literal
from features.workspace import Workspace

SAMPLE_LINES = 1_000_000
"""Of so many lines the median of a day's prices is known to a fraction of a per cent in shops of any size."""

_TYPES = {
    "time": "TIMESTAMPTZ",
    "money": "BIGINT",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "flag": "BOOLEAN",
}
_NEVER = "TIMESTAMPTZ '-infinity'"


@dataclass(frozen=True)
class Lines:
    """An open database over the validated tables.

    Views `order_lines` and `products` have every column of the contract, NULL where it was not brought.

    Attributes:
        columns: `table.column` of everything that was brought, and `settings.` of what features were told.
        rows: rows of each table that was brought.
        zone: the business zone.
        sampled: one order in so many is in `sample`.
        scratch: an empty folder that lasts as long as the database.
    """

    connection: duckdb.DuckDBPyConnection
    folder: Path
    columns: frozenset[str]
    rows: dict[str, int]
    zone: str
    sampled: int
    scratch: Path

    def fetch(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self.connection.execute(query, list(parameters)).fetchall()

    def one(self, query: str, *parameters: object) -> tuple[Any, ...]:
        """The only row of a query."""
        return self.fetch(query, *parameters)[0]

    def column(self, query: str, *parameters: object) -> NDArray[Any]:
        """The only column of a query, NaN where it is NULL; shape (rows,)."""
        found = self.connection.sql(query, params=list(parameters)).to_arrow_table().column(0)
        return np.asarray(found.to_numpy())

    def day(self, instant: str = "ordered_at") -> str:
        """SQL for the business day of an instant."""
        return f"timezone({literal(self.zone)}, {instant})::DATE"

    def brought(self, table: str, column: str) -> bool:
        """Whether the retailer brought a column."""
        return f"{table}.{column}" in self.columns


@contextmanager
def open_lines(settings: Settings, workspace: Workspace) -> Iterator[Lines]:
    """Open the validated tables and make `orders` and `sample`.

    Raises:
        FileNotFoundError: there are no validated order lines.
    """
    with (
        TemporaryDirectory(prefix=".readiness-", dir=workspace.root) as scratch,
        duckdb.connect() as connection,
    ):
        connection.execute(f"SET memory_limit = {literal(settings.source.memory_limit)}")
        connection.execute(f"SET temp_directory = {literal(scratch + '/spill')}")
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        columns, rows = _schemas(workspace.tables)
        for table in (ORDER_LINES, PRODUCTS):
            _create_view(connection, workspace.tables, table.name, columns)
        sampled = max(1, round(rows[ORDER_LINES.name] / SAMPLE_LINES))
        present = columns | frozenset(settings.features.present)
        lines = Lines(
            connection, workspace.tables, present, rows, settings.source.timezone, sampled, Path(scratch)
        )
        _create_orders(lines)
        _create_sample(lines)
        yield lines


def _schemas(folder: Path) -> tuple[frozenset[str], dict[str, int]]:
    """The columns of all validated tables, and their rows."""
    columns, rows = set(), {}
    for name in TABLES:
        file = folder / f"{name}.parquet"
        if file.is_file():
            metadata = pq.read_metadata(file)
            rows[name] = metadata.num_rows
            columns |= {f"{name}.{column}" for column in metadata.schema.to_arrow_schema().names}
    if ORDER_LINES.name not in rows:
        raise FileNotFoundError(f"no validated {ORDER_LINES.name} in {folder}; run: regulars validate")
    return frozenset(columns), rows


def _create_view(
    connection: duckdb.DuckDBPyConnection, folder: Path, name: str, columns: frozenset[str]
) -> None:
    declared = TABLES[name].columns
    empty = [
        f"NULL::{_TYPES.get(column.kind, 'VARCHAR')} AS {column.name}"
        for column in declared
        if f"{name}.{column.name}" not in columns
    ]
    file = folder / f"{name}.parquet"
    if file.is_file():
        query = f"SELECT {', '.join(['*', *empty])} FROM read_parquet({literal(str(file))})"
    else:
        query = f"SELECT {', '.join(empty)} WHERE false"
    connection.execute(f"CREATE VIEW {name} AS {query}")


def _create_orders(lines: Lines) -> None:
    """`orders`: customer_id, started_at, known_at, day; guests and orders without a sold line are left out."""
    known = f"greatest(ordered_at, coalesce(ingested_at, {_NEVER}))"
    lines.connection.execute(
        f"""CREATE TABLE orders AS
            SELECT customer_id, min(ordered_at) AS started_at, min({known}) AS known_at,
                   {lines.day("min(ordered_at)")} AS day
            FROM order_lines WHERE amount > 0 AND customer_id IS NOT NULL
            GROUP BY customer_id, order_id"""
    )


def _create_sample(lines: Lines) -> None:
    chosen = "true" if lines.sampled == 1 else f"hash(order_id) % {lines.sampled} = 0"
    lines.connection.execute(
        f"CREATE TABLE sample AS SELECT *, {lines.day()} AS day FROM order_lines WHERE {chosen}"
    )
