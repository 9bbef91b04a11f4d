"""Measures of order lines: one int64 a line, from that line and the customer's earlier lines.

Money is in minor units, quantities in thousandths, shares of reference tables in parts per million. An order
starts at its first line with a positive amount; a return alone is not an order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.kernel.declare import Catalogue
from features.kernel.rows import NEVER, Int, Rows

CATALOGUE = Catalogue()
measure = CATALOGUE.measure

PPM = 1_000_000
PRICE_POSITION_LIMIT = 3_000


def _sold(rows: Rows) -> NDArray[np.bool_]:
    return rows.number("amount") > 0


def _flags(condition: NDArray[np.bool_]) -> Int:
    return condition.astype(np.int64)


@measure("amount")
def lines_sold(rows: Rows) -> Int:
    """1 for a line with a positive amount."""
    return _flags(_sold(rows))


@measure("amount", "milli_units")
def units_sold(rows: Rows) -> Int:
    """Quantity of a sold line, in thousandths."""
    return np.where(_sold(rows), rows.number("milli_units"), 0)


@measure("amount")
def spend(rows: Rows) -> Int:
    """Net amount, returns negative."""
    return rows.number("amount")


@measure("amount")
def sales(rows: Rows) -> Int:
    """Amount of sold lines."""
    return np.maximum(rows.number("amount"), 0)


@measure("amount")
def returned(rows: Rows) -> Int:
    """Amount given back, positive."""
    return np.maximum(-rows.number("amount"), 0)


@measure("amount")
def returned_lines(rows: Rows) -> Int:
    """1 for a line that gives money back."""
    return _flags(rows.number("amount") < 0)


@measure("order_id", "amount")
def starts_order(rows: Rows) -> Int:
    """1 for the first sold line of each order."""
    sold = _sold(rows)
    return _flags(sold & (rows.previous_same(rows.code("order_id"), sold) < 0))


def _earlier(rows: Rows, name: str) -> tuple[Int, Int]:
    """Rows where a 0/1 measure is 1, and for each the one before it of the same customer, or -1."""
    row = np.flatnonzero(rows.measure(name))
    previous = np.concatenate(([-1], row[:-1])) if len(row) else row
    same = (previous >= 0) & (rows.customer[previous] == rows.customer[row])
    return row, np.where(same, previous, -1)


@measure("order_id", "amount")
def starts_day(rows: Rows) -> Int:
    """1 for the first order of each calendar day with an order."""
    row, previous = _earlier(rows, "starts_order")
    day = rows.local_day()
    first = np.zeros(rows.size, np.int64)
    first[row] = (previous < 0) | (day[row] != day[previous])
    return first


@measure("order_id", "amount")
def gap(rows: Rows) -> Int:
    """Days from the day with an order before, at the first order of a day; else 0."""
    row, previous = _earlier(rows, "starts_day")
    day = rows.local_day()
    days = np.zeros(rows.size, np.int64)
    days[row] = np.where(previous >= 0, day[row] - day[previous], 0)
    return days


@measure("order_id", "amount")
def has_gap(rows: Rows) -> Int:
    """1 at the first order of a day that has a day with an order before it."""
    return _flags(rows.measure("gap") > 0)


@measure("order_id", "amount")
def gap_squared(rows: Rows) -> Int:
    """Square of the gap, days squared."""
    return rows.measure("gap") ** 2


def _carried(rows: Rows, at: Int, values: Int, before: int) -> Int:
    """The latest of `values` (given at rows `at`) up to each row of the same customer; `before` the first."""
    latest = np.full(rows.size, -1, np.int64)
    latest[at] = np.arange(len(at))
    latest = np.maximum.accumulate(latest) if rows.size else latest
    if not len(at):
        return np.full(rows.size, before, np.int64)
    own = (latest >= 0) & (rows.customer[at[latest]] == rows.customer)
    return np.where(own, values[latest], before)


@measure("order_id", "amount")
def last_order_time(rows: Rows) -> Int:
    """Instant of the latest order so far, microseconds; NEVER before the first."""
    row = np.flatnonzero(rows.measure("starts_order"))
    return _carried(rows, row, rows.time[row], NEVER)


@measure("order_id", "amount")
def first_order_time(rows: Rows) -> Int:
    """Instant of the first order so far, microseconds; NEVER before it."""
    row, previous = _earlier(rows, "starts_order")
    first = row[previous < 0]
    return _carried(rows, first, rows.time[first], NEVER)


@measure("joined_us")
def joined_time(rows: Rows) -> Int:
    """Instant at which the customer joined, microseconds; NEVER where it is not known."""
    return rows.number("joined_us")


@measure("order_id", "amount")
def last_gap(rows: Rows) -> Int:
    """The latest gap so far, days; 0 before there is one."""
    row = np.flatnonzero(rows.measure("has_gap"))
    return _carried(rows, row, rows.measure("gap")[row], 0)


@measure("order_id", "amount")
def order_value_so_far(rows: Rows) -> Int:
    """Sales of the line's order up to and including the line, 0 for a line that is not sold."""
    sold = np.flatnonzero(_sold(rows))
    order = rows.code("order_id")[sold]
    packed = np.sort((order << 32) | sold)
    row, code = packed & 0xFFFFFFFF, packed >> 32
    total = np.cumsum(rows.number("amount")[row])
    fresh = np.ones(len(row), bool)
    fresh[1:] = (np.diff(code) != 0) | (rows.customer[row[1:]] != rows.customer[row[:-1]])
    before = np.concatenate(([0], total))[np.flatnonzero(fresh)]
    running = np.zeros(rows.size, np.int64)
    running[row] = total - before[np.cumsum(fresh) - 1] if len(row) else 0
    return running


