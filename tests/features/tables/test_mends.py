from __future__ import annotations

import pytest

from features.contract import Column
from features.tables.formats import Format
from features.tables.mends import unreadable_mend


def mend(kind, *values, decimal="."):
    column = Column("c", kind, False, "A column.")
    return unreadable_mend(column, values, Format("visits", decimal=decimal))


@pytest.mark.parametrize("kind", ["money", "number", "integer"])
@pytest.mark.parametrize(("value", "decimal", "other"), [("12,50", ".", ","), ("12.50", ",", ".")])
def test_a_column_with_the_other_decimal_mark_names_the_setting(kind, value, decimal, other):
    found = mend(kind, value, "1" + value, "n/a", decimal=decimal)
    assert found.endswith(f'set [tables.visits] decimal = "{other}"')


def test_a_comma_before_three_digits_has_both_readings_named():
    found = mend("money", "1,234", "2,500")
    assert found.startswith("1,234 may be 1.234 or 1234: ")
    assert found.endswith('set [tables.visits] decimal = ","; if not, export it as 1234')


@pytest.mark.parametrize(
    ("values", "mark"), [(("$5", "$6.10"), "$"), (("5 USD", "6 USD", "x"), "USD"), (("R$ 5",), "R$")]
)
def test_another_currency_is_named(values, mark):
    assert mend("money", *values).startswith(f"amounts in '{mark}', and source.currency is 'EUR'")


@pytest.mark.parametrize("values", [(), ("five",), ("n/a", "-"), ("€ five",)])
def test_without_a_sign_of_the_cause_the_mend_is_general(values):
    assert (
        mend("money", *values)
        == "write a finite decimal number such as 1234.50, with no sign but that of EUR"
    )


def test_an_id_that_a_spreadsheet_has_rounded_is_recognised():
    assert "a spreadsheet has rounded these numbers" in mend("id", "1.23457E+12", "4E+11")
    assert mend("id", "nan", "a\tb") == "write text or whole numbers of at most 128 visible characters"


def test_times_name_their_format_or_where_to_write_it():
    assert mend("time", "31/05/2024") == 'set [tables.visits] time_formats = ["%d/%m/%Y"]'
    assert mend("time", "soon").endswith("or set [tables.visits] time_formats")
