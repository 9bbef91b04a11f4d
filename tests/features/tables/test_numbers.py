from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.tables.formats import Format
from features.tables.numbers import number_from_text


def read(text, decimal=".", currency="EUR", money=True):
    sql = number_from_text(
        "trim(v)", Format(decimal=decimal, currency=currency), "DECIMAL(15, 2)", money=money
    )
    return duckdb.execute(f"SELECT {sql} FROM (SELECT ? AS v)", [text]).fetchall()[0][0]


@pytest.mark.parametrize(
    ("text", "decimal", "expected"),
    [
        ("1234.56", ".", "1234.56"),
        ("1,234.56", ".", "1234.56"),
        ("1,234,567", ".", "1234567"),
        ("1234,56", ",", "1234.56"),
        ("1.234,56", ",", "1234.56"),
        ("1.234", ",", "1234"),
        ("1 234,56", ",", "1234.56"),
        ("1\u00a0234,56", ",", "1234.56"),
        ("1\u202f234.56", ".", "1234.56"),
        ("1'234.56", ".", "1234.56"),
        ("1\u2019234.56", ".", "1234.56"),
    ],
)
def test_groups_of_three_digits_are_one_number(text, decimal, expected):
    assert read(text, decimal) == Decimal(expected)


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("1,234", "."),
        ("12,50", "."),
        ("1.234.567", "."),
        ("12.5", ","),
        ("1,234.56", ","),
        ("1,234,567", ","),
        ("12,34.5", "."),
        ("1 23", "."),
        ("1 234'567", "."),
    ],
)
def test_a_number_with_two_readings_or_none_is_not_read(text, decimal):
    assert read(text, decimal) is None


@pytest.mark.parametrize(
    "text", ["-12.50", "- 12.50", "\u221212.50", "12.50-", "12.50 -", "(12.50)", "( 12.50 )"]
)
def test_a_minus_may_stand_before_behind_or_as_brackets(text):
    assert read(text) == read(text.replace(".", ","), ",") == Decimal("-12.50")


@pytest.mark.parametrize(
    "text", ["--5", "5--", "(5", "5)", "(-5)", "-(5)", "+", "-", "()", "5 5", "1e", ".", ","]
)
def test_signs_that_do_not_fit_together_are_no_number(text):
    assert read(text) is None
    assert read(text, ",") is None


@pytest.mark.parametrize("text", ["€5", "5€", "€ -5", "-€5", "(€5)", "5 EUR", "eur 5", "5-€", "5€-"])
def test_the_sign_or_code_of_the_currency_is_read_over(text):
    assert abs(read(text)) == 5


@pytest.mark.parametrize("text", ["$5", "5 USD", "5 euros", "€", "5 €€", "E5"])
def test_no_other_sign_or_word_is(text):
    assert read(text) is None


def test_a_plain_number_has_no_currency():
    assert read("€5", money=False) is None


@settings(max_examples=50)
@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2), st.sampled_from([" ", "'", "\u00a0", "."]))
def test_an_amount_is_the_same_in_every_notation(amount, group):
    plain = f"{amount:,.2f}"
    written = plain.translate(str.maketrans({",": group, ".": ","}))
    assert read(written, ",") == read(str(amount)) == amount
