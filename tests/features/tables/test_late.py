from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from features.contract import ORDER_LINES
from features.settings import Settings
from features.tables.extract import KNOWN_AT
from features.tables.late import end_of_data, stamps_sql
from features.tables.plan import make_plan
from features.tables.source import Source

DAY = datetime(2024, 5, 1, tzinfo=UTC)
TYPES = {
    "order_id": "INTEGER",
    "customer_id": "VARCHAR",
    "ordered_at": "TIMESTAMP WITH TIME ZONE",
    "amount": "INTEGER",
}


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def orders(days, known=(), **source):
    """A plan of order lines at noon of some days, `known` days later."""
    times = "".join(f", '{DAY + timedelta(days=day)}'::TIMESTAMPTZ" for day in known)
    ingested = f", ([NULL{times}])[__position + 2] AS ingested_at" if known else ""
    noons = ", ".join(f"'{DAY + timedelta(days=day, hours=12)}'" for day in days)
    relation = (
        f"SELECT 1 AS order_id, 'ann' AS customer_id, 1 AS amount, *{ingested} FROM (SELECT"
        f" unnest([{noons}]::TIMESTAMPTZ[]) AS ordered_at, unnest(range({len(days)})) AS __position)"
    )
    types = TYPES | ({"ingested_at": TYPES["ordered_at"]} if known else {})
    return make_plan(ORDER_LINES, Source(relation, types, len(days), has_broken=False, **source), Settings())[
        0
    ]


def test_without_ingested_at_the_data_end_after_the_last_ordinary_day(connection):
    plan = orders([0, 0, 1, 1, 2, 400])
    assert end_of_data(connection, plan, Settings().source) == DAY + timedelta(days=3)


def test_with_ingested_at_they_end_just_after_the_latest(connection):
    plan = orders([0, 1], known=[3, 5])
    assert end_of_data(connection, plan, Settings().source) == DAY + timedelta(days=5, microseconds=1)


def test_stamps_of_our_own_do_not_end_the_data(connection):
    plan = orders([0, 1], known=[3, 5], stamped=True)
    assert end_of_data(connection, plan, Settings().source) == DAY + timedelta(days=2)


def test_the_configured_end_needs_no_rows(connection):
    settings = Settings.model_validate({"source": {"as_of": "2024-06-01T00:00:00+00:00"}})
    assert end_of_data(connection, None, settings.source) == datetime(2024, 6, 1, tzinfo=UTC)


def test_without_order_lines_the_end_cannot_be_told(connection):
    assert end_of_data(connection, None, Settings().source) is None
    assert end_of_data(connection, orders([]), Settings().source) is None


def test_only_what_happened_before_the_end_of_the_extract_before_is_late(connection):
    previous, end = DAY + timedelta(days=1, hours=12), DAY + timedelta(days=3)
    query = stamps_sql(orders([0, 1, 2]), previous, end)
    connection.execute("CREATE TABLE stamps AS " + query)
    found = connection.execute(f"SELECT {KNOWN_AT}::VARCHAR FROM stamps ORDER BY __position").fetchall()
    assert found == [("2024-05-03 23:59:59.999999+00",), (None,), (None,)]
