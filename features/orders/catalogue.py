"""The features of order lines. Each docstring is the feature's entry in the dictionary."""

from __future__ import annotations

import numpy as np

from features.kernel.columns import Floats
from features.kernel.windows import Window, ratio
from features.orders.measures import CATALOGUE as CATALOGUE
from features.orders.measures import PPM, WEEKDAYS

feature = CATALOGUE.feature
NAN = float("nan")
WINDOWS = (30, 90, 365)
SHORT = (7, 14, 28, 60)


# --- recency and rhythm ---------------------------------------------------------------------------------------


@feature(unit="days", when_empty=NAN, driver="recency")
def days_since_last_order(w: Window) -> Floats:
    """Days from the latest order to the cutoff."""
    return w.days_since("last_order_time")


@feature(unit="days", when_empty=NAN, driver="tenure")
def tenure_days(w: Window) -> Floats:
    """Days from the first order to the cutoff."""
    return w.days_since("first_order_time")


@feature(unit="days", when_empty=NAN, driver="rhythm")
def cadence_days(w: Window) -> Floats:
    """Mean gap between days with an order, over all history."""
    return ratio(w.sum("gap"), w.sum("has_gap"))


@feature(unit="days", when_empty=NAN, driver="rhythm")
def cadence_deviation_days(w: Window) -> Floats:
    """Standard deviation of the gaps between days with an order, over all history."""
    return _deviation(w)


@feature(unit="days", when_empty=NAN, driver="rhythm")
def last_gap_days(w: Window) -> Floats:
    """The latest gap between two days with an order."""
    gap = w.last("last_gap")
    return np.where(gap > 0, gap, np.nan)


@feature(unit="cadences", when_empty=NAN, driver="recency")
def gap_over_cadence(w: Window) -> Floats:
    """Days since the last order over the customer's own mean gap: above 1 is later than usual."""
    return ratio(w.days_since("last_order_time"), cadence_days(w))


@feature(unit="standard deviations", when_empty=NAN, driver="recency")
def gap_surprise(w: Window) -> Floats:
    """How far the time since the last order lies above the own mean gap, in own deviations (at least one day)."""
    late = w.days_since("last_order_time") - cadence_days(w)
    return late / np.maximum(_deviation(w), 1.0)


@feature(unit="days", when_empty=NAN, driver="rhythm", windows=WINDOWS)
def mean_gap(w: Window) -> Floats:
    """Mean gap between days with an order, of the gaps that end in the window."""
    return ratio(w.sum("gap"), w.sum("has_gap"))


@feature(unit="days", when_empty=NAN, driver="rhythm", windows=WINDOWS)
def gap_deviation(w: Window) -> Floats:
    """Standard deviation of the gaps that end in the window."""
    return _deviation(w)


@feature(unit="days", when_empty=NAN, driver="rhythm", windows=WINDOWS)
def longest_gap(w: Window) -> Floats:
    """Longest gap between days with an order that ends in the window."""
    return np.where(w.sum("has_gap") > 0, w.maximum("gap"), np.nan)


def _deviation(w: Window) -> Floats:
    """From integers alone up to the division: equal gaps have a deviation of exactly 0."""
    count = w.sum("has_gap")
    spread = count * w.sum("gap_squared") - w.sum("gap") ** 2
    return np.sqrt(np.maximum(ratio(spread, count**2), 0.0))


# --- frequency and spend --------------------------------------------------------------------------------------


@feature(unit="orders", when_empty=0, driver="frequency", windows=WINDOWS)
def order_count(w: Window) -> Floats:
    """Orders placed; a returned order still counts, a return alone does not."""
    return w.sum("starts_order")


@feature(unit="days", when_empty=0, driver="frequency", windows=(*SHORT, *WINDOWS))
def order_day_count(w: Window) -> Floats:
    """Calendar days whose first order lies in the window."""
    return w.sum("starts_day")


@feature(unit="orders", when_empty=0, driver="frequency")
def repeat_order_count(w: Window) -> Floats:
    """Orders after the first, over all history."""
    return np.maximum(w.sum("starts_order") - 1, 0)


@feature(unit="days", when_empty=0, driver="frequency")
def repeat_order_day_count(w: Window) -> Floats:
    """Calendar days with an order after the first such day, over all history."""
    return np.maximum(w.sum("starts_day") - 1, 0)


@feature(unit="ratio", when_empty=NAN, driver="frequency")
def order_trend_30_90(w: Window) -> Floats:
    """Days with an order in the last 30 days over what the rate of the last 90 gives: below 1 is slowing down.

    A tenure shorter than that takes its place.
    """
    return _trend(w, "starts_day", 30, 90)


@feature(unit="ratio", when_empty=NAN, driver="frequency")
def order_trend_90_365(w: Window) -> Floats:
    """Days with an order in the last 90 days over what the rate of the last 365 gives: below 1 is slowing down.

    A tenure shorter than that takes its place.
    """
    return _trend(w, "starts_day", 90, 365)


