from __future__ import annotations

import pytest

GOOD = ("1,ann,2024-05-01 10:00,3,1.1", "2,bob,2024-05-02 10:00,-1,2.5", "3,eve,2024-05-03 10:00,1,")
HEADER = "order_id,customer_id,ordered_at,quantity,price"
AMOUNT = {"order_lines": {"computed": {"amount": "quantity * price"}}}


@pytest.fixture
def till(shop):
    shop.write("order_lines.csv", HEADER, *GOOD)
    return shop


def test_a_required_column_may_be_computed_from_columns_that_are_read_themselves(till):
    report = till.validate(tables=AMOUNT)
    assert till.rows("order_lines", "quantity", "amount") == [(3.0, 330), (-1.0, -250)]
    assert report.tables["order_lines"].reasons == {"missing_amount": 1}
    assert "extra_columns" not in {finding.name for finding in report.findings}


def test_the_parts_are_shown_where_one_of_them_cannot_be_read(till):
    till.write("order_lines.csv", HEADER, *GOOD, "4,joe,2024-05-03,12,abc", "5,joe,2024-05-03,12,1;50")
    found = {finding.name: finding for finding in till.validate(tables=AMOUNT).findings}["unreadable"]
    assert (found.column, found.examples) == ("amount", ("12 / abc", "12 / 1;50"))
    assert till.quarantine("order_lines", "quantity", "price", "reason")[1][:2] == ("12", "abc")


def test_parts_with_a_decimal_comma_name_the_setting(till):
    till.write(
        "order_lines.csv", HEADER.replace(",", ";"), "1;ann;2024-05-01;3;1,10", "2;bob;2024-05-02;1;2,50"
    )
    (found,) = [finding for finding in till.validate(tables=AMOUNT).findings if finding.name == "unreadable"]
    assert found.mend.endswith('set [tables.order_lines] decimal = ","')
    tables = {"order_lines": AMOUNT["order_lines"] | {"decimal": ","}}
    till.validate(tables=tables).raise_for_errors()
    assert till.rows("order_lines", "amount") == [(330,), (250,)]


def test_what_is_computed_wins_over_a_column_of_that_name(shop):
    shop.write("order_lines.csv", "order_id,customer_id,ordered_at,amount", "1,ann,2024-05-01,2")
    shop.validate(tables={"order_lines": {"computed": {"amount": "-amount * 1.5"}}}).raise_for_errors()
    assert shop.rows("order_lines", "amount") == [(-300,)]


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            {"computed": {"amount": "quantity ** 2"}},
            r"computed amount = 'quantity \*\* 2' has .* no arithmetic",
        ),
        ({"computed": {"amount": "quantity * cost"}}, r"names 'cost', which is no column"),
        ({"computed": {"net": "quantity"}}, r"computed has 'net', which the table does not have"),
        (
            {"computed": {"order_id": "quantity"}},
            r"'order_id', which is id; only money, number, integer can be computed",
        ),
        (
            {"computed": {"amount": "quantity"}, "columns": {"amount": "price"}},
            r"computed and columns both have 'amount'; keep one",
        ),
    ],
)
def test_a_computed_column_that_cannot_be_is_an_error(till, section, message):
    with pytest.raises(ValueError, match=message):
        till.validate(tables={"order_lines": section}).raise_for_errors()
