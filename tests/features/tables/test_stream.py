from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.tables.stream import batches

LATE = 300_000
"""A row so far on that batches have come out before it."""


def test_the_batches_together_are_the_rows():
    with duckdb.connect() as connection:
        found = pa.Table.from_batches(batches(connection, f"SELECT range AS n FROM range({LATE})", 2048))
    assert found.column("n").to_pylist() == list(range(LATE))


def test_an_error_in_the_middle_of_the_stream_is_one_of_duckdb():
    with duckdb.connect() as connection:
        query = (
            f"SELECT CASE WHEN range = {LATE} THEN error('a bad row') ELSE range END FROM range({LATE + 9})"
        )
        with pytest.raises(duckdb.Error, match="a bad row"):
            list(batches(connection, query, 2048))


def test_parts_of_different_types_are_an_error_of_duckdb_however_far_the_reading_is(tmp_path):
    pq.write_table(pa.table({"n": [1.5] * LATE}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"n": [{"net": 1}]}), tmp_path / "b.parquet")
    with duckdb.connect() as connection:
        query = f"SELECT n FROM read_parquet('{tmp_path}/*.parquet')"
        with pytest.raises(duckdb.Error, match="STRUCT"):
            list(batches(connection, query, 2048))


def test_too_little_memory_says_so():
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '20MB'; SET temp_directory = ''")
        query = "SELECT hash(range) AS h, repeat('x', 90) AS t FROM range(3000000) ORDER BY h"
        with pytest.raises(duckdb.OutOfMemoryException):
            list(batches(connection, query, 2048))


def test_an_error_of_the_operating_system_stays_one():
    class Refusing:
        def sql(self, _query):
            return self

        def to_arrow_reader(self, _rows):
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left") as caught:
        list(batches(Refusing(), "SELECT 1", 1))
    assert caught.value.errno == 28
