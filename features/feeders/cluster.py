"""Spark feeds the kernel: validated tables of any size, brought together by customer and sorted, one shuffle in all.

Workers run the same kernel on whole customers (`mapInArrow`) and look things up in the same reference: a row is
that of the embedded feeder to the last bit. What is shipped to them are names of features, not code.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from features.catalogue import FEATURES, LEADING, STREAMS, columns_read, looks_at_weeks
from features.contract import TABLES, Table
from features.feeders.whole import whole_customers
from features.kernel.build import Plan
from features.kernel.chunk import Chunk
from features.kernel.declare import Feature
from features.kernel.reference import Reference
from features.kernel.stream import CUSTOMER, INGESTED_AT, Source
from features.orders.reference import SPARK, product_ids, reference_of
from features.permission import Permit
from features.settings import FeatureSettings, SparkSettings

if TYPE_CHECKING:
    from pyspark.errors import AnalysisException
    from pyspark.sql import DataFrame, SparkSession

SOURCES: dict[str, Source] = {
    source.table: source for stream in STREAMS.values() for source in stream.sources
}
_TYPES = {"time": "TIMESTAMP", "money": "BIGINT", "number": "DOUBLE", "integer": "BIGINT", "flag": "BOOLEAN"}
_TABLE, _TIME = "__table", "__time"
_KEYS = tuple(f"__key{number}" for number in range(max(len(source.key) for source in SOURCES.values())))
_BATCH = 20_000
_LOGGING = Path(__file__).with_name("cluster_log.properties")
_SQL = {"spark.sql.session.timeZone": "UTC", "spark.sql.execution.arrow.maxRecordsPerBatch": str(_BATCH)}
"""What the kernel's input depends on, set in the feeder's own session whoever opened the first one."""
Work = Callable[[pa.Table], pa.Table]
"""What is done with the features of a chunk before they leave the worker."""


def open_session(settings: SparkSettings) -> SparkSession:
    """A session in UTC that reports nothing of itself.

    Raises:
        ModuleNotFoundError: PySpark is not installed.
        OSError: there is no Java.
    """
    try:
        from pyspark.sql import SparkSession
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "the Spark engine needs PySpark; install it with: pip install 'regulars[spark]'"
        ) from error
    options: dict[str, str] = {}
    if settings.master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        options |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    os.environ.setdefault("LOG4J_CONFIGURATION_FILE", str(_LOGGING))
    builder = SparkSession.builder.appName("regulars").master(settings.master)
    options |= {
        "spark.driver.memory": settings.memory,
        "spark.executor.memory": settings.memory,
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "OFF",
        **_SQL,
    }
    try:
        return reduce(lambda made, item: made.config(*item), options.items(), builder).getOrCreate()
    except Exception as error:
        if "JAVA" not in str(error).upper():
            raise
        raise OSError(
            "the Spark engine found no Java; install Java 17 and set JAVA_HOME, then try again"
        ) from error


class ClusterFeeder:
    """Validated tables under a path that Spark reads, as the kernel's input.

    Args:
        tables: folder or address below which each table lies as `NAME.parquet`.
        zone: business zone.
        settings: what features need to know of the shop.
        partitions: parts of the shuffle; about 1 for each two million order lines.

    Attributes:
        present: `table.column` of everything that was brought, and `settings.` of what was set.

    Raises:
        FileNotFoundError: there are no validated order lines.
    """

    def __init__(
        self,
        spark: SparkSession,
        tables: str,
        *,
        zone: str = "UTC",
        settings: FeatureSettings | None = None,
        partitions: int = 8,
    ) -> None:
        self.spark = spark.newSession()  # its views are this feeder's alone
        for name, value in _SQL.items():
            self.spark.conf.set(name, value)
        self.zone = zone
        self._settings = settings or FeatureSettings()
        self._partitions = partitions
        self.chunk_rows = self._settings.chunk_rows
        there = {table.name: self._open(f"{tables}/{table.name}.parquet", table) for table in TABLES.values()}
        self._columns = {name: columns for name, columns in there.items() if columns}
        brought = [f"{name}.{column}" for name, columns in self._columns.items() for column in columns]
        self.present = frozenset(brought) | frozenset(self._settings.present)

    def _open(self, file: str, table: Table) -> list[str]:
        """Make a view with every column of the contract, and return those that the file has."""
        from pyspark.errors import AnalysisException
        from pyspark.sql import functions as sql

        try:
            frame = self.spark.read.parquet(file)
        except AnalysisException as error:
            if not is_absent(error):
                raise
            if table.mandatory:
                raise FileNotFoundError(
                    f"no validated {table.name} at {file}; run: regulars validate"
                ) from error
            frame = self.spark.range(0).drop("id")
        there = list(frame.columns)
        for column in table.columns:
            if column.name not in there:
                empty = sql.lit(None).cast(_TYPES.get(column.kind, "STRING"))
                frame = frame.withColumn(column.name, empty)
        frame.createOrReplaceTempView(table.name)
        return there

    def reference(self, features: Sequence[Feature]) -> Reference:
        """What features look up beyond a customer's own rows: sums made by Spark, finished as everywhere."""
        by_week = looks_at_weeks(features)
        products = product_ids(self._ask)
        return reference_of(self._ask, SPARK, self.zone, self._settings, products, by_week=by_week)

    def _ask(self, query: str) -> pa.Table:
        return self.spark.sql(query).toArrow()

    def rows(self, features: Sequence[Feature], *, hindsight: bool = False) -> DataFrame:
        """The rows that features read, of all tables in one, whole customers in each partition, sorted."""
        parts = [
            self._tagged(number, SOURCES[name], columns)
            for number, (name, columns) in enumerate(self.tables(features, hindsight=hindsight).items())
        ]
        together = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), parts)
        return together.repartition(self._partitions, CUSTOMER).sortWithinPartitions(
            CUSTOMER, _TABLE, _TIME, *_KEYS
        )

    def _tagged(self, number: int, source: Source, columns: Sequence[str]) -> DataFrame:
        from pyspark.sql import functions as sql

        own = dict(zip(_KEYS, source.key, strict=False))
        keys = [
            (sql.col(own[name]) if name in own else sql.lit(None)).cast("STRING").alias(name)
            for name in _KEYS
        ]
        frame = self.spark.table(source.table).where(sql.col(CUSTOMER).isNotNull())
        time = sql.col(source.time).alias(_TIME)
        return frame.select(CUSTOMER, sql.lit(number).alias(_TABLE), time, *keys, *columns)

    def tables(self, features: Sequence[Feature], *, hindsight: bool = False) -> dict[str, list[str]]:
        """The columns of each table that `rows` holds, tables in the order of their numbers."""
        read, found = columns_read(features), {}
        for name in SOURCES.keys() & self._columns.keys() & {LEADING.name, *read}:
            source = SOURCES[name]
            own = {source.time, *source.key, *TABLES[name].required, *read.get(name, ())} - {CUSTOMER}
            own -= {INGESTED_AT} if hindsight else set()
            found[name] = sorted(own & set(self._columns[name]))
        return dict(sorted(found.items()))


