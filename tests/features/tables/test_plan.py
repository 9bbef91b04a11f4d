from __future__ import annotations

import pyarrow.parquet as pq
import pytest

ORDERS_HEADER = "order_id,line_id,customer_id,ordered_at,amount"
GOOD = (
    "1,a,ann,2024-05-01 10:00,1.50",
    "1,b,ann,2024-05-01 10:00,2.00",
    "2,a,bob,2024-05-02 10:00,3.00",
)


@pytest.mark.parametrize("column", ["order_id", "customer_id", "ordered_at", "amount"])
def test_a_missing_required_column_is_an_error_that_names_it(shop, column):
    kept = [name for name in ORDERS_HEADER.split(",") if name != column]
    shop.write("order_lines.csv", ",".join(kept), ",".join("1" * len(kept)))
    with pytest.raises(ValueError, match=f"no column '{column}'.*map it in"):
        shop.validate().raise_for_errors()


def test_free_attributes_of_customers_are_kept_as_text(orders):
    shop = orders(*GOOD)
    shop.write("customers.csv", "customer_id,shoe_size", "ann,38", "bob,")
    shop.validate()
    assert shop.rows("customers", "shoe_size") == [("38",), (None,)]


def test_a_free_attribute_may_have_another_name_in_the_source(orders):
    shop = orders(*GOOD)
    shop.write("customers.csv", "customer_id,Shoe size", "ann,38", "bob,")
    shop.validate(tables={"customers": {"columns": {"shoe_size": "Shoe size"}}}).raise_for_errors()
    assert shop.rows("customers", "shoe_size") == [("38",), (None,)]
    assert pq.read_schema(shop.workspace.tables / "customers.parquet").names == ["customer_id", "shoe_size"]


@pytest.mark.parametrize("name", ["__reason", "__hash", "__raw_customer_id", ""])
def test_a_column_that_can_be_no_attribute_is_named_and_left_out(orders, name):
    shop = orders(*GOOD)
    shop.write("customers.csv", f"customer_id,{name},shoe_size", "ann,x,38", "bob,y,40")
    found = {finding.name: finding.mend for finding in shop.validate().findings}
    assert f"ignored: {name or 'unnamed_2'};" in found["extra_columns"]
    assert pq.read_schema(shop.workspace.tables / "customers.parquet").names == ["customer_id", "shoe_size"]


@pytest.mark.parametrize("name", ["__reason", "Customer_ID", "unnamed_3"])
def test_an_attribute_cannot_have_a_name_that_is_taken(orders, name):
    shop = orders(*GOOD)
    shop.write("customers.csv", "customer_id,x", "ann,38")
    with pytest.raises(ValueError, match=f"maps '{name}', which the table does not have"):
        shop.validate(tables={"customers": {"columns": {name: "x"}}}).raise_for_errors()


def test_columns_beyond_the_contract_are_named_and_left_out(shop):
    shop.write("order_lines.csv", ORDERS_HEADER + ",cashier", *(f"{line},x" for line in GOOD))
    found = [finding for finding in shop.validate().findings if finding.name == "extra_columns"]
    assert [(one.state, "cashier" in one.mend) for one in found] == [("recommendation", True)]
    assert "cashier" not in pq.read_schema(shop.workspace.tables / "order_lines.parquet").names


def test_the_retailers_own_names_are_mapped(shop):
    shop.write("till.csv", "bon;card;when;net", "1;ann;2024-05-01;1.50", "2;bob;2024-05-02;2")
    columns = {"order_id": "bon", "customer_id": "card", "ordered_at": "when", "amount": "net"}
    shop.validate(tables={"order_lines": {"file": "till.csv", "columns": columns}}).raise_for_errors()
    assert shop.rows("order_lines", "customer_id", "amount") == [("ann", 150), ("bob", 200)]


@pytest.mark.parametrize(
    ("table", "header", "line", "reason"),
    [
        ("offers", "offer_id,name,type,mechanism", "o,Ten off,rebate,price", "unknown_type"),
        ("offers", "offer_id,name,type,mechanism", "o,Ten off,discount,luck", "unknown_mechanism"),
        (
            "offer_events",
            "decision_id,offer_id,event,occurred_at,customer_id",
            "d,o,seen,2024-05-01,ann",
            "unknown_event",
        ),
        (
            "consents",
            "customer_id,purpose,status,changed_at",
            "ann,spam,granted,2024-05-01",
            "unknown_purpose",
        ),
        (
            "consents",
            "customer_id,purpose,status,changed_at",
            "ann,profiling,ok,2024-05-01",
            "unknown_status",
        ),
    ],
)
def test_a_word_that_the_contract_does_not_know_is_quarantined(orders, table, header, line, reason):
    shop = orders(*GOOD)
    shop.write(f"{table}.csv", header, line)
    assert shop.reasons(table) == {reason: 1}


@pytest.mark.parametrize(
    ("audience", "usable"),
    [
        ('[{"field": "tier", "operator": "=", "value": "gold"}]', True),
        ("[]", True),
        ('[{"field": "tier", "operator": "="}]', False),
        ('{"field": "tier", "operator": "=", "value": "gold"}', False),
        ("tier == 'gold'", False),
    ],
)
def test_an_audience_is_a_list_of_field_operator_and_value(orders, audience, usable):
    shop = orders(*GOOD)
    quoted = audience.replace('"', '""')
    shop.write("offers.csv", "offer_id,name,type,mechanism,audience", f'o,Ten off,discount,price,"{quoted}"')
    assert shop.reasons("offers") == ({} if usable else {"unreadable_audience": 1})


