from __future__ import annotations

import re

import pytest

from features.contract import KINDS, ORDER_LINES, TABLES

EVERY_COLUMN = {f"{table.name}.{one.name}": one for table in TABLES.values() for one in table.columns}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_is_declared_soundly(table):
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    assert set(table.key) <= set(names)
    assert table.event_time is None or table.column(table.event_time).kind == "time"
    assert table.positional is None or table.positional == table.key[-1]
    assert table.doc.endswith(".")


@pytest.mark.parametrize("column", EVERY_COLUMN.values(), ids=EVERY_COLUMN)
def test_a_column_is_declared_soundly(column):
    assert re.fullmatch(r"[a-z][a-z_]*", column.name)
    assert column.kind in KINDS
    assert column.doc.endswith(".")
    assert all(value == value.lower() for value in column.values)
    assert not column.person or column.kind == "id"


def test_only_order_lines_have_to_be_brought():
    assert [table.name for table in TABLES.values() if table.mandatory] == ["order_lines"]
    assert ORDER_LINES.required == ("order_id", "customer_id", "ordered_at", "amount")


def test_an_unknown_column_is_refused_by_name():
    with pytest.raises(
        ValueError, match=r"'order_lines' has no column 'price' in the contract; it has order_id"
    ):
        ORDER_LINES.column("price")