@feature(unit="minor units", when_empty=0, driver="spend", windows=(*SHORT, *WINDOWS))
def total_spend(w: Window) -> Floats:
    """Net amount paid, returns taken off."""
    return w.sum("spend")


@feature(unit="minor units", when_empty=NAN, driver="spend", windows=WINDOWS)
def mean_order_value(w: Window) -> Floats:
    """Sales per order."""
    return ratio(w.sum("sales"), w.sum("starts_order"))


@feature(unit="minor units", when_empty=NAN, driver="spend", windows=WINDOWS)
def largest_order_value(w: Window) -> Floats:
    """Sales of the largest order with a line in the window."""
    return np.where(w.sum("lines_sold") > 0, w.maximum("order_value_so_far"), np.nan)


@feature(unit="minor units", when_empty=NAN, driver="spend", windows=WINDOWS)
def mean_line_value(w: Window) -> Floats:
    """Sales per line."""
    return ratio(w.sum("sales"), w.sum("lines_sold"))


@feature(unit="ratio", when_empty=NAN, driver="spend")
def spend_trend_30_90(w: Window) -> Floats:
    """Sales of the last 30 days over what the rate of the last 90 gives: below 1 is falling.

    A tenure shorter than that takes its place.
    """
    return _trend(w, "sales", 30, 90)


@feature(unit="ratio", when_empty=NAN, driver="spend")
def spend_trend_90_365(w: Window) -> Floats:
    """Sales of the last 90 days over what the rate of the last 365 gives: below 1 is falling.

    A tenure shorter than that takes its place.
    """
    return _trend(w, "sales", 90, 365)


def _trend(w: Window, measure: str, short: int, long: int) -> Floats:
    """Short window over its expected part of the long one, or of the tenure where that is shorter."""
    days = np.minimum(np.maximum(w.days_since("first_order_time"), short), long)
    return ratio(w.over(short).sum(measure) * days, w.over(long).sum(measure) * short)


# --- basket and breadth ---------------------------------------------------------------------------------------


@feature(unit="lines", when_empty=0, driver="basket", windows=WINDOWS)
def line_count(w: Window) -> Floats:
    """Lines bought."""
    return w.sum("lines_sold")


@feature(unit="lines", when_empty=NAN, driver="basket", windows=WINDOWS)
def lines_per_order(w: Window) -> Floats:
    """Lines per order."""
    return ratio(w.sum("lines_sold"), w.sum("starts_order"))


@feature(unit="units", when_empty=NAN, driver="basket", windows=WINDOWS)
def units_per_order(w: Window) -> Floats:
    """Units per order; a line without a quantity is one unit."""
    return ratio(w.sum("units_sold"), w.sum("starts_order")) / 1000


@feature(unit="products", when_empty=0, driver="variety", windows=WINDOWS)
def product_count(w: Window) -> Floats:
    """Different products bought."""
    return w.distinct("next_of_product")


@feature(unit="product types", when_empty=0, driver="variety", windows=WINDOWS)
def product_type_count(w: Window) -> Floats:
    """Different product types (subcategory, else category) bought."""
    return w.distinct("next_of_type")


@feature(unit="categories", when_empty=0, driver="variety", windows=WINDOWS)
def category_count(w: Window) -> Floats:
    """Different categories bought."""
    return w.distinct("next_of_category")


@feature(unit="brands", when_empty=0, driver="variety", windows=WINDOWS)
def brand_count(w: Window) -> Floats:
    """Different brands bought."""
    return w.distinct("next_of_brand")


@feature(unit="share", when_empty=NAN, driver="variety", windows=WINDOWS)
def new_product_share(w: Window) -> Floats:
    """Share of lines whose product the customer had never bought before."""
    return ratio(w.sum("first_of_product"), w.sum("lines_sold"))


@feature(unit="ratio", when_empty=NAN, driver="variety")
def variety_trend_30_90(w: Window) -> Floats:
    """Different product types of the last 30 days over those of the last 90."""
    return ratio(w.over(30).distinct("next_of_type"), w.over(90).distinct("next_of_type"))


# --- returns --------------------------------------------------------------------------------------------------


@feature(unit="lines", when_empty=0, driver="returns", windows=WINDOWS)
def return_count(w: Window) -> Floats:
    """Lines that gave money back."""
    return w.sum("returned_lines")


@feature(unit="share", when_empty=NAN, driver="returns", windows=WINDOWS)
def return_share(w: Window) -> Floats:
    """Amount given back over sales."""
    return ratio(w.sum("returned"), w.sum("sales"))


# --- promotions, price, own brand, coupons, points -------------------------------------------------------------


@feature(unit="share", when_empty=NAN, driver="promotions", windows=WINDOWS)
def discount_depth(w: Window) -> Floats:
    """Discount over list value."""
    return ratio(w.sum("discount"), w.sum("list_value"))


@feature(unit="share", when_empty=NAN, driver="promotions", windows=WINDOWS)
def discounted_line_share(w: Window) -> Floats:
    """Share of lines below list price."""
    return ratio(w.sum("discounted_lines"), w.sum("lines_sold"))