def test_a_refusal_after_the_end_of_the_extract_is_kept(orders):
    shop = orders(*GOOD)
    shop.write("consents.csv", "customer_id,purpose,status,changed_at", "ann,profiling,denied,2024-06-01")
    assert shop.reasons("consents") == {}


def test_a_missing_column_suggests_the_nearest_name(shop):
    shop.write("order_lines.csv", "orderid,customer_id,ordered_at,amount", "1,a,2024-05-01,1")
    with pytest.raises(ValueError, match=r'for example \{order_id = "orderid"\}'):
        shop.validate().raise_for_errors()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"amount": "net"}, r"reads 'amount' from 'net', which the file does not have"),
        ({"price": "amount"}, r"maps 'price', which the table does not have"),
    ],
)
def test_a_mapping_that_leads_nowhere_is_an_error(orders, columns, message):
    report = orders(*GOOD).validate(tables={"order_lines": {"columns": columns}})
    with pytest.raises(ValueError, match=message):
        report.raise_for_errors()


def test_names_may_be_swapped(orders):
    shop = orders(*GOOD)
    swapped = {"order_id": "line_id", "line_id": "order_id"}
    shop.validate(tables={"order_lines": {"columns": swapped}}).raise_for_errors()
    assert shop.rows("order_lines", "order_id", "line_id")[0] == ("a", "1")


def test_an_optional_column_that_is_absent_is_absent_from_the_validated_table(orders):
    shop = orders(*GOOD)
    shop.validate()
    assert set(pq.read_schema(shop.workspace.tables / "order_lines.parquet").names) == set(
        ORDERS_HEADER.split(",")
    )


@pytest.mark.parametrize("value", ["", "7"])
def test_an_optional_value_that_cannot_be_read_quarantines_its_row_and_an_empty_one_does_not(shop, value):
    shop.write("order_lines.csv", ORDERS_HEADER + ",quantity", f"{GOOD[0]},{value}", f"{GOOD[1]},two")
    assert shop.reasons() == {"unreadable_quantity": 1}


def test_an_attribute_that_differs_in_case_only_does_not_hide_a_column(orders):
    shop = orders(*GOOD)
    shop.write("customers.csv", "id,Customer_ID,tier", "ann,x,gold")
    shop.validate(tables={"customers": {"columns": {"customer_id": "id"}}}).raise_for_errors()
    assert shop.rows("customers", "customer_id", "tier") == [("ann", "gold")]


def test_guests_without_order_ids_are_used_and_a_customer_needs_one(shop):
    shop.write(
        "order_lines.csv",
        "order_id,customer_id,ordered_at,amount",
        *("1,ann,2024-05-01,1", ",,2024-05-01,2", ",,2024-05-01,2", ",bob,2024-05-02,3", "2,,2024-05-02,4"),
    )
    counts = shop.validate().tables["order_lines"]
    assert (counts.rows_in, counts.rows_used, counts.guests) == (5, 4, 3)
    assert counts.reasons == {"missing_order_id": 1}
    assert shop.rows("order_lines", "order_id", "customer_id")[1:] == [
        (None, None),
        (None, None),
        ("2", None),
    ]


def test_lines_without_an_order_id_are_never_the_same_line(orders):
    shop = orders(*GOOD, ",a,,2024-05-01 10:00,1.50", ",a,,2024-05-01 10:00,2.00")
    assert shop.validate().tables["order_lines"].rows_used == len(GOOD) + 2


@pytest.mark.parametrize(
    ("setting", "lines"),
    [
        ({"decimal": ","}, ("1;a;ann;2024-05-01 10:00;1.234,50", "2;a;bob;2024-05-02 10:00;(2,00)")),
        ({"time_formats": ["%d/%m/%Y"]}, ("1;a;ann;01/05/2024;1234.50", "2;a;bob;02/05/2024;2.00-")),
        ({"time_formats": ["epoch_s"]}, ("1;a;ann;1714557600;1234.50 EUR", "2;a;bob;1714647600;-2")),
    ],
)
@pytest.mark.parametrize("where", ["source", "tables"])
def test_texts_are_read_as_the_settings_of_the_source_or_of_the_table_say(shop, setting, lines, where):
    shop.write("order_lines.csv", ORDERS_HEADER.replace(",", ";"), *lines)
    shop.validate(**{where: setting if where == "source" else {"order_lines": setting}}).raise_for_errors()
    assert shop.rows("order_lines", "customer_id", "amount") == [("ann", 123450), ("bob", -200)]


def test_time_formats_that_contradict_each_other_stop_the_run(orders):
    report = orders(*GOOD).validate(source={"time_formats": ["%d/%m/%Y", "%m/%d/%Y"]})
    assert {finding.name for finding in report.errors} == {"unusable_setting"}
    with pytest.raises(ValueError, match=r"which read '04/03/2024' differently"):
        report.raise_for_errors()


def test_whole_numbers_of_parquet_are_times_where_the_settings_say_so(shop):
    import pyarrow as pa

    rows = {"order_id": [1], "customer_id": ["ann"], "ordered_at": [1714557600], "amount": [2]}
    pq.write_table(pa.table(rows), shop.data / "order_lines.parquet")
    assert shop.reasons() == {"unreadable_ordered_at": 1}
    assert shop.reasons(source={"time_formats": ["epoch_s"]}) == {}
