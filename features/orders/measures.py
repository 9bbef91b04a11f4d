"""Measures of order lines: one int64 a line, from that line and the customer's earlier lines.

Money is in minor units, quantities in thousandths, shares of reference tables in parts per million. An order
starts at its first line with a positive amount; a return alone is not an order.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from features.kernel.columns import Int, Mask, flags
from features.kernel.declare import Catalogue
from features.kernel.loops import FIRST_OF_KEY
from features.kernel.rows import Rows
from features.kernel.stream import DAY_US, Source, Stream

ORDERS = Stream("order_lines", (Source("order_lines", "ordered_at", ("order_id", "line_id")),))
CATALOGUE = Catalogue(ORDERS)
measure = CATALOGUE.measure

PPM = 1_000_000
WEEKS = "reference.weeks"
"""Read by measures that compare with what product types were like week by week."""
HOUR_US = 3_600_000_000
PRICE_POSITION_LIMIT = 3_000
_SAFE = 9_000_000_000_000
"""Below it a number times a share in parts per million fits 64 bits."""


def _sold(rows: Rows) -> Mask:
    return rows.number("amount") > 0


@measure("amount")
def lines_sold(rows: Rows) -> Int:
    """1 for a line with a positive amount."""
    return flags(_sold(rows))


def _milli_units(rows: Rows) -> Int:
    """Quantity in thousandths, without its sign; a line without a quantity is one unit."""
    return np.where(rows.filled("quantity"), np.abs(rows.scaled("quantity", 1000)), 1000)


@measure("amount", "quantity")
def units_sold(rows: Rows) -> Int:
    """Quantity of a sold line, in thousandths."""
    return np.where(_sold(rows), _milli_units(rows), 0)


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
    return flags(rows.number("amount") < 0)


def _sold_by(rows: Rows, column: str) -> Int:
    """For each sold line that has a key, the customer's sold line before it that has the same."""
    return rows.once(f"sold by {column}", lambda: rows.same_before(rows.code(column), _sold(rows)))


@measure("order_id", "amount")
def starts_order(rows: Rows) -> Int:
    """1 for the first sold line of each order."""
    return flags(_sold_by(rows, "order_id") == FIRST_OF_KEY)


def _order_starts(rows: Rows) -> Int:
    """Rows that start an order."""
    return rows.places("starts_order")


@measure("order_id", "amount", where="starts_order")
def starts_day(rows: Rows) -> Int:
    """1 for the first order of each calendar day with an order."""
    row = _order_starts(rows)
    previous = rows.earlier(row)
    day = rows.local_day()
    return flags((previous < 0) | (day[row] != day[previous]))


@measure("order_id", "amount", where="starts_order")
def gap(rows: Rows) -> Int:
    """Days from the day with an order before, at the first order of a day; else 0."""
    first = np.flatnonzero(rows.at_places("starts_day"))
    row = _order_starts(rows)[first]
    previous = rows.earlier(row)
    day = rows.local_day()
    days = np.zeros(len(_order_starts(rows)), np.int64)
    days[first] = np.where(previous >= 0, day[row] - day[previous], 0)
    return days


@measure("order_id", "amount", where="starts_order")
def has_gap(rows: Rows) -> Int:
    """1 at the first order of a day that has a day with an order before it."""
    return flags(rows.at_places("gap") > 0)


@measure("order_id", "amount", where="starts_order")
def gap_squared(rows: Rows) -> Int:
    """Square of the gap, days squared."""
    return rows.at_places("gap") ** 2


@measure("order_id", "amount")
def last_order_time(rows: Rows) -> Int:
    """Instant of the latest order so far, microseconds; NEVER before the first."""
    row = _order_starts(rows)
    return rows.carried(row, rows.time[row])


@measure("order_id", "amount")
def first_order_time(rows: Rows) -> Int:
    """Instant of the first order so far, microseconds; NEVER before it."""
    row = _order_starts(rows)
    first = row[rows.earlier(row) < 0]
    return rows.carried(first, rows.time[first])


@measure("order_id", "amount")
def last_gap(rows: Rows) -> Int:
    """The latest gap so far, days; 0 before there is one."""
    ended = np.flatnonzero(rows.at_places("has_gap"))
    return rows.carried(_order_starts(rows)[ended], rows.at_places("gap")[ended], 0)


