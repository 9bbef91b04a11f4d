from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.tables.stream import batches, in_order

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


def batch(*positions):
    return pa.record_batch(
        {"position": pa.array(positions, pa.int64()), "value": [f"v{n}" for n in positions]}
    )


@pytest.mark.parametrize(
    "found",
    [
        [(0, 1), (2, 3), (4,)],
        [(4,), (2, 3), (0, 1)],
        [(2, 3, 0, 1), (), (4,)],
        [(4, 2), (3, 0), (1,)],
    ],
)
def test_rows_come_in_their_order_whichever_thread_ends_first(found):
    tables = list(in_order([batch(*positions) for positions in found], "position"))
    assert pa.concat_tables(tables).column("value").to_pylist() == ["v0", "v1", "v2", "v3", "v4"]


def test_what_has_its_turn_is_not_held_back():
    stream = in_order(iter([batch(0, 1), batch(4), batch(2, 3)]), "position")
    assert [table.num_rows for table in stream] == [2, 3]


def test_no_row_is_lost_where_a_position_is_missing():
    tables = list(in_order([batch(5), batch(0), batch(3)], "position"))
    assert pa.concat_tables(tables).column("position").to_pylist() == [0, 3, 5]
