import numpy as np
import pytest

from datasets.simulator.orders import CLOSES, OPENS, delivery


def test_orders_come_by_customer_and_day_at_most_one_a_day(cell):
    key = cell.orders.customer * 10_000 + cell.orders.day
    assert (np.diff(key) > 0).all()


def test_orders_are_placed_in_opening_hours(cell):
    second = cell.orders.instant // 1_000_000 % 86_400
    assert second.min() >= OPENS
    assert second.max() < CLOSES


def test_the_first_order_of_a_period_is_found(cell):
    row = cell.orders.first[cell.orders.customer, cell.orders.period]
    assert (row <= np.arange(len(cell.orders))).all()
    assert (cell.orders.period[row] == cell.orders.period).all()


def test_every_order_has_lines_numbered_from_one(cell):
    lines = cell.lines
    assert (np.bincount(lines.order, minlength=len(cell.orders)) > 0).all()
    assert (lines.position[np.r_[True, np.diff(lines.order) > 0]] == 1).all()


def test_nothing_is_paid_above_the_list_price(cell):
    lines = cell.lines
    assert (lines.paid > 0).all()
    assert (lines.paid + lines.coupon <= lines.listed).all()


def test_a_customers_baskets_are_as_large_as_expected(cell):
    orders, lines = len(cell.orders), len(cell.lines)
    assert lines / orders == pytest.approx(cell.people.traits.lines[cell.orders.customer].mean(), rel=0.05)


def test_failed_web_orders_are_late_and_sent_back_more(cell):
    orders, lines = cell.orders, cell.lines
    failed = orders.failed & orders.web
    assert orders.late[failed].mean() > 0.6 > 0.1 > orders.late[~failed].mean()
    back = lines.returned >= 0
    assert back[orders.failed[lines.order]].mean() > 2 * back[~orders.failed[lines.order]].mean()


def test_only_web_orders_are_delivered_and_late_ones_after_the_promise(cell):
    promised, delivered = delivery(np.random.default_rng(1), cell.orders)
    web, late = cell.orders.web, cell.orders.late
    assert (promised[~web] == 0).all()
    assert (delivered[late] > promised[late]).all()
    assert (delivered[web] > cell.orders.instant[web]).all()