@measure("order_id", "amount")
def order_value_so_far(rows: Rows) -> Int:
    """Sales of the line's order up to and including the line, 0 for a line that is not sold."""
    return rows.running(_sold_by(rows, "order_id"), rows.number("amount"))


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
    return flags(rows.measure("discount") > 0)


@measure("amount", "list_amount")
def full_price_sales(rows: Rows) -> Int:
    """Amount of sold lines at list price."""
    return np.where(rows.measure("discount") == 0, rows.measure("sales"), 0)


def expected_discount(rows: Rows, rate: str) -> Int:
    """List value times a type's promotion rate, rounded down; in integers, so the same on every engine.

    Whole millions apart from the rest, since the plain product would not fit 64 bits for large amounts.
    """
    values, ppm = rows.measure("list_value"), rows.weekly(rate)
    if rows.size and values.max() < _SAFE:
        return values * ppm // PPM
    millions, rest = np.divmod(values, PPM)
    return millions * ppm + rest * ppm // PPM


def _referenced(rows: Rows, values: Int) -> Int:
    """Values of sold lines whose product type was sold lately; else 0."""
    return np.where(rows.measure("referenced_lines") > 0, values, 0)


@measure("amount", "list_amount", "product_id", "products.category", optional=(WEEKS,))
def excess_discount(rows: Rows) -> Int:
    """Discount beyond what the line's product type gave lately; 0 where the type was not sold lately."""
    excess = rows.measure("discount") - expected_discount(rows, "type_discount_ppm")
    return _referenced(rows, excess)


@measure("amount", "list_amount", "product_id", "products.category", optional=(WEEKS,))
def referenced_list_value(rows: Rows) -> Int:
    """List value of the sold lines whose product type was sold lately."""
    return _referenced(rows, rows.measure("list_value"))


def unit_price_position(rows: Rows, mean: str, deviation: str) -> Int:
    """Thousandths of a standard deviation by which a unit's log list price is above its type's mean."""
    units = np.maximum(_milli_units(rows), 1)
    log_price = np.log(np.maximum(_list_amount(rows), 1) * 1000.0 / units) * 1000
    spread = np.maximum(rows.weekly(deviation), 50)
    position = np.rint((log_price - rows.weekly(mean)) / spread * 1000).astype(np.int64)
    return np.clip(position, -PRICE_POSITION_LIMIT, PRICE_POSITION_LIMIT)


@measure("amount", "list_amount", "quantity", "product_id", "products.category", optional=(WEEKS,))
def price_position(rows: Rows) -> Int:
    """Where the unit price lies inside its product type's recent prices; 0 where the type is unknown."""
    return _referenced(rows, unit_price_position(rows, "type_price_mean", "type_price_deviation"))


@measure("amount", "list_amount", "product_id", "products.category", optional=(WEEKS,))
def referenced_lines(rows: Rows) -> Int:
    """1 for a sold line whose product type was sold lately."""
    return flags(_sold(rows) & (rows.weekly("type_lines") > 0))


@measure("amount", "product_id", "products.is_private_label")
def private_label_lines(rows: Rows) -> Int:
    """1 for a sold line of the retailer's own brand."""
    return flags(_sold(rows) & (rows.attribute("is_private_label") > 0))


@measure(
    "amount", "list_amount", "product_id", "products.category", "products.is_private_label", optional=(WEEKS,)
)
def excess_private_label(rows: Rows) -> Int:
    """Own-brand line (in millionths) beyond its product type's recent share."""
    excess = rows.measure("private_label_lines") * PPM - rows.weekly("type_private_ppm")
    return _referenced(rows, excess)


@measure("amount", "coupon_amount")
def coupon_value(rows: Rows) -> Int:
    """Coupons used on sold lines."""
    return np.where(_sold(rows), np.maximum(rows.number("coupon_amount"), 0), 0)


@measure("amount", "coupon_amount")
def coupon_lines(rows: Rows) -> Int:
    """1 for a sold line with a coupon."""
    return flags(rows.measure("coupon_value") > 0)


