from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from features.tables.database import Name
from features.tables.duckdb_file import DuckDBFile


@pytest.fixture
def shop_file(tmp_path):
    """Make a file with some statements and open it."""

    def make(*statements, name="shop.duckdb"):
        file = tmp_path / name
        with duckdb.connect(str(file)) as connection:
            for statement in statements:
                connection.execute(statement)
        return DuckDBFile(duckdb.connect(), file)

    return make


def rows(database, name, *columns, known=None, since=None):
    relation = database.rows(name, columns, known, since)
    return database._connection.execute(f"SELECT * FROM ({relation})").fetchall()


def test_tables_and_views_of_every_schema_are_listed(shop_file):
    database = shop_file(
        "CREATE SCHEMA sales; CREATE TABLE sales.t AS SELECT 1 AS a; CREATE VIEW v AS SELECT 2 AS a"
    )
    assert sorted(database.names()) == [Name("main", "v"), Name("sales", "t")]


def test_a_view_that_is_written_with_the_name_of_the_database_is_read(shop_file):
    database = shop_file("CREATE TABLE t AS SELECT 7 AS a; CREATE VIEW v AS SELECT a FROM shop.main.t")
    assert rows(database, Name("main", "v"), "a") == [(7,)]


@pytest.mark.parametrize("name", ["memory.duckdb", "TEMP.duckdb", "my shop-1.db"])
def test_the_name_of_the_file_does_not_matter(shop_file, name):
    database = shop_file("CREATE TABLE t AS SELECT 7 AS a", name=name)
    assert rows(database, Name("main", "t"), "a") == [(7,)]


def test_columns_arrive_in_types_that_parquet_keeps(shop_file):
    database = shop_file(
        "CREATE TABLE t AS SELECT 1::UINTEGER AS a, 1.5::DECIMAL(9, 2) AS b, '2024-05-01'::TIMESTAMP_S AS c,"
        " 170141183460469231731687303715884105727::HUGEINT AS d, MAP {'k': 1} AS e, ['x'] AS f,"
        " 'good'::ENUM ('good') AS g, '12:00'::TIME AS h"
    )
    assert list(database.columns(Name("main", "t")).values()) == [
        "UINTEGER",
        "DECIMAL(9,2)",
        "TIMESTAMP",
        "VARCHAR",
        "VARCHAR",
        "VARCHAR[]",
        "VARCHAR",
        "VARCHAR",
    ]
    assert rows(database, Name("main", "t"), "c", "d", "e", "f", "g") == [
        (datetime(2024, 5, 1), "170141183460469231731687303715884105727", '{"k":1}', ["x"], "good")
    ]


@pytest.mark.parametrize(("kind", "ordered"), [("DATE", True), ("TIMESTAMP_MS", True), ("VARCHAR", False)])
def test_dates_and_timestamps_are_ordered_and_text_is_not(shop_file, kind, ordered):
    database = shop_file(f"CREATE TABLE t (a {kind})")
    assert database.is_ordered(Name("main", "t"), "a") is ordered


def test_only_rows_known_since_then_are_read_and_those_that_do_not_say(shop_file):
    days = "(1, '2024-05-01'), (2, '2024-05-02'), (3, NULL)"
    database = shop_file(f"CREATE TABLE t (id INT, seen TIMESTAMP); INSERT INTO t VALUES {days}")
    found = rows(database, Name("main", "t"), "id", "seen", known="seen", since=datetime(2024, 5, 2))
    assert [row[0] for row in found] == [2, 3]


def test_a_file_that_is_closed_can_be_written_again(shop_file):
    database = shop_file("CREATE TABLE t (a INT)")
    database.close()
    with duckdb.connect(database.address) as connection:
        connection.execute("INSERT INTO t VALUES (1)")


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "shop.duckdb").write_text("order_id,customer_id\n" * 999)
    with pytest.raises(
        ValueError, match=r"shop.duckdb cannot be opened as a DuckDB file \(.*not a valid DuckDB"
    ):
        DuckDBFile(duckdb.connect(), tmp_path / "shop.duckdb")


@pytest.mark.parametrize("place", [12, 5000])
def test_a_damaged_file_is_refused(shop_file, place):
    database = shop_file("CREATE TABLE t AS SELECT range AS a FROM range(9999)")
    database.close()
    with Path(database.address).open("rb+") as file:
        file.seek(place)
        file.write(b"\xfa" * 20)
    with pytest.raises(ValueError, match=r"shop.duckdb cannot be opened as a DuckDB file"):
        DuckDBFile(duckdb.connect(), Path(database.address))


def test_a_file_to_which_another_process_writes_is_refused(shop_file):
    database = shop_file("CREATE TABLE t (a INT)")
    database.close()
    held = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", held, database.address], **pipes) as writer:
        assert writer.stdout.readline() == "held\n"
        with pytest.raises(
            ValueError, match=r"\(IO Error: Could not set lock .*close the program that writes to it"
        ):
            DuckDBFile(duckdb.connect(), Path(database.address))
        writer.stdin.close()