@measure("amount", "list_amount")
def list_value(rows: Rows) -> Int:
    """Sold lines at list price."""
    return np.where(_sold(rows), _list_amount(rows), 0)


def _list_amount(rows: Rows) -> Int:
    """List amount, at least what was paid: a list price below the price paid is not a negative discount."""
    return np.maximum(rows.number("list_amount"), rows.number("amount"))


@measure("amount", "list_amount")
def discount(rows: Rows) -> Int:
    """List amount less amount paid, of sold lines."""
    return np.where(_sold(rows), _list_amount(rows) - rows.number("amount"), 0)


@measure("amount", "list_amount")
def discounted_lines(rows: Rows) -> Int:
    """1 for a sold line below its list price."""
    return _flags(rows.measure("discount") > 0)


@measure("amount", "list_amount")
def full_price_sales(rows: Rows) -> Int:
    """Amount of sold lines at list price."""
    return np.where(rows.measure("discount") == 0, rows.measure("sales"), 0)


def expected_discount(rows: Rows, rate: str) -> Int:
    """List value times a type's promotion rate, rounded down; in integers, so the same on every engine.

    Whole millions apart from the rest, since the plain product would not fit 64 bits for large amounts.
    """
    millions, rest = np.divmod(rows.measure("list_value"), PPM)
    return millions * rows.number(rate) + rest * rows.number(rate) // PPM


def _referenced(rows: Rows, known: str) -> Int:
    return np.where(rows.number(known) > 0, rows.measure("list_value"), 0)


@measure("amount", "list_amount", "type_discount_ppm", "type_lines")
def excess_discount(rows: Rows) -> Int:
    """Discount beyond what the line's product type gave lately; 0 where the type was not sold lately."""
    excess = rows.measure("discount") - expected_discount(rows, "type_discount_ppm")
    return np.where(rows.number("type_lines") > 0, excess, 0)


@measure("amount", "list_amount", "type_lines")
def referenced_list_value(rows: Rows) -> Int:
    """List value of the sold lines whose product type was sold lately."""
    return _referenced(rows, "type_lines")


def unit_price_position(rows: Rows, mean: str, deviation: str) -> Int:
    """Thousandths of a standard deviation by which a unit's log list price is above its type's mean."""
    units = np.maximum(rows.number("milli_units"), 1)
    log_price = np.log(np.maximum(_list_amount(rows), 1) * 1000.0 / units) * 1000
    spread = np.maximum(rows.number(deviation), 50)
    position = np.rint((log_price - rows.number(mean)) / spread * 1000).astype(np.int64)
    return np.clip(position, -PRICE_POSITION_LIMIT, PRICE_POSITION_LIMIT)


@measure("amount", "list_amount", "milli_units", "type_price_mean", "type_price_deviation", "type_lines")
def price_position(rows: Rows) -> Int:
    """Where the unit price lies inside its product type's recent prices; 0 where the type is unknown."""
    position = unit_price_position(rows, "type_price_mean", "type_price_deviation")
    return np.where(rows.measure("referenced_lines") > 0, position, 0)


@measure("amount", "type_lines")
def referenced_lines(rows: Rows) -> Int:
    """1 for a sold line whose product type was sold lately."""
    return _flags(_sold(rows) & (rows.number("type_lines") > 0))


@measure("amount", "is_private_label")
def private_label_lines(rows: Rows) -> Int:
    """1 for a sold line of the retailer's own brand."""
    return _flags(_sold(rows) & (rows.number("is_private_label") > 0))