@measure("points_redeemed")
def points_used(rows: Rows) -> Int:
    """Points redeemed on the line."""
    return np.maximum(rows.scaled("points_redeemed"), 0)


@measure("amount", "points_redeemed")
def points_lines(rows: Rows) -> Int:
    """1 for a sold line on which points were redeemed."""
    return flags(_sold(rows) & (rows.measure("points_used") > 0))


@measure("amount", "product_id")
def next_of_product(rows: Rows) -> Int:
    """Next sold line of the same product, for distinct counts."""
    return rows.same_after(_sold_by(rows, "product_id"))


def _next_of(rows: Rows, attribute: str) -> Int:
    """Next sold line whose product has the same attribute."""
    return rows.same_after(rows.same_before(rows.attribute(attribute), _sold(rows)))


@measure("amount", "product_id", "products.category")
def next_of_type(rows: Rows) -> Int:
    """Next sold line of the same product type, for distinct counts."""
    return _next_of(rows, "product_type")


@measure("amount", "product_id", "products.category")
def next_of_category(rows: Rows) -> Int:
    """Next sold line of the same category, for distinct counts."""
    return _next_of(rows, "category")


@measure("amount", "product_id", "products.brand")
def next_of_brand(rows: Rows) -> Int:
    """Next sold line of the same brand, for distinct counts."""
    return _next_of(rows, "brand")


@measure("amount", "store_id")
def next_of_store(rows: Rows) -> Int:
    """Next sold line in the same store, for distinct counts."""
    return rows.same_after(_sold_by(rows, "store_id"))


@measure("amount", "channel")
def next_of_channel(rows: Rows) -> Int:
    """Next sold line in the same channel, for distinct counts."""
    return rows.same_after(_sold_by(rows, "channel"))


@measure("amount", "product_id")
def first_of_product(rows: Rows) -> Int:
    """1 for the first sold line of a product that the customer had never bought."""
    return flags(_sold_by(rows, "product_id") == FIRST_OF_KEY)


def _orders_where(rows: Rows, condition: Callable[[Int], Mask]) -> Int:
    """1 for an order whose start, as wall-clock time in microseconds, meets a condition."""
    return flags(condition(rows.once("order starts", lambda: rows.local_time()[_order_starts(rows)])))


def _hour(local: Int) -> Int:
    return local // HOUR_US % 24


def _weekday(local: Int) -> Int:
    """Monday is 0: 1970-01-01 was a Thursday."""
    return (local // DAY_US + 3) % 7


@measure("order_id", "amount", where="starts_order")
def weekend_orders(rows: Rows) -> Int:
    """1 for an order started on a Saturday or Sunday."""
    return _orders_where(rows, lambda local: _weekday(local) >= 5)


@measure("order_id", "amount", where="starts_order")
def morning_orders(rows: Rows) -> Int:
    """1 for an order started before noon."""
    return _orders_where(rows, lambda local: _hour(local) < 12)


@measure("order_id", "amount", where="starts_order")
def evening_orders(rows: Rows) -> Int:
    """1 for an order started at 18:00 or later."""
    return _orders_where(rows, lambda local: _hour(local) >= 18)


def _declare_weekday(number: int, name: str) -> None:
    def orders(rows: Rows) -> Int:
        return _orders_where(rows, lambda local: _weekday(local) == number)

    orders.__name__ = f"{name}_orders"
    measure("order_id", "amount", where="starts_order")(orders)


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
for _number, _name in enumerate(WEEKDAYS):
    _declare_weekday(_number, _name)


def _switch(rows: Rows, column: str) -> Int:
    """1 for an order elsewhere than the order before; an order at an unknown place is no switch."""
    row = _order_starts(rows)
    previous = rows.earlier(row)
    here, before = rows.code(column)[row], rows.code(column)[previous]
    return flags((previous >= 0) & (here >= 0) & (before >= 0) & (here != before))


@measure("order_id", "amount", "store_id", where="starts_order")
def store_switches(rows: Rows) -> Int:
    """1 for an order in another store than the order before."""
    return _switch(rows, "store_id")


@measure("order_id", "amount", "channel", where="starts_order")
def channel_switches(rows: Rows) -> Int:
    """1 for an order in another channel than the order before."""
    return _switch(rows, "channel")
