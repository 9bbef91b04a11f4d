"""DuckDB feeds the kernel: validated order lines, sorted by customer and time, in whole-customer chunks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.contract import CUSTOMERS, PRODUCTS, Table
from features.contract import ORDER_LINES as ORDER_LINES_TABLE
from features.kernel.build import build
from features.kernel.declare import Feature
from features.kernel.rows import NEVER
from features.matrix import FeatureMatrix
from features.orders.catalogue import CATALOGUE
from features.orders.reference import (
    MILLI_UNITS,
    PRODUCT_TYPE,
    REFERENCE_COLUMNS,
    create_reference,
    week_of,
)
from features.tables.casting import literal

ORDER_LINES = CATALOGUE.stream("order_lines", "customer_id", "ordered_at", ("order_id", "line_id"))
ALWAYS = ("customer_id", "ordered_at", "order_id", "line_id")
CHUNK_ROWS = 100_000
"""Larger chunks leave the processor's cache: measured, 500,000 rows take half as much memory again and more time."""


@dataclass(frozen=True)
class KernelColumn:
    """A column that measures read: its SQL, and the contract columns without which it is left out."""

    sql: str
    needs: tuple[str, ...]


_SQL_TYPES = {
    "time": "TIMESTAMPTZ",
    "money": "BIGINT",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "flag": "BOOLEAN",
}
_PRICED = ("order_lines.list_amount", "order_lines.product_id", "products.category")
_OWN_BRAND = (*_PRICED, "products.is_private_label")

COLUMNS: dict[str, KernelColumn] = {
    "amount": KernelColumn("order_lines.amount", ()),
    "order_id": KernelColumn("order_lines.order_id", ()),
    "milli_units": KernelColumn(MILLI_UNITS, ("order_lines.quantity",)),
    "list_amount": KernelColumn(
        "coalesce(order_lines.list_amount, order_lines.amount)", ("order_lines.list_amount",)
    ),
    "coupon_amount": KernelColumn("coupon_amount", ("order_lines.coupon_amount",)),
    "points_redeemed": KernelColumn(
        "round(least(points_redeemed, 1e15))::BIGINT", ("order_lines.points_redeemed",)
    ),
    "product_id": KernelColumn("order_lines.product_id", ("order_lines.product_id",)),
    "store_id": KernelColumn("store_id", ("order_lines.store_id",)),
    "channel": KernelColumn("channel", ("order_lines.channel",)),
    "category": KernelColumn("products.category", ("order_lines.product_id", "products.category")),
    "product_type": KernelColumn(PRODUCT_TYPE, ("order_lines.product_id", "products.category")),
    "brand": KernelColumn("products.brand", ("order_lines.product_id", "products.brand")),
    "is_private_label": KernelColumn(
        "products.is_private_label", ("order_lines.product_id", "products.is_private_label")
    ),
    "joined_us": KernelColumn(f"coalesce(epoch_us(joined.joined_at), {NEVER})", ("customers.joined_at",)),
    **{
        name: KernelColumn(f"reference.{name}", _OWN_BRAND if "private" in name else _PRICED)
        for name in REFERENCE_COLUMNS
    },
}


