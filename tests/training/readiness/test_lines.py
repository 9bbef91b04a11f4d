from datetime import timedelta

import pytest

from features.settings import Settings
from features.workspace import Workspace
from tests.training.readiness.conftest import FIRST
from training.readiness.lines import open_lines


def test_columns_that_were_not_brought_are_there_and_empty(tables, opened):
    lines = opened(tables.order_lines([0, 1]))
    assert lines.fetch("SELECT product_id, quantity, list_amount FROM order_lines") == [(None,) * 3] * 2
    assert lines.fetch("SELECT category FROM products") == []
    assert not lines.brought("order_lines", "product_id")


def test_an_order_is_one_row_however_many_lines_it_has(tables, opened):
    lines = opened(tables.order_lines([0, 0, 3], order_id=[1, 1, 2]))
    assert lines.fetch("SELECT customer_id, day::VARCHAR FROM orders ORDER BY day") == [
        ("c", "2024-01-01"),
        ("c", "2024-01-04"),
    ]


def test_returns_alone_and_guests_are_no_orders_of_customers(tables, opened):
    lines = opened(tables.order_lines([0, 1, 2], amount=[500, -500, 300], customer_id=["a", "a", None]))
    assert lines.one("SELECT count(*) FROM orders") == (1,)


def test_an_order_is_known_when_its_first_sold_line_is(tables, opened):
    late = [FIRST + timedelta(days=9), FIRST + timedelta(days=5)]
    lines = opened(tables.order_lines([0, 0], order_id=[1, 1], ingested_at=late))
    assert lines.one("SELECT known_at = ? FROM orders", FIRST + timedelta(days=5)) == (True,)


def test_days_are_those_of_the_business_zone(tables, opened):
    tables.settings = Settings(source={"timezone": "Asia/Tokyo"})
    lines = opened(tables.order_lines([0.9]))
    assert lines.one("SELECT day::VARCHAR FROM orders") == ("2024-01-02",)


def test_without_validated_tables_it_says_what_to_run(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.tables.mkdir()
    with (
        pytest.raises(FileNotFoundError, match="run: regulars validate"),
        open_lines(Settings(), workspace),
    ):
        pass


def test_nothing_is_left_in_the_workspace(tables):
    tables.order_lines([0, 1])
    with open_lines(tables.settings, tables.workspace) as lines:
        assert lines.scratch.is_dir()
    assert [one.name for one in tables.workspace.root.iterdir()] == ["tables"]