@feature(unit="share", when_empty=NAN, driver="promotions", windows=WINDOWS)
def full_price_share(w: Window) -> Floats:
    """Share of sales at list price."""
    return ratio(w.sum("full_price_sales"), w.sum("sales"))


@feature(unit="share", when_empty=NAN, driver="promotions", windows=WINDOWS)
def excess_discount_depth(w: Window) -> Floats:
    """Discount depth beyond what the product types bought gave in the 13 complete weeks before each purchase."""
    return ratio(w.sum("excess_discount"), w.sum("referenced_list_value"))


@feature(unit="difference", when_empty=NAN, driver="promotions")
def discount_trend_30_90(w: Window) -> Floats:
    """Discount depth of the last 30 days less that of the last 90."""
    return discount_depth(w.over(30)) - discount_depth(w.over(90))


@feature(unit="standard deviations", when_empty=NAN, driver="price", windows=WINDOWS)
def price_rank(w: Window) -> Floats:
    """Mean place of the unit list price inside its product type's recent prices; negative is the cheap end."""
    return ratio(w.sum("price_position"), w.sum("referenced_lines")) / 1000


@feature(unit="share", when_empty=NAN, driver="price", windows=WINDOWS)
def private_label_share(w: Window) -> Floats:
    """Share of lines of the retailer's own brand."""
    return ratio(w.sum("private_label_lines"), w.sum("lines_sold"))


@feature(unit="share", when_empty=NAN, driver="price", windows=WINDOWS)
def excess_private_label_share(w: Window) -> Floats:
    """Own-brand share beyond that of the product types bought, in the 13 complete weeks before each purchase."""
    return ratio(w.sum("excess_private_label"), w.sum("referenced_lines")) / PPM


@feature(unit="share", when_empty=NAN, driver="coupons", windows=WINDOWS)
def coupon_line_share(w: Window) -> Floats:
    """Share of lines with a coupon."""
    return ratio(w.sum("coupon_lines"), w.sum("lines_sold"))


@feature(unit="share", when_empty=NAN, driver="coupons", windows=WINDOWS)
def coupon_share(w: Window) -> Floats:
    """Coupon value over sales."""
    return ratio(w.sum("coupon_value"), w.sum("sales"))


@feature(unit="points", when_empty=0, driver="points", windows=WINDOWS)
def points_redeemed(w: Window) -> Floats:
    """Points redeemed on orders."""
    return w.sum("points_used")


@feature(unit="share", when_empty=NAN, driver="points", windows=WINDOWS)
def points_line_share(w: Window) -> Floats:
    """Share of lines on which points were redeemed."""
    return ratio(w.sum("points_lines"), w.sum("lines_sold"))


# --- where and when -------------------------------------------------------------------------------------------


@feature(unit="stores", when_empty=0, driver="place", windows=WINDOWS)
def store_count(w: Window) -> Floats:
    """Different stores bought in."""
    return w.distinct("next_of_store")


@feature(unit="share", when_empty=NAN, driver="place", windows=WINDOWS)
def store_switch_share(w: Window) -> Floats:
    """Share of orders in another store than the order before; an unknown store is no other store."""
    return ratio(w.sum("store_switches"), w.sum("starts_order"))


@feature(unit="channels", when_empty=0, driver="place", windows=WINDOWS)
def channel_count(w: Window) -> Floats:
    """Different channels bought through."""
    return w.distinct("next_of_channel")


@feature(unit="share", when_empty=NAN, driver="place", windows=WINDOWS)
def channel_switch_share(w: Window) -> Floats:
    """Share of orders in another channel than the order before; an unknown channel is no other channel."""
    return ratio(w.sum("channel_switches"), w.sum("starts_order"))


@feature(unit="share", when_empty=NAN, driver="habits", windows=WINDOWS)
def weekend_share(w: Window) -> Floats:
    """Share of orders on a Saturday or Sunday."""
    return ratio(w.sum("weekend_orders"), w.sum("starts_order"))


@feature(unit="share", when_empty=NAN, driver="habits", windows=WINDOWS)
def morning_share(w: Window) -> Floats:
    """Share of orders before noon."""
    return ratio(w.sum("morning_orders"), w.sum("starts_order"))


@feature(unit="share", when_empty=NAN, driver="habits", windows=WINDOWS)
def evening_share(w: Window) -> Floats:
    """Share of orders at 18:00 or later."""
    return ratio(w.sum("evening_orders"), w.sum("starts_order"))


@feature(unit="index", when_empty=NAN, driver="habits", windows=WINDOWS)
def weekday_concentration(w: Window) -> Floats:
    """Sum of squared shares of the seven weekdays in orders: 1/7 is evenly spread, 1 is always the same day."""
    squares = np.sum([w.sum(f"{day}_orders") ** 2 for day in WEEKDAYS], axis=0)
    return ratio(squares, w.sum("starts_order") ** 2)
