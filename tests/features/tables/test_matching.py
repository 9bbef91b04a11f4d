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


NOTE = "topic of ann.private@example.org"


def messages(shop, **sections):
    return [finding.mend for finding in shop.validate(**sections).errors if finding.step == "columns"]


def test_a_file_without_names_is_told_by_its_number_of_columns_and_not_by_its_values(till):
    till.write("interactions.csv", f"i1,c1,2024-05-01T10:00:00Z,{NOTE}", f"i2,c2,2024-05-01T11:00:00Z,{NOTE}")
    found = messages(till, tables=AMOUNT)
    assert len(found) == 3
    assert all(
        "it has 4 columns, not repeated here since the first line seems to hold values" in one
        for one in found
    )
    assert all(
        "put a line with the names before it, or map it in [tables.interactions]" in one for one in found
    )
    assert not any(value in one for one in found for value in ("i1", "c1", "2024", "ann"))


def test_a_mapping_of_columns_that_a_file_without_names_does_not_have_repeats_no_value(till):
    till.write("interactions.csv", f"i1,c1,2024-05-01T10:00:00Z,{NOTE}")
    found = messages(till, tables=AMOUNT | {"interactions": {"columns": {"customer_id": "who"}}})
    assert "reads 'customer_id' from 'who', which the file does not have; it has 4 columns, not" in found[0]
    assert not any("ann" in one for one in found)


def test_names_of_which_the_settings_know_one_are_shown(till):
    till.write("interactions.csv", "Ticket,Kunde,Beginn", "i1,c1,x")
    mapping = {"interactions": {"columns": {"customer_id": "Kunde"}}}
    assert all(
        "it has Ticket, Kunde, Beginn; map it in" in one for one in messages(till, tables=AMOUNT | mapping)
    )


def test_long_names_are_shortened_wherever_they_are_shown(till):
    till.write("visits.csv", "visit_id,customer_id," + "n" * 10_000, "1,ann,x")
    absent = {"visits": {"columns": {"kind": "k" * 10_000, "o" * 10_000: "x"}}}
    report = till.validate(tables=AMOUNT | absent)
    assert {"missing_column", "mapped_column_absent", "unknown_column"} <= {one.name for one in report.errors}
    assert all(len(str(finding)) < 700 for finding in report.findings)
