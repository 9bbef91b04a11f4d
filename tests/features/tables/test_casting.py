from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.contract import Column
from features.tables.casting import canonical_id, cast, identifier, literal
from features.tables.formats import Format


def read(kind, value, source_type="VARCHAR", timezone="UTC", digits=2):
    """The canonical value of one source value (times as ISO text in UTC) and whether anything was there."""
    form = Format(timezone=timezone, minor_digits=digits)
    read = cast(Column("c", kind, False, "A column."), "v", source_type, form)
    shown = (
        f"strftime({read.value} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S')" if kind == "time" else read.value
    )
    with duckdb.connect() as connection:
        connection.execute(f"SET TimeZone = '{timezone}'")
        query = f"SELECT {shown}, {read.there} FROM (SELECT CAST(? AS {source_type}) AS v)"
        return connection.execute(query, [value]).fetchone()


@pytest.mark.parametrize(
    ("value", "source_type", "expected"),
    [
        (" 12 ", "VARCHAR", "12"),
        ("007", "VARCHAR", "007"),
        ("12345.0", "VARCHAR", "12345"),
        ("A1.0", "VARCHAR", "A1.0"),
        ("Müller & Söhne", "VARCHAR", "Müller & Söhne"),
        (12345.0, "DOUBLE", "12345"),
        (12345, "BIGINT", "12345"),
        (2**100, "HUGEINT", str(2**100)),
        ("12345.00", "DECIMAL(12,2)", "12345"),
        ("x" * 128, "VARCHAR", "x" * 128),
        ("'0012", "VARCHAR", "'0012"),
        ("A+1", "VARCHAR", "A+1"),
        ("1E12", "VARCHAR", "1E12"),
    ],
)
def test_an_id_is_text_and_a_whole_number_has_no_point(value, source_type, expected):
    assert read("id", value, source_type) == (expected, True)


@pytest.mark.parametrize(
    ("value", "source_type"),
    [
        ("\t", "VARCHAR"),
        ("a\x00b", "VARCHAR"),
        ("a\u200bb", "VARCHAR"),
        ("x" * 129, "VARCHAR"),
        ("NaN", "VARCHAR"),
        ("NULL", "VARCHAR"),
        ("inf", "VARCHAR"),
        ("1.23457E+12", "VARCHAR"),
        ("1,2e+12", "VARCHAR"),
        ("1E+12", "VARCHAR"),
        (float("nan"), "DOUBLE"),
        (float("inf"), "DOUBLE"),
        (1.5, "DOUBLE"),
        (2.0**60, "DOUBLE"),
        (["a"], "VARCHAR[]"),
    ],
)
def test_an_id_that_cannot_be_read_is_there_and_has_no_value(value, source_type):
    assert read("id", value, source_type) == (None, True)


@pytest.mark.parametrize(
    ("text", "expected"), [(" c0056", "c0056"), ("1176.0", "1176"), ("007", "007"), ("v1.0", "v1.0")]
)
def test_an_id_from_elsewhere_is_read_as_the_tables_read_it(text, expected):
    assert canonical_id(text) == read("id", text)[0] == expected


@pytest.mark.parametrize("text", ["", "  ", "nan", "\t", "x" * 129])
def test_an_id_that_no_table_can_hold_is_refused(text):
    with pytest.raises(ValueError, match=r"is no id; an id is text of 1 to 128 visible characters"):
        canonical_id(text)


@pytest.mark.parametrize(
    "value", ["24-05-31", "024-05-31", "12024-05-31", "24-05-31 14:00", "0024-1", "5/31/2024"]
)
def test_a_year_has_four_digits(value):
    assert read("time", value) == (None, True)


@pytest.mark.parametrize("kind", ["id", "time", "money", "number", "integer", "flag", "text", "list"])
@pytest.mark.parametrize("value", ["", "  ", None])
def test_blanks_are_an_empty_value_of_every_kind(kind, value):
    assert read(kind, value) == (None, False)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1.005", 101),
        ("-1.005", -101),
        ("1.0049999999999999999999", 100),
        ("0.005", 1),
        ("12", 1200),
        ("1e3", 100000),
        ("9999999999999.99", 10**15 - 1),
    ],
)
def test_an_amount_in_text_is_rounded_half_away_from_zero_exactly(value, expected):
    assert read("money", value) == (expected, True)


@settings(max_examples=30)
@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_a_decimal_amount_is_the_same_as_python_rounds_it(amount):
    expected = int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))
    assert read("money", str(amount))[0] == expected
    assert read("money", str(amount), "DECIMAL(18,6)")[0] == expected


@pytest.mark.parametrize(("digits", "expected"), [(0, 13), (2, 1250), (3, 12500)])
def test_minor_units_follow_the_currency(digits, expected):
    assert read("money", "12.5", digits=digits)[0] == expected
    assert read("money", 12.5, "DOUBLE", digits=digits)[0] == expected
    assert read("money", 12, "INTEGER", digits=digits)[0] == 12 * 10**digits


@pytest.mark.parametrize("value", ["nan", "inf", "1,50", "$5", "1e300", "10000000000000", "five"])
def test_an_amount_that_is_no_finite_number_has_no_value(value):
    assert read("money", value) == (None, True)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 1e13, -1e300])
