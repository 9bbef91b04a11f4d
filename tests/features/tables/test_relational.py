from __future__ import annotations

import sqlite3
import sys
from datetime import UTC, datetime

import duckdb
import pytest
import sqlalchemy as sa

from features.tables import relational as module
from features.tables.database import Name
from features.tables.relational import NUMERIC, RelationalDatabase

ZONED = "TIMESTAMP WITH TIME ZONE"
EVERYTHING = """
    CREATE TYPE mood AS ENUM ('good', 'bad');
    CREATE DOMAIN price AS numeric(8, 2);
    CREATE TABLE "Every Thing" (
        small smallint, big bigint, exact numeric(12, 2), whole numeric(30, 0), free numeric, paid money, cost price,
        single real, float double precision, yes boolean, day date, naive timestamp, zoned timestamptz,
        words text, code char(4), "j son" jsonb, many text[], id uuid, feeling mood, span interval, raw bytea
    );
    INSERT INTO "Every Thing" VALUES (
        1, 9007199254740993, 1.50, 123456789012345678901234567890, 0.333333333333333333, 2.25, 3.10,
        0.1, 0.1, true, '2024-05-01', '2024-05-01 10:00:00.123456', '2024-05-01 10:00+02',
        'Größe "x"', 'ab', '{"a": [1]}', '{a,"b,c"}', 'c0ffee00-0000-0000-0000-000000000000', 'good', '1 day', '\\x01'
    ), (
        NULL, NULL, 'NaN', NULL, 'Infinity', NULL, NULL, 'NaN', '-Infinity', NULL,
        'infinity', '-infinity', 'infinity', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    )
"""


@pytest.fixture
def postgres(postgres_database, tmp_path):
    opened = []

    def connect(*statements):
        postgres_database.run(*statements)
        opened.append(RelationalDatabase(postgres_database.url, tmp_path, tmp_path))
        return opened[-1]

    yield connect
    for database in opened:
        database.close()


@pytest.fixture
def lite(tmp_path):
    def connect(*statements):
        with sqlite3.connect(tmp_path / "shop.db") as connection:
            connection.executescript(";".join(statements))
        return RelationalDatabase("sqlite:///shop.db", tmp_path, tmp_path)

    return connect


def read(database, name, *columns, known=None, since=None):
    """The rows of some columns, times in UTC as text."""
    chosen = columns or tuple(database.columns(name))
    relation = database.rows(name, chosen, known, since)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        texts = ", ".join(f'"{column}"::VARCHAR' for column in chosen)
        return connection.execute(f"SELECT {texts} FROM ({relation})").fetchall()


@pytest.mark.slow
def test_every_type_of_postgres_arrives_exactly(postgres):
    database, name = postgres(EVERYTHING), Name("public", "Every Thing")
    assert database.columns(name) == {
        "small": "BIGINT",
        "big": "BIGINT",
        "exact": NUMERIC,
        "whole": "VARCHAR",
        "free": NUMERIC,
        "paid": NUMERIC,
        "cost": NUMERIC,
        "single": "DOUBLE",
        "float": "DOUBLE",
        "yes": "BOOLEAN",
        "day": "DATE",
        "naive": "TIMESTAMP",
        "zoned": ZONED,
    } | dict.fromkeys(("words", "code", "j son", "many", "id", "feeling", "span", "raw"), "VARCHAR")
    first, second = read(database, name)
    numbers = ("1", "9007199254740993", "1.50", "123456789012345678901234567890", "0.333333333333333333")
    assert first[:7] == (*numbers, "2.25", "3.10")
    assert first[8:13] == (
        "0.1",
        "true",
        "2024-05-01",
        "2024-05-01 10:00:00.123456",
        "2024-05-01 08:00:00+00",
    )
    assert first[13:17] == ('Größe "x"', "ab  ", '{"a": [1]}', '["a","b,c"]')
    assert first[17:] == ("c0ffee00-0000-0000-0000-000000000000", "good", "1 day", "\\x01")
    assert (second[2], second[4], second[7:13]) == (
        "NaN",
        "Infinity",
        ("nan", "-inf", None, "infinity", "-infinity", "infinity"),
    )


@pytest.mark.slow
def test_tables_views_and_schemas_of_postgres_are_listed(postgres):
    database = postgres(
        "CREATE SCHEMA sales; CREATE TABLE sales.lines (a int); CREATE VIEW seen AS SELECT * FROM sales.lines",
        "CREATE MATERIALIZED VIEW kept AS SELECT * FROM sales.lines",
    )
    assert sorted(database.names()) == [
        Name("public", "kept"),
        Name("public", "seen"),
        Name("sales", "lines"),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["timestamp", "timestamptz", "date"])
def test_only_rows_known_since_then_are_asked_for_and_those_that_do_not_say(postgres, kind):
    days = "('a', '2024-05-01'), ('b', '2024-05-02'), ('c', NULL)"
    database = postgres(f"CREATE TABLE t (id text, known {kind}); INSERT INTO t VALUES {days}")
    name, zone = Name("public", "t"), UTC if kind == "timestamptz" else None
    assert database.is_ordered(name, "known")
    assert not database.is_ordered(name, "id")
    found = read(database, name, "id", known="known", since=datetime(2024, 5, 2, tzinfo=zone))
    assert found == [("b",), ("c",)]


