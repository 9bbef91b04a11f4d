from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.suppression import Suppression
from features.tables.writing import position_ids

ORDERS_HEADER = "order_id,line_id,customer_id,ordered_at,amount"
GOOD = (
    "1,a,ann,2024-05-01 10:00,1.50",
    "1,b,ann,2024-05-01 10:00,2.00",
    "2,a,bob,2024-05-02 10:00,3.00",
)


def test_the_quarantine_holds_the_row_as_the_source_has_it(orders):
    shop = orders(*GOOD, "3, a ,eve,yesterday,1.00")
    shop.validate()
    found = shop.quarantine("order_lines", *ORDERS_HEADER.split(","), "reason", "row")
    assert found == [("3", " a ", "eve", "yesterday", "1.00", "unreadable_ordered_at", 4)]


def test_columns_called_reason_and_row_survive_in_the_quarantine(shop):
    shop.write("order_lines.csv", ORDERS_HEADER + ",reason,why,hit", "1,a,ann,never,1,gift,x,y")
    shop.validate()
    shop.write(
        "order_lines.csv",
        ORDERS_HEADER + ",reason,why,hit",
        *(f"{g},a,b,c" for g in GOOD),
        "1,c,ann,never,1,gift,x,y",
    )
    shop.validate().raise_for_errors()
    assert shop.quarantine("order_lines", "reason", "reason_in_source", "why") == [
        ("unreadable_ordered_at", "gift", "x")
    ]


@pytest.mark.parametrize("empty", ["", "   ", '""'])
def test_an_empty_customer_is_a_guest_and_is_kept(orders, empty):
    shop = orders(*GOOD, f"3,a,{empty},2024-05-02,1.00")
    counts = shop.validate().tables["order_lines"]
    assert (counts.rows_used, counts.guests, counts.rows_quarantined) == (4, 1, 0)
    assert (None,) in shop.rows("order_lines", "customer_id")


def test_a_customer_row_without_an_id_is_no_guest(orders):
    shop = orders(*GOOD)
    shop.write("customers.csv", "customer_id,tier", "ann,gold", ",silver")
    assert shop.reasons("customers") == {"missing_customer_id": 1}


def test_lines_without_an_id_are_numbered_by_position_in_their_order(shop):
    shop.write(
        "order_lines.csv",
        "order_id,customer_id,ordered_at,amount",
        *("x,ann,2024-05-01,1" for _ in range(2)),
        "y,bob,2024-05-01,1",
        *("x,ann,2024-05-01,1" for _ in range(9)),
    )
    shop.validate().raise_for_errors()
    numbers = [line for order, line in shop.rows("order_lines", "order_id", "line_id") if order == "x"]
    assert numbers == sorted(numbers)
    assert [int(number) for number in numbers] == list(range(1, 12))


def test_positions_do_not_change_when_a_bad_line_is_quarantined(shop):
    header = "order_id,customer_id,ordered_at,amount"
    shop.write("order_lines.csv", header, "x,ann,2024-05-01,1", "x,ann,?,1", "x,ann,2024-05-02,1")
    shop.validate()
    assert [int(line) for (line,) in shop.rows("order_lines", "line_id")] == [1, 3]


def test_a_suppressed_customer_is_nowhere_in_what_is_written(orders):
    shop = orders(*GOOD, "3,a,ann,never,4.00")
    shop.write("customers.csv", "customer_id,referred_by,nick", "ann,,Annie", "bob,ann,Bobby")
    Suppression.open(shop.workspace.suppression).add("ann")
    report = shop.validate()
    assert report.tables["order_lines"].reasons == {"suppressed": 3}
    assert shop.rows("customers", "customer_id", "referred_by") == [("bob", None)]
    for file in shop.workspace.tables.rglob("*.*"):
        assert b"ann" not in (
            str(pq.read_table(file).to_pylist()).encode() if file.suffix == ".parquet" else file.read_bytes()
        )


def test_a_suppressed_customer_is_not_named_in_the_quarantined_row_of_another(orders):
    shop = orders(*GOOD)
    shop.write(
        "customers.csv", "customer_id,referred_by,joined_at", "bob, ann ,never", "eve,bob,never", "joe,,never"
    )
    Suppression.open(shop.workspace.suppression).add("ann")
    shop.validate()
    found = shop.quarantine("customers", "customer_id", "referred_by", "joined_at")
    assert found == [("bob", None, "never"), ("eve", "bob", "never"), ("joe", None, "never")]


def test_suppressed_rows_are_counted_without_content(orders):
    shop = orders(*GOOD)
    Suppression.open(shop.workspace.suppression).add("bob")
    report = shop.validate(source={"max_quarantined_share": 0})
    assert not report.errors
    assert shop.quarantine("order_lines", "order_id", "reason", "row") == [(None, "suppressed", None)]


@given(st.lists(st.integers(1, 10**9 - 1), min_size=1, max_size=8))
def test_position_texts_sort_as_their_numbers(numbers):
    texts = position_ids(np.array(numbers)).to_pylist()
    assert sorted(texts) == [texts[place] for place in np.argsort(numbers, kind="stable")]
    assert [int(text) for text in texts] == numbers