def test_a_floating_amount_that_is_no_finite_number_has_no_value(value):
    assert read("money", value, "DOUBLE") == (None, True)


@pytest.mark.parametrize(
    ("value", "source_type", "expected"),
    [
        ("2024-06-01 12:00", "VARCHAR", "2024-06-01T10:00:00"),
        ("2024-06-01T12:00:00Z", "VARCHAR", "2024-06-01T12:00:00"),
        ("2024-06-01 12:00:00-05:00", "VARCHAR", "2024-06-01T17:00:00"),
        ("2024-06-01", "VARCHAR", "2024-05-31T22:00:00"),
        ("2024-01-01 12:00", "TIMESTAMP", "2024-01-01T11:00:00"),
        ("2024-06-01", "DATE", "2024-05-31T22:00:00"),
        ("2024-06-01 12:00:00+00", "TIMESTAMPTZ", "2024-06-01T12:00:00"),
        ("2024-06-01 12:00", "TIMESTAMP_NS", "2024-06-01T10:00:00"),
    ],
)
def test_a_time_is_an_instant_and_a_naive_one_is_read_in_the_zone(value, source_type, expected):
    shown = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}.get(source_type, source_type)
    assert read("time", value, shown, "Europe/Berlin") == (expected, True)


@pytest.mark.parametrize("source_type", ["VARCHAR", "TIMESTAMP"])
def test_the_skipped_hour_keeps_the_offset_before_and_the_repeated_hour_is_its_second_pass(source_type):
    skipped = read("time", "2024-03-31 02:30:00", source_type, "Europe/Berlin")
    repeated = read("time", "2024-10-27 02:30:00", source_type, "Europe/Berlin")
    assert (skipped[0], repeated[0]) == ("2024-03-31T01:30:00", "2024-10-27T01:30:00")


@pytest.mark.parametrize(
    "value",
    ["infinity", "-infinity", "epoch", "1700000000", "31/12/2024", "2024-02-30", "99999-01-01"],
)
def test_a_time_that_no_reader_can_hold_has_no_value(value):
    assert read("time", value) == (None, True)


@pytest.mark.parametrize("offset", ["+25", "-15:00", " +99:00", "+1500"])
def test_no_zone_is_fifteen_hours_from_utc(offset):
    assert read("time", f"2024-05-01 10:00:00.5{offset}") == (None, True)
    assert read("time", "2024-05-01 10:00:00.5+14:00") == ("2024-04-30T20:00:00", True)


@pytest.mark.parametrize(
    ("value", "source_type"), [("infinity", "TIMESTAMP"), (1700000000, "BIGINT"), (True, "BOOLEAN")]
)
def test_a_time_of_another_type_is_unreadable_rather_than_guessed(value, source_type):
    assert read("time", value, source_type) == (None, True)


@pytest.mark.parametrize(
    ("value", "expected"), [("2", 2), ("2.0", 2), ("2.5", None), ("many", None), ("1e30", None)]
)
def test_an_integer_is_whole(value, expected):
    assert read("integer", value) == (expected, True)


@pytest.mark.parametrize(("value", "expected"), [("2.5", 2.5), ("nan", None), ("inf", None), ("2 kg", None)])
def test_a_number_is_finite(value, expected):
    assert read("number", value) == (expected, True)


@pytest.mark.parametrize(
    ("value", "expected"), [("true", True), ("No", False), ("1", True), ("0.0", False), ("maybe", None)]
)
def test_a_flag_is_true_or_false(value, expected):
    assert read("flag", value) == (expected, True)


@pytest.mark.parametrize(
    ("value", "source_type", "expected"),
    [
        ('["web"]', "VARCHAR", '["web"]'),
        (["web", "shop"], "VARCHAR[]", '["web","shop"]'),
        ('{"shown": 2}', "VARCHAR", '{"shown": 2}'),
        ("web, shop", "VARCHAR", None),
        ('"web"', "VARCHAR", None),
        ("[NaN]", "VARCHAR", None),
        ('{"shown": -infinity}', "VARCHAR", None),
        ("[1,]", "VARCHAR", None),
        ('[{"a": 1, }]', "VARCHAR", None),
        ('["NaN", "a \\",]", "inf"]', "VARCHAR", '["NaN", "a \\",]", "inf"]'),
        ([1.5, float("nan")], "DOUBLE[]", None),
    ],
)
def test_a_list_is_json(value, source_type, expected):
    assert read("list", value, source_type) == (expected, True)


def test_a_word_of_the_contract_is_read_in_any_case():
    column = Column("status", "text", True, "A word.", values=("granted", "denied"))
    sql = cast(column, "v", "VARCHAR", Format()).value
    found = duckdb.execute(f"SELECT {sql} FROM (VALUES (' Granted '), ('perhaps')) AS t(v)").fetchall()
    assert found == [("granted",), (None,)]


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_names_and_texts_survive_quoting(text):
    found = duckdb.execute(f"SELECT {literal(text)} AS {identifier(text)}")
    assert found.fetchall() == [(text,)]
