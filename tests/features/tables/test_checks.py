from __future__ import annotations

import pytest

ORDERS_HEADER = "order_id,line_id,customer_id,ordered_at,amount"
GOOD = (
    "1,a,ann,2024-05-01 10:00,1.50",
    "1,b,ann,2024-05-01 10:00,2.00",
    "2,a,bob,2024-05-02 10:00,3.00",
)


def test_without_order_lines_the_error_names_the_file_to_bring(shop):
    with pytest.raises(ValueError, match=r"no order_lines.parquet or order_lines.csv"):
        shop.validate().raise_for_errors()


@pytest.mark.parametrize("share", [0.25, 1])
def test_just_the_configured_share_may_be_quarantined(orders, share):
    shop = orders(*GOOD, "3,a,eve,yesterday,1.00")
    assert not shop.errors(source={"max_quarantined_share": share})


def test_only_guests_are_an_error(orders):
    assert orders("1,a,,2024-05-01,1", "2,a,,2024-05-02,1").errors() == {"no_customers"}


@pytest.mark.parametrize("content", ["", ORDERS_HEADER + "\n"])
def test_an_empty_order_lines_file_is_an_error(shop, content):
    (shop.data / "order_lines.csv").write_text(content)
    assert "empty_table" in shop.errors()


@pytest.mark.parametrize("content", ["", "product_id,brand\n"])
def test_an_empty_optional_file_is_a_warning(orders, content):
    shop = orders(*GOOD)
    (shop.data / "products.csv").write_text(content)
    report = shop.validate()
    assert not report.errors
    assert ("empty_table", "warning") in {(found.name, found.state) for found in report.findings}


def test_a_section_for_a_table_that_does_not_exist_is_an_error(orders):
    with pytest.raises(ValueError, match=r"\[tables.order_line\] is not a table"):
        orders(*GOOD).validate(tables={"order_line": {}}).raise_for_errors()


def test_a_consent_that_cannot_be_read_is_an_error_since_it_might_be_a_refusal(orders):
    shop = orders(*GOOD)
    shop.write("consents.csv", "customer_id,purpose,status,changed_at", "ann,profiling,denied,soon")
    assert "unreadable_rows" in shop.errors()


def test_without_consents_a_basis_has_to_be_set(orders):
    with pytest.raises(ValueError, match=r"set \[consent\] basis in regulars.toml"):
        orders(*GOOD).validate(consent={"basis": None}).raise_for_errors()


def test_a_consents_table_stands_for_a_basis(orders):
    shop = orders(*GOOD)
    shop.write("consents.csv", "customer_id,purpose,status,changed_at", "ann,profiling,denied,2024-05-01")
    assert not shop.errors(consent={"basis": None})


def test_too_little_history_says_how_much_more_is_needed(orders):
    report = orders(*GOOD).validate(churn={"horizon_days": 28})
    found = [finding for finding in report.findings if finding.name == "too_little_history"]
    assert "needs 84 (two horizons and 28 days), 83 more" in found[0].mend


def test_enough_history_is_not_a_finding(orders):
    shop = orders(*GOOD, "0,a,eve,2024-05-01 00:00,1")
    report = shop.validate(churn={"horizon_days": 28}, source={"as_of": "2024-07-24"})
    assert "too_little_history" not in {finding.name for finding in report.findings}


def test_examples_are_at_most_three_and_none_from_free_text(orders):
    shop = orders(*GOOD, *(f"{order},a,eve,never {order},1" for order in range(10, 15)))
    shop.write("offers.csv", "offer_id,name,type,mechanism", "o,,discount,price")
    found = {finding.name: finding.examples for finding in shop.validate().findings}
    assert found["unreadable"] == ("never 10", "never 11", "never 12")
    assert found["missing"] == ()


def test_unreadable_times_name_the_line_to_write_and_with_it_they_are_read(orders):
    shop = orders("1,a,ann,31/05/2024 10:00,1", "2,a,bob,01/06/2024 11:00,2")
    (found,) = [finding for finding in shop.validate().findings if finding.name == "unreadable"]
    assert found.mend == 'set [tables.order_lines] time_formats = ["%d/%m/%Y %H:%M"]'
    assert shop.reasons(tables={"order_lines": {"time_formats": ["%d/%m/%Y %H:%M"]}}) == {}


def test_a_broken_line_says_which_encoding_setting_there_is(orders):
    shop = orders(*GOOD, "(3 rows affected)")
    (found,) = [finding for finding in shop.validate().findings if finding.name == "broken_line"]
    assert "set [tables.order_lines] encoding" in found.mend


def test_a_table_in_another_encoding_is_refused_by_name(shop):
    lines = [ORDERS_HEADER, *(f"{number},a,Zoë,2024-05-01,1" for number in range(5))]
    (shop.data / "order_lines.csv").write_bytes("\n".join(lines).encode("cp1252"))
    assert shop.errors() == {"wrong_encoding"}
    assert shop.errors(source={"encoding": "cp1252"}) == set()
    assert shop.errors(source={"encoding": "klingon"}) == {"unusable_setting"}
