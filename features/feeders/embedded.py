"""DuckDB feeds the kernel: validated tables, sorted by customer and time, in chunks of whole customers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.catalogue import LEADING, STREAMS, columns_read, looks_at_weeks
from features.contract import TABLES, Table
from features.feeders.history import HistoryWriter
from features.feeders.reading import NumberedTable, few_words
from features.feeders.sorting import Parts, SortedParts, pieces_of_customers
from features.kernel.build import Plan
from features.kernel.chunk import Chunk
from features.kernel.columns import Int
from features.kernel.declare import Feature
from features.kernel.reference import Reference
from features.kernel.stream import CUSTOMER, INGESTED_AT, Source
from features.matrix import FeatureMatrix
from features.memory import keep_freed_memory
from features.orders.reference import DUCKDB, product_ids, reference_of
from features.sentiment.tables import filled_tables
from features.settings import FeatureSettings, Settings
from features.tables.casting import literal
from features.tables.report import load_report
from features.workspace import Workspace

_SQL_TYPES = {
    "time": "TIMESTAMPTZ",
    "money": "BIGINT",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "flag": "BOOLEAN",
}
_TEXTS = ("id", "text")
_PEOPLE = f"""WITH people AS (
    SELECT {CUSTOMER}, row_number() OVER (ORDER BY {CUSTOMER}) - 1 AS place
    FROM (SELECT DISTINCT {CUSTOMER} FROM {LEADING.name} WHERE {CUSTOMER} IS NOT NULL))"""
NUMBER = "__customer"
"""Column of the customer's number among all customers with an order line."""


