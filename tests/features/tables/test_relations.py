from __future__ import annotations

from types import SimpleNamespace

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.tables.relations import relation_findings


def findings(folder, **tables):
    """What is found in tables of one column of ids each: `customers=("customer_id", ids)`."""
    plans = {}
    for name, (column, ids) in tables.items():
        pq.write_table(pa.table({column: pa.array(ids, pa.string())}), folder / f"{name}.parquet")
        plans[name] = SimpleNamespace(source_names={column: column})
    with duckdb.connect() as connection:
        return relation_findings(connection, folder, plans)


def customers(folder, orders, others):
    return findings(folder, order_lines=("customer_id", orders), customers=("customer_id", others))


def test_tables_that_share_ids_are_not_mentioned(tmp_path):
    assert customers(tmp_path, ["a", "b", None, "a"], ["b", "c", "d"]) == []


def test_tables_without_a_common_id_are_with_both_examples(tmp_path):
    (found,) = customers(tmp_path, ["ann", "bob"], ["x1", "x2", "x2"])
    assert (found.name, found.state, found.table, found.column) == (
        "ids_do_not_meet",
        "warning",
        "customers",
        "customer_id",
    )
    assert (found.rows, found.examples) == (3, ("x1", "ann"))
    assert found.mend.startswith(
        "0 of 2 different customer_id occur in 'order_lines', which has 2; map the column"
    )


@pytest.mark.parametrize(
    ("orders", "others", "said"),
    [
        (["007", "010"], ["7", "10"], "with leading zeros stripped 2 would"),
        (["ann", "bob"], ["ANN", "Bob"], "with letters in one case 2 would"),
        (["C-7", "C-8"], ["7", "8"], "with letters and marks before the digits stripped 2 would"),
        (["C007", "C008"], ["7", "8"], "with leading zeros and what stands before them stripped 2 would"),
    ],
)
def test_what_would_make_them_meet_is_said(tmp_path, orders, others, said):
    (found,) = customers(tmp_path, orders, others)
    assert said in found.mend


@pytest.mark.parametrize(("common", "silent"), [(5, True), (4, False)])
def test_nearly_none_in_common_is_none(tmp_path, common, silent):
    orders = [f"o{number}" for number in range(100)]
    others = [*orders[:common], *(f"x{number}" for number in range(100 - common))]
    assert (customers(tmp_path, orders, others) == []) is silent


def test_a_table_of_few_customers_of_many_is_held_against_its_own_number(tmp_path):
    assert customers(tmp_path, [str(number) for number in range(1000)], ["3", "4"]) == []


def test_products_and_offers_are_compared_with_their_own_tables(tmp_path):
    lines, events = ("product_id", ["p1"]), ("offer_id", ["o1"])
    found = findings(
        tmp_path,
        order_lines=lines,
        products=("product_id", ["q1"]),
        offers=("offer_id", ["o2"]),
        offer_events=events,
    )
    assert [(one.table, one.column) for one in found] == [
        ("order_lines", "product_id"),
        ("offer_events", "offer_id"),
    ]


def test_a_table_without_ids_has_nothing_to_compare(tmp_path):
    assert customers(tmp_path, ["ann"], [None, None]) == []
    assert findings(tmp_path, customers=("customer_id", ["ann"])) == []