def is_absent(error: AnalysisException) -> bool:
    """Whether nothing is where Spark was told to read; what is there and cannot be read is another error."""
    return bool(error.getCondition() == "PATH_NOT_FOUND")


def build_on_cluster(
    feeder: ClusterFeeder,
    features: Sequence[Feature],
    cutoffs: Sequence[datetime],
    *,
    permit: Permit | None = None,
    hindsight: bool = False,
    work: Work | None = None,
    schema: str | None = None,
) -> DataFrame:
    """Features of all customers at the cutoffs, one row for each customer and cutoff, in no order.

    Args:
        permit: mask of the customers who may be profiled; the others are in no row.
        hindsight: see `features.feeders.embedded.build_features`.
        work: turns the features of a chunk into something else, on the worker.
        schema: columns and types of what `work` gives, as Spark writes them.
    """
    context = feeder.spark.sparkContext
    shared = context.broadcast(feeder.reference(features))
    names, zone, rows = [feature.name for feature in features], feeder.zone, feeder.chunk_rows
    strange = [name for name in names if name not in FEATURES]
    if strange:
        raise ValueError(f"{strange[0]!r} is no feature of the catalogue, and workers are told names alone")
    tables = feeder.tables(features, hindsight=hindsight)

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        plan = Plan([FEATURES[name] for name in names], LEADING, zone=zone, reference=shared.value)
        for table in whole_customers(batches, CUSTOMER, rows):
            chunk = _split(table, tables)
            if chunk is None:
                continue
            built = _permitted(plan.build(chunk, cutoffs), permit)
            yield from (work(built) if work is not None else built).to_batches()

    columns = "".join(f", {name} FLOAT" for name in names)
    made = schema or f"{CUSTOMER} STRING, cutoff TIMESTAMP{columns}"
    return feeder.rows(features, hindsight=hindsight).mapInArrow(run, made)


def _split(table: pa.Table, tables: dict[str, list[str]]) -> Chunk | None:
    """The tables of a chunk; None where none of its customers has a row of the leading one."""
    number = table[_TABLE]
    found = {}
    for place, (name, columns) in enumerate(tables.items()):
        own = table.filter(pc.equal(number, place)).select([CUSTOMER, *columns])
        found[name] = own.combine_chunks()
    return Chunk.of(found, LEADING.name) if found[LEADING.name].num_rows else None


def _permitted(table: pa.Table, permit: Permit | None) -> pa.Table:
    if permit is None or not table.num_rows:
        return table
    ids = table[CUSTOMER].to_numpy(zero_copy_only=False).astype(object)
    return table.filter(pa.array(permit(ids)))