class Feeder:
    """Validated tables of a workspace as the kernel's input.

    Args:
        tables: the folder of validated Parquet files.
        zone: business zone.
        memory_limit: DuckDB's limit; what has to be sorted goes through a temporary folder beside `tables`.
        settings: what features need to know of the shop.
        instead: files that are read in the place of validated tables: the same rows with more columns.

    Attributes:
        present: `table.column` of everything that was brought, and `settings.` of what was set.

    Raises:
        FileNotFoundError: there are no validated order lines.
    """

    def __init__(
        self,
        tables: Path,
        *,
        zone: str = "UTC",
        memory_limit: str = "1GB",
        settings: FeatureSettings | None = None,
        instead: Mapping[str, Path] | None = None,
    ) -> None:
        self.zone = zone
        self._instead = dict(instead or {})
        self._settings = settings or FeatureSettings()
        self._connection = duckdb.connect()
        self._connection.execute(f"SET memory_limit = {literal(memory_limit)}")
        self._connection.execute("SET GLOBAL TimeZone = 'UTC'")
        self._connection.execute("SET preserve_insertion_order = true")
        self._tables = tables
        there = {table.name: self._open(self._file(table.name), table) for table in TABLES.values()}
        self._columns = {name: columns for name, columns in there.items() if columns}
        self.present = frozenset(
            [f"{name}.{column}" for name, columns in self._columns.items() for column in columns]
        ) | frozenset(self._settings.present)
        self._spill = TemporaryDirectory(prefix=".features-", dir=tables.parent)
        self._connection.execute("SET temp_directory = $folder", {"folder": self._spill.name})

    def __enter__(self) -> Feeder:
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()
        self._spill.cleanup()

    def _file(self, table: str) -> Path:
        return self._instead.get(table, self._tables / f"{table}.parquet")

    def _open(self, file: Path, table: Table) -> list[str]:
        """Make a view with every column of the contract, and return those that the file has."""
        if not file.is_file():
            if table.mandatory:
                raise FileNotFoundError(f"no validated {table.name} at {file}; run: regulars validate")
            self._connection.execute(f"CREATE VIEW {table.name} AS SELECT {_absent(table, ())} WHERE false")
            return []
        there = list(pq.read_schema(file).names)
        absent = _absent(table, there)
        columns = f"*, {absent}" if absent else "*"
        self._connection.execute(
            f"CREATE VIEW {table.name} AS SELECT {columns} FROM read_parquet({literal(str(file))})"
        )
        return there

    @property
    def files(self) -> dict[str, Path]:
        """The file that each table is read from, of those that were brought."""
        return {name: self._file(name) for name in self._columns}

    def customer_rows(self) -> int:
        """Number of order lines that have a customer."""
        query = f"SELECT count(*) FROM {LEADING.name} WHERE {CUSTOMER} IS NOT NULL"
        return int(self._connection.execute(query).fetchall()[0][0])

    @cached_property
    def ids(self) -> pa.Array:
        """The customers who have an order line, ascending."""
        return self._ask(
            f"SELECT DISTINCT {CUSTOMER} FROM {LEADING.name} WHERE {CUSTOMER} IS NOT NULL ORDER BY {CUSTOMER}"
        )[CUSTOMER].combine_chunks()

    @cached_property
    def order_times(self) -> tuple[Int, Int]:
        """Each instant at which a customer ordered, by customer and time, whenever it was loaded.

        The customer's place in `ids` and the microseconds since 1970 (UTC), shape (instants,) each.
        """
        found = self._ask(
            f"""{_PEOPLE}
                SELECT DISTINCT place, epoch_us(ordered_at) AS time FROM {LEADING.name} JOIN people USING ({CUSTOMER})
                WHERE amount > 0 ORDER BY place, time"""
        )
        return found["place"].to_numpy().astype(np.int64), found["time"].to_numpy().astype(np.int64)

    def takings(self) -> pa.Table:
        """What each customer paid at each instant, by customer and time, whenever it was loaded.

        Columns `place` (in `ids`), `time` (microseconds since 1970, UTC), `amount`, `costed` (the amount of
        lines whose product has a cost) and `cost` of these, in minor units; returns are negative.
        """
        return self._ask(
            f"""{_PEOPLE}, lines AS (
                    SELECT {CUSTOMER}, epoch_us(ordered_at) AS time, amount,
                        unit_cost * coalesce(abs(quantity), 1) * sign(amount) AS cost
                    FROM {LEADING.name} LEFT JOIN products USING (product_id) WHERE {CUSTOMER} IS NOT NULL)
                SELECT place, time, sum(amount)::DOUBLE AS amount, coalesce(sum(cost), 0)::DOUBLE AS cost,
                    coalesce(sum(amount) FILTER (cost IS NOT NULL), 0)::DOUBLE AS costed
                FROM lines JOIN people USING ({CUSTOMER}) GROUP BY place, time ORDER BY place, time"""
        )

    def reference(self, features: Sequence[Feature]) -> Reference:
        """What features look up beyond a customer's own rows, as of these tables; each kind is made once."""
        by_week = looks_at_weeks(features)
        if by_week not in self._references:
            made = reference_of(self._ask, DUCKDB, self.zone, self._settings, self._products, by_week=by_week)
            self._references[by_week] = made
        return self._references[by_week]

    @cached_property
    def _references(self) -> dict[bool, Reference]:
        return {}

    @cached_property
    def _products(self) -> pa.Array:
        """The products, by number."""
        return product_ids(self._ask)

    def _ask(self, query: str) -> pa.Table:
        return self._connection.sql(query).to_arrow_table()

    def chunks(
        self, features: Sequence[Feature], *, rows: int | None = None, hindsight: bool = False
    ) -> Iterator[Chunk]:
        """The rows that features read, of whole customers, about `rows` order lines at a time.

        Args:
            rows: as configured where it is not given. Larger chunks leave the processor's cache.
            hindsight: leave out when each row became known, so that every row counts from its own time.
        """
        read, rows = columns_read(features), rows or self._settings.chunk_rows
        sources = {source.table: source for stream in STREAMS.values() for source in stream.sources}
        wanted = {LEADING.name, *read} & sources.keys() & self._columns.keys()
        largest = max(pq.read_metadata(self._file(name)).num_rows for name in wanted)
        parts = Parts.of(len(self.ids), largest)
        with TemporaryDirectory(dir=self._spill.name) as folder:
            tables = {
                name: self._sorted(
                    sources[name],
                    read.get(name, frozenset()),
                    parts,
                    Path(folder) / name,
                    hindsight=hindsight,
                )
                for name in sorted(wanted)
            }
            for batches in zip(*tables.values(), strict=True):
                yield from self._cut(dict(zip(tables, batches, strict=True)), rows)

    def _cut(self, part: dict[str, pa.RecordBatch], rows: int) -> Iterator[Chunk]:
        """A part in chunks of whole customers."""
        numbers = {name: _numbers(batch) for name, batch in part.items()}
        for first, last in pieces_of_customers(numbers[LEADING.name], rows):
            tables = {}
            for name, batch in part.items():
                start, end = np.searchsorted(numbers[name], (first, last + 1)).tolist()
                own = pa.Table.from_batches([batch.slice(start, end - start)])
                tables[name] = own, numbers[name][start:end] - first
            yield Chunk(self.ids.slice(first, last - first + 1), tables, is_sorted=True)

    def _sorted(
        self, source: Source, columns: frozenset[str], parts: Parts, folder: Path, *, hindsight: bool
    ) -> SortedParts:
        """A table's rows by (customer, time, key), customers as numbers."""
        table = TABLES[source.table]
        there = set(self._columns[table.name])
        wanted = (columns | {source.time, *source.key, *table.required}) & there - {CUSTOMER}
        wanted -= {INGESTED_AT} if hindsight else set()
        numbers = {CUSTOMER: self.ids}
        if "product_id" in wanted:
            numbers["product_id"] = self._products
        words = {name: self._few(table, name) for name in wanted - numbers.keys()}
        read = NumberedTable(
            self._file(table.name),
            [CUSTOMER, *sorted(wanted)],
            numbers=numbers,
            words={name: found for name, found in words.items() if found is not None},
            renamed={CUSTOMER: NUMBER},
        )
        folder.mkdir()
        key = [name for name in source.key if name in there]
        return SortedParts(read, parts, customer=NUMBER, time=source.time, key=key, folder=folder)

    def _few(self, table: Table, column: str) -> pa.Array | None:
        """The different texts of a text column with few of them, ascending."""
        if table.column(column).kind not in _TEXTS:
            return None
        if (table.name, column) not in self._words:
            self._words[table.name, column] = few_words(self._file(table.name), column)
        return self._words[table.name, column]

    @cached_property
    def _words(self) -> dict[tuple[str, str], pa.Array | None]:
        return {}