class OrderFeeder:
    """Validated tables of a workspace as the kernel's input.

    Args:
        tables: the folder of validated Parquet files.
        zone: business zone.
        memory_limit: DuckDB's limit; beyond it the sort spills to a temporary folder beside `tables`.

    Raises:
        FileNotFoundError: there are no validated order lines.
    """

    def __init__(self, tables: Path, *, zone: str = "UTC", memory_limit: str = "1GB") -> None:
        self._zone = zone
        self._connection = duckdb.connect()
        self._connection.execute(f"SET memory_limit = {literal(memory_limit)}")
        self._connection.execute("SET GLOBAL TimeZone = 'UTC'")
        self._connection.execute("SET preserve_insertion_order = true")
        self._present = {
            f"{table.name}.{column}"
            for table in (ORDER_LINES_TABLE, PRODUCTS, CUSTOMERS)
            for column in self._open(tables / f"{table.name}.parquet", table)
        }
        self._referenced = False
        self._spill = TemporaryDirectory(prefix=".features-", dir=tables.parent)
        self._connection.execute("SET temp_directory = $folder", {"folder": self._spill.name})

    def __enter__(self) -> OrderFeeder:
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()
        self._spill.cleanup()

    def _open(self, file: Path, table: Table) -> list[str]:
        """Make a view with every column of the contract, and return those that the file has."""
        if not file.is_file():
            if table.mandatory:
                raise FileNotFoundError(f"no validated {table.name} at {file}; run: regulars validate")
            return []
        there = list(pq.read_schema(file).names)
        absent = [column for column in table.columns if column.name not in there]
        empty = [f"NULL::{_SQL_TYPES.get(column.kind, 'VARCHAR')} AS {column.name}" for column in absent]
        self._connection.read_parquet(str(file)).project(", ".join(["*", *empty])).create_view(table.name)
        return there

    @property
    def columns(self) -> frozenset[str]:
        """The kernel columns that these tables can give."""
        return frozenset(name for name, column in COLUMNS.items() if self._present.issuperset(column.needs))

    def missing(self, name: str) -> tuple[str, ...]:
        """The contract columns for want of which a kernel column is left out."""
        return tuple(need for need in COLUMNS[name].needs if need not in self._present)

    def chunks(
        self, columns: Collection[str], *, rows: int = CHUNK_ROWS, hindsight: bool = False
    ) -> Iterator[pa.Table]:
        """Sorted rows of whole customers, about `rows` at a time.

        Args:
            hindsight: leave out when each row became known, so that every row counts from its own time.
        """
        query = self._query(frozenset(columns), hindsight=hindsight)
        # on a cursor of its own, so that a stream given up half-way does not block the connection
        reader = self._connection.cursor().sql(query).to_arrow_reader(rows)
        return whole_customers(reader, "customer_id", rows)

    def customer_rows(self) -> int:
        """Number of order lines that have a customer."""
        query = "SELECT count(*) FROM order_lines WHERE customer_id IS NOT NULL"
        return int(self._connection.execute(query).fetchall()[0][0])

    def _query(self, columns: frozenset[str], *, hindsight: bool) -> str:
        chosen = [f"{COLUMNS[name].sql} AS {name}" for name in sorted(columns - set(ALWAYS))]
        keys = ["order_lines.customer_id", "ordered_at", "order_lines.order_id", "line_id"]
        late = ["ingested_at"] if "order_lines.ingested_at" in self._present and not hindsight else []
        return f"""
            SELECT {", ".join([*keys, *late, *chosen])} FROM order_lines {self._joins(columns)}
            WHERE order_lines.customer_id IS NOT NULL
            ORDER BY order_lines.customer_id, ordered_at, order_lines.order_id, line_id"""

    def _joins(self, columns: frozenset[str]) -> str:
        needs = {need for name in columns for need in COLUMNS[name].needs}
        joins = ""
        if any(need.startswith("products.") for need in needs):
            joins += "LEFT JOIN products ON products.product_id = order_lines.product_id "
        if any(need.startswith("customers.") for need in needs):
            # where history is kept a customer has several rows, all with one day of joining
            joins += """LEFT JOIN (SELECT customer_id, min(joined_at) AS joined_at FROM customers GROUP BY ALL)
                        AS joined ON joined.customer_id = order_lines.customer_id """
        if columns & set(REFERENCE_COLUMNS):
            self._refer()
            joins += f"""LEFT JOIN reference ON reference.product_type = {PRODUCT_TYPE}
                         AND reference.week = {week_of("ordered_at", self._zone)}"""
        return joins

    def _refer(self) -> None:
        if not self._referenced:
            create_reference(self._connection, self._zone)
            self._referenced = True


def build_features(
    feeder: OrderFeeder,
    features: Sequence[Feature],
    cutoffs: Sequence[datetime],
    *,
    zone: str = "UTC",
    hindsight: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Iterator[pa.Table]:
    """Stream features of all customers at the cutoffs, one table a chunk, ordered by (customer, cutoff).

    Args:
        hindsight: count what became known after the cutoff too. For outcomes, which are measured with all
            that is known today; never for what a model sees.
        progress: told the number of order lines of each chunk when it is done.
    """
    columns = {column for feature in features for column in CATALOGUE.columns_of(feature)}
    for chunk in feeder.chunks(columns, hindsight=hindsight):
        yield build(ORDER_LINES, features, chunk, cutoffs, zone=zone)
        if progress is not None:
            progress(chunk.num_rows)


def feature_matrix(
    feeder: OrderFeeder,
    features: Sequence[Feature],
    cutoffs: Sequence[datetime],
    *,
    zone: str = "UTC",
    progress: Callable[[int, int], None] | None = None,
) -> FeatureMatrix:
    """Features of all customers at the cutoffs, in memory.

    Args:
        progress: told how many order lines are done, and how many there are.

    Raises:
        ValueError: no customer has an order line before the cutoffs.
    """
    total, done = feeder.customer_rows(), 0

    def count(lines: int) -> None:
        nonlocal done
        done += lines
        if progress is not None:
            progress(done, total)

    return FeatureMatrix.from_arrow(
        list(build_features(feeder, features, cutoffs, zone=zone, progress=count))
    )


def whole_customers(batches: Iterable[pa.RecordBatch], customer: str, rows: int = 1) -> Iterator[pa.Table]:
    """Cut a stream of sorted batches into tables of at least `rows` rows, no customer split between two."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        if not batch.num_rows:
            continue
        ids = batch.column(customer)
        starts = int(pc.index(ids, ids[-1]).as_py())  # row at which the last customer of the batch starts
        ended = starts > 0 or (held and not held[-1].column(customer)[-1].equals(ids[-1]))
        if ended and sum(part.num_rows for part in held) + starts >= rows:
            yield pa.Table.from_batches([*held, batch.slice(0, starts)])
            held = []
            batch = batch.slice(starts)
        held.append(batch)
    if held:
        yield pa.Table.from_batches(held)
