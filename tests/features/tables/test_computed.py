from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.contract import Column
from features.tables.computed import computed, number_columns, parse
from features.tables.formats import Format
from features.tables.quoting import identifier

TYPES = {"a": "VARCHAR", "b": "VARCHAR", "Unit Price": "VARCHAR", "day": "DATE", "tags": "VARCHAR[]"}


def compute(text, a, b, kind="money", types=("VARCHAR", "VARCHAR"), form=None):
    """The value of an expression of `a` and `b`, and whether there is one."""
    columns = dict(zip("ab", types, strict=True))
    expression, form = parse(text, columns), form or Format()
    read = computed(Column("c", kind, False, "A column."), expression, columns, form)
    rows = f"SELECT ?::{types[0]} AS a, ?::{types[1]} AS b"
    numbers = number_columns(expression.parts, columns, form)
    query = f"SELECT {read.value}, {read.there} FROM (SELECT *{numbers} FROM ({rows}))"
    return duckdb.execute(query, [a, b]).fetchall()[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a * b", 330),
        ("a + b", 410),
        ("b - a", -190),
        ("-a * b", -330),
        ("a * (b + 1)", 630),
        ("a * b / 1.1", 300),
        ("a * b * 0.5", 165),
    ],
)
@pytest.mark.parametrize("types", [("VARCHAR", "VARCHAR"), ("BIGINT", "DOUBLE"), ("DECIMAL(9,2)", "FLOAT")])
def test_an_amount_is_computed_from_its_parts(text, expected, types):
    assert compute(text, "3", "1.1", types=types) == (expected, True)


def test_numbers_and_whole_numbers_can_be_computed_too():
    assert compute("a / b", "1", "4", kind="number") == (0.25, True)
    assert compute("a * b", "3", "4", kind="integer") == (12, True)
    assert compute("a / b", "1", "4", kind="integer") == (None, True)


@settings(max_examples=60)
@given(st.integers(-999, 999), st.decimals(-(10**6), 10**6, places=4), st.sampled_from(["VARCHAR", "DOUBLE"]))
def test_an_amount_is_rounded_as_exact_arithmetic_does(quantity, price, kind):
    expected = int((quantity * price * 100).quantize(Decimal(1), ROUND_HALF_UP))
    assert compute("a * b", str(quantity), str(price), types=("VARCHAR", kind)) == (expected, True)


def test_parts_with_many_decimals_are_not_cut_before_they_are_multiplied():
    assert compute("a * b", "0.00000004", "100000000") == (400, True)


@pytest.mark.parametrize(("a", "b"), [("", "2"), ("2", None), ("2", "0"), ("  ", "x")])
def test_without_a_part_or_divided_by_zero_it_is_empty(a, b):
    assert compute("a / b", a, b) == (None, False)


@pytest.mark.parametrize(("a", "b"), [("2", "x"), ("2", "nan"), ("1e13", "1e13"), ("2", "1,234")])
def test_with_an_unreadable_part_or_beyond_all_amounts_it_is_unreadable(a, b):
    assert compute("a * b", a, b) == (None, True)


def test_parts_are_read_as_the_table_writes_numbers():
    assert compute("a * b", "3", "€ 1.234,50", form=Format(decimal=",")) == (370350, True)


def test_a_column_whose_name_is_no_word_stands_in_quotation_marks():
    assert parse("'Unit Price' * a", TYPES).parts == ("Unit Price", "a")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a ** b", r"has 'a \*\* b', which is no arithmetic"),
        ("abs(a)", r"has 'abs\(a\)', which is no arithmetic"),
        ("a.b", r"has 'a.b', which is no arithmetic"),
        ("a if b else 1", r"which is no arithmetic"),
        ("a * True", r"has 'True', which is no arithmetic"),
        ("a * 1e400", r"has '1e400', which is no arithmetic"),
        ("a * 2j", r"has '2j', which is no arithmetic"),
        ("a > b", r"has 'a > b', which is no arithmetic"),
        ("a *", r"cannot be read"),
        ("", r"cannot be read"),
        ("a\0", r"cannot be read"),
        ("(" * 400 + "a", r"cannot be read"),
        ("1 + 2", r"names no column"),
        ("a * price", r"names 'price', which is no column; there are a, b"),
        ("a * day", r"names 'day', which is DATE and no number"),
        ("a * tags", r"names 'tags', which is VARCHAR\[\] and no number"),
        ("a + " * 200 + "a", r"is longer than 500 characters"),
    ],
)
def test_what_is_no_arithmetic_is_refused_and_named(text, message):
    with pytest.raises(ValueError, match=message):
        parse(text, TYPES)


@given(st.text("abc+-*/() .5'\"[]{}:,=", max_size=30))
def test_no_expression_does_anything_but_compute_or_raise_a_value_error(text):
    try:
        expression = parse(text, TYPES)
    except ValueError:
        return
    assert set(expression.parts) <= set(TYPES)
    assert all(identifier(part) for part in expression.parts)


def test_columns_that_may_be_values_are_not_listed():
    with pytest.raises(
        ValueError, match=r"which is no column; there are 5 columns, not repeated here"
    ) as caught:
        parse("a * price", TYPES, headed=False)
    assert "Unit Price" not in str(caught.value)