def open_feeder(
    settings: Settings, workspace: Workspace, *, instead: Mapping[str, Path] | None = None
) -> Feeder:
    """The feeder of a workspace's validated tables, as it is configured, with sentiment where it is filled in.

    Args:
        instead: files that are read in the place of tables of the workspace, by name.
    """
    source = settings.source
    is_filled = workspace.sentiment.is_dir()
    filled = filled_tables(workspace, load_report(workspace.tables).fingerprint) if is_filled else {}
    return Feeder(
        workspace.tables,
        zone=source.timezone,
        memory_limit=source.memory_limit,
        settings=settings.features,
        instead={**filled, **(instead or {})},
    )


def build_features(
    feeder: Feeder,
    features: Sequence[Feature],
    cutoffs: Sequence[datetime],
    *,
    hindsight: bool = False,
    history: HistoryWriter | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[pa.Table]:
    """Stream features of all customers at the cutoffs, one table a chunk, ordered by (customer, cutoff).

    Args:
        hindsight: count what became known after the cutoff too. For outcomes, which are measured with all
            that is known today; never for what a model sees.
        history: is given every chunk, so that one pass makes both.
        progress: told the number of order lines of each chunk when it is done.
    """
    keep_freed_memory()
    plan = Plan(features, LEADING, zone=feeder.zone, reference=feeder.reference(features))
    for chunk in feeder.chunks(features, hindsight=hindsight):
        yield plan.build(chunk, cutoffs)
        if history is not None:
            history.add(chunk)
        if progress is not None:
            progress(chunk.tables[LEADING.name][0].num_rows)


def feature_matrix(
    feeder: Feeder,
    features: Sequence[Feature],
    cutoffs: Sequence[datetime],
    *,
    history: HistoryWriter | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> FeatureMatrix:
    """Features of all customers at the cutoffs, in memory.

    Args:
        history: is given every chunk, so that one pass makes both.
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

    built = build_features(feeder, features, cutoffs, history=history, progress=count)
    return FeatureMatrix.from_arrow(list(built))


def _absent(table: Table, there: Sequence[str]) -> str:
    missing = [column for column in table.columns if column.name not in there]
    return ", ".join(f"NULL::{_SQL_TYPES.get(column.kind, 'VARCHAR')} AS {column.name}" for column in missing)


def _numbers(table: pa.Table) -> Int:
    numbers: Int = table[NUMBER].to_numpy().astype(np.int64)
    return numbers