@measure("amount", "is_private_label", "type_private_ppm", "type_lines")
def excess_private_label(rows: Rows) -> Int:
    """Own-brand line (in millionths) beyond its product type's recent share."""
    excess = rows.measure("private_label_lines") * PPM - rows.number("type_private_ppm")
    return np.where(rows.measure("referenced_lines") > 0, excess, 0)


@measure("amount", "coupon_amount")
def coupon_value(rows: Rows) -> Int:
    """Coupons used on sold lines."""
    return np.where(_sold(rows), np.maximum(rows.number("coupon_amount"), 0), 0)


@measure("amount", "coupon_amount")
def coupon_lines(rows: Rows) -> Int:
    """1 for a sold line with a coupon."""
    return _flags(rows.measure("coupon_value") > 0)


@measure("points_redeemed")
def points_used(rows: Rows) -> Int:
    """Points redeemed on the line."""
    return np.maximum(rows.number("points_redeemed"), 0)


@measure("amount", "points_redeemed")
def points_lines(rows: Rows) -> Int:
    """1 for a sold line on which points were redeemed."""
    return _flags(_sold(rows) & (rows.number("points_redeemed") > 0))


def _next(rows: Rows, column: str) -> Int:
    code = rows.code(column)
    return rows.next_same(code, _sold(rows) & (code >= 0))


@measure("amount", "product_id")
def next_of_product(rows: Rows) -> Int:
    """Next sold line of the same product, for distinct counts."""
    return _next(rows, "product_id")


@measure("amount", "product_type")
def next_of_type(rows: Rows) -> Int:
    """Next sold line of the same product type, for distinct counts."""
    return _next(rows, "product_type")


@measure("amount", "category")
def next_of_category(rows: Rows) -> Int:
    """Next sold line of the same category, for distinct counts."""
    return _next(rows, "category")


@measure("amount", "brand")
def next_of_brand(rows: Rows) -> Int:
    """Next sold line of the same brand, for distinct counts."""
    return _next(rows, "brand")


@measure("amount", "store_id")
def next_of_store(rows: Rows) -> Int:
    """Next sold line in the same store, for distinct counts."""
    return _next(rows, "store_id")


@measure("amount", "channel")
def next_of_channel(rows: Rows) -> Int:
    """Next sold line in the same channel, for distinct counts."""
    return _next(rows, "channel")


@measure("amount", "product_id")
def first_of_product(rows: Rows) -> Int:
    """1 for the first sold line of a product that the customer had never bought."""
    code = rows.code("product_id")
    among = _sold(rows) & (code >= 0)
    return _flags(among & (rows.previous_same(code, among) < 0))


def _hour(rows: Rows) -> Int:
    return rows.local_time() // 3_600_000_000 % 24


def _weekday(rows: Rows) -> Int:
    """Monday is 0: 1970-01-01 was a Thursday."""
    return (rows.local_day() + 3) % 7


def _orders_where(rows: Rows, condition: NDArray[np.bool_]) -> Int:
    return rows.measure("starts_order") * condition


@measure("order_id", "amount")
def weekend_orders(rows: Rows) -> Int:
    """1 for an order started on a Saturday or Sunday."""
    return _orders_where(rows, _weekday(rows) >= 5)


@measure("order_id", "amount")
def morning_orders(rows: Rows) -> Int:
    """1 for an order started before noon."""
    return _orders_where(rows, _hour(rows) < 12)


@measure("order_id", "amount")
def evening_orders(rows: Rows) -> Int:
    """1 for an order started at 18:00 or later."""
    return _orders_where(rows, _hour(rows) >= 18)


def _declare_weekday(number: int, name: str) -> None:
    def orders(rows: Rows) -> Int:
        return _orders_where(rows, _weekday(rows) == number)

    orders.__name__ = f"{name}_orders"
    measure("order_id", "amount")(orders)


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
for _number, _name in enumerate(WEEKDAYS):
    _declare_weekday(_number, _name)


def _switch(rows: Rows, column: str) -> Int:
    """1 for an order elsewhere than the order before; an order at an unknown place is no switch."""
    row, previous = _earlier(rows, "starts_order")
    code = rows.code(column)
    changed = np.zeros(rows.size, np.int64)
    known = (previous >= 0) & (code[row] >= 0) & (code[previous] >= 0)
    changed[row] = known & (code[row] != code[previous])
    return changed


@measure("order_id", "amount", "store_id")
def store_switches(rows: Rows) -> Int:
    """1 for an order in another store than the order before."""
    return _switch(rows, "store_id")


@measure("order_id", "amount", "channel")
def channel_switches(rows: Rows) -> Int:
    """1 for an order in another channel than the order before."""
    return _switch(rows, "channel")