@pytest.mark.slow
def test_names_with_quotes_blanks_and_percent_signs_are_read(postgres):
    database = postgres('CREATE TABLE "a""b%s c" ("x""%(y)s :z" int); INSERT INTO "a""b%s c" VALUES (7)')
    name = Name("public", 'a"b%s c')
    assert name in database.names()
    assert database.columns(name) == {'x"%(y)s :z': "BIGINT"}
    relation = database.rows(name, ['x"%(y)s :z'], None, None)
    assert duckdb.sql(relation).fetchall() == [(7,)]


@pytest.mark.slow
def test_rows_arrive_in_batches_and_all_of_them(postgres, monkeypatch):
    monkeypatch.setattr(module, "BATCH", 7)
    database = postgres("CREATE TABLE t AS SELECT generate_series(1, 100) AS id")
    assert len(read(database, Name("public", "t"))) == 100


@pytest.mark.slow
def test_nothing_can_be_written_not_even_by_a_view(postgres):
    database = postgres("CREATE SEQUENCE s; CREATE VIEW v AS SELECT nextval('s') AS id")
    with pytest.raises(ValueError, match="read-only transaction"):
        database.rows(Name("public", "v"), ["id"], None, None)


@pytest.mark.slow
def test_a_table_that_may_not_be_read_is_an_error_in_one_line_without_the_password(
    postgres_database, tmp_path
):
    postgres_database.run(
        "DROP ROLE IF EXISTS clerk; CREATE ROLE clerk LOGIN PASSWORD 'kT9secret'; CREATE TABLE t (id int)"
    )
    url = sa.make_url(postgres_database.url).set(username="clerk", password="kT9secret")
    database = RelationalDatabase(url.render_as_string(hide_password=False), tmp_path, tmp_path)
    with pytest.raises(ValueError, match=r"does not give the rows of public\.t: permission denied") as caught:
        database.rows(Name("public", "t"), ["id"], None, None)
    assert "kT9secret" not in str(caught.value) + database.address
    assert "\n" not in str(caught.value)
    database.close()


def test_a_server_that_cannot_be_reached_is_an_error_in_one_line_without_the_password(tmp_path):
    url = "postgresql://till:pa%40ss@127.0.0.1:1/shop?sslpassword=hush"
    with pytest.raises(ValueError, match=r"//till@127.0.0.1:1/shop cannot be reached: .*refused") as caught:
        RelationalDatabase(url, tmp_path, tmp_path)
    assert not any(secret in str(caught.value) for secret in ("pa%40ss", "pa@ss", "hush", "\n"))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("not a url, s3cret", "is not the address of a database"),
        ("nosuch://u:s3cret@host/shop", "nosuch://u@host/shop, is not one that SQLAlchemy can open"),
        (
            "mysql+pymysql://u:s3cret@host/shop",
            "needs the driver 'pymysql': install the package that brings it",
        ),
        ("sqlite:///absent.db?key=s3cret", r"names the SQLite file .*absent.db, which does not exist"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_repeating_what_is_secret(tmp_path, url, said):
    with pytest.raises(ValueError, match=said) as caught:
        RelationalDatabase(url, tmp_path, tmp_path)
    assert "s3cret" not in str(caught.value)


def test_without_the_driver_of_postgres_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ValueError, match=r"needs the driver 'psycopg': pip install 'regulars\[postgres\]'"):
        RelationalDatabase("postgresql://host/shop", tmp_path, tmp_path)


def test_a_sqlite_file_beside_the_settings_is_read(lite):
    database = lite(
        "CREATE TABLE t (id INTEGER, name TEXT, price DECIMAL(8, 2), at DATETIME, yes BOOLEAN, thing)",
        "INSERT INTO t VALUES (1, 'a', 1.5, '2024-05-01 10:00', 1, 'x'), (NULL, NULL, NULL, NULL, NULL, NULL)",
        "CREATE VIEW v AS SELECT id FROM t",
    )
    name = Name("main", "t")
    assert sorted(database.names()) == [name, Name("main", "v")]
    assert list(database.columns(name).values()) == [
        "BIGINT",
        "VARCHAR",
        "DOUBLE",
        "VARCHAR",
        "BOOLEAN",
        "VARCHAR",
    ]
    assert read(database, name) == [("1", "a", "1.5", "2024-05-01 10:00", "true", "x"), (None,) * 6]
    assert not database.is_ordered(name, "at")


def test_a_value_that_is_not_of_the_declared_type_names_its_column(lite):
    database = lite("CREATE TABLE t (id INTEGER)", "INSERT INTO t VALUES ('abc')")
    with pytest.raises(
        ValueError, match=r"column 'id' of main.t holds a value that is no int64.*through a view"
    ):
        database.rows(Name("main", "t"), ["id"], None, None)
