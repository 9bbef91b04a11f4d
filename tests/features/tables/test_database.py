from __future__ import annotations

from datetime import UTC, datetime

import duckdb
import pytest

from features.tables.database import Name, find_table, known_since

NAMES = [Name("main", "Orders"), Name("sales", "order_lines"), Name("old", "VISITS"), Name("web", "visits")]


def test_a_table_is_found_by_its_name_in_any_schema():
    assert find_table(NAMES, "order_lines", None) == Name("sales", "order_lines")


def test_upper_and_lower_case_do_not_matter_where_only_one_is_meant():
    assert find_table(NAMES, "orders", None) == Name("main", "Orders")


def test_the_name_as_it_stands_wins_over_another_case():
    assert find_table(NAMES, "visits", None) == Name("web", "visits")


@pytest.mark.parametrize("configured", ["web.visits", "visits", "WEB.Visits"])
def test_the_configured_name_wins_with_or_without_its_schema(configured):
    assert find_table(NAMES, "interactions", configured) == Name("web", "visits")


def test_a_table_in_two_schemas_is_an_error_that_names_both():
    names = [Name("web", "visits"), Name("app", "visits")]
    with pytest.raises(
        ValueError, match=r"app.visits and web.visits could be table 'visits'; set \[tables.visits\]"
    ):
        find_table(names, "visits", None)


def test_a_configured_name_that_is_not_there_is_an_error_that_lists_what_is():
    with pytest.raises(
        ValueError, match=r"table is 'ordrs', which the database does not have; it has main.Orders,"
    ):
        find_table(NAMES, "order_lines", "ordrs")


def test_a_table_that_was_not_brought_is_none():
    assert find_table(NAMES, "products", None) is None


@pytest.mark.parametrize("zone", [None, UTC])
def test_rows_known_since_then_and_those_that_do_not_say_are_chosen(zone):
    kind = "TIMESTAMP" if zone is None else "TIMESTAMPTZ"
    rows = f"SELECT unnest([{kind} '2024-05-01 00:00:00', {kind} '2024-05-02 00:00:00', NULL]) AS \"the \"\"time\""
    where = known_since('the "time', datetime(2024, 5, 2, tzinfo=zone))
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        assert connection.execute(f"SELECT count(*) FROM ({rows}) WHERE {where}").fetchall() == [(2,)]
