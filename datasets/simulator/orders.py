"""Orders and their lines: when, through which channel, what is bought and paid, what comes back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.simulator.assortment import Assortment
from datasets.simulator.choice import COUPON_DEPTH, COUPON_RATE, QUANTITIES, QUANTITY_SHARE, Choice
from datasets.simulator.satisfaction import Satisfaction
from datasets.simulator.shop import Shop
from datasets.simulator.streams import stream
from datasets.simulator.timeline import DAY, PERIOD, Timeline
from datasets.simulator.traits import Traits

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

OPENS, CLOSES = 7 * 3_600, 22 * 3_600
BASKET_SHAPE = 1.6
"""Shape of the gamma around a customer's mean basket: negative binomial lines, beyond the first."""
LATE_BY_CHANCE = 0.02
RETURNED, RETURNED_WEB = 0.012, 0.03
HIGHEST_RETURNED = 0.3


@dataclass(frozen=True)
class Orders:
    """Orders of a cell by customer and time, at most one a day; shape (orders,) except `first`.

    Attributes:
        customer: row in the cell.
        day: grid day.
        instant: microseconds since 1970.
        web: placed on the web, and delivered.
        late: delivered after the promise.
        failed: the order in which something went wrong.
        first: the first order of each customer and period, or -1, shape (customers, periods).
    """

    customer: Integers
    day: Integers
    instant: Integers
    web: Flags
    late: Flags
    failed: Flags
    first: Integers

    def __len__(self) -> int:
        return len(self.customer)

    @property
    def period(self) -> Integers:
        """Period of each order."""
        return self.day // PERIOD


@dataclass(frozen=True)
class Lines:
    """Lines in the order of their orders, returns left out; shape (lines,).

    Attributes:
        order: row among the orders.
        position: 1, 2, ... within the order.
        product: position in the assortment.
        quantity: units.
        listed: cents at list price.
        paid: net cents.
        coupon: cents, part of the discount.
        returned: given back in full, on this grid day; -1 where it is kept.
    """

    order: Integers
    position: Integers
    product: Integers
    quantity: Integers
    listed: Integers
    paid: Integers
    coupon: Integers
    returned: Integers

    def __len__(self) -> int:
        return len(self.order)

    def order_value(self, orders: int) -> Integers:
        """Net cents of each order."""
        return np.bincount(self.order, self.paid, orders).astype(np.int64)


def draw_orders(
    shop: Shop, timeline: Timeline, traits: Traits, mood: Satisfaction, bought: Flags, cell: int
) -> Orders:
    """Orders on the days with an order."""
    random = stream(shop.seed, "orders", cell)
    customer, day = (index.astype(np.int64) for index in np.nonzero(bought))
    n = len(customer)
    web = random.random(n) < traits.web_share[customer]
    second = OPENS + (CLOSES - OPENS) * random.beta(np.where(web, 3.0, 2.2), 2.2)
    first = _first(customer, day // PERIOD, bought.shape[0], timeline.periods)
    failed = np.zeros(n, np.bool_)
    failed[first[(first >= 0) & mood.failed[:, : timeline.periods]]] = True
    late = web & (random.random(n) < np.where(failed, 0.75, LATE_BY_CHANCE))
    return Orders(customer, day, timeline.instants(day, second), web, late, failed, first)


def _first(customer: Integers, period: Integers, customers: int, periods: int) -> Integers:
    cells, rows = np.unique(customer * periods + period, return_index=True)
    first = np.full(customers * periods, -1, np.int64)
    first[cells] = rows
    return first.reshape(customers, periods)


def draw_guests(shop: Shop, timeline: Timeline, season: Floats, orders: int, cell: int) -> Orders:
    """Orders of nobody known, one for every twelve of known customers."""
    random = stream(shop.seed, "guests", cell)
    n = int(random.poisson(orders / 12))
    weight = season[timeline.first : timeline.end]
    day = np.sort(timeline.first + random.choice(len(weight), n, p=weight / weight.sum()))
    second = random.uniform(OPENS, CLOSES, n)
    none = np.zeros(n, np.bool_)
    web = random.random(n) < 0.25
    nobody = np.full((1, timeline.periods), -1, np.int64)
    return Orders(np.zeros(n, np.int64), day, timeline.instants(day, second), web, none, none, nobody)


@dataclass(frozen=True)
class Buyers:
    """Whose order it is, for each order; shape (orders,) each.

    Attributes:
        segment: of product choice.
        loyalty_type: which says how often coupons are used.
        mean_lines: expected lines of an order.
        level: satisfaction; the discontent send more back.
    """

    segment: Integers
    loyalty_type: Integers
    mean_lines: Floats
    level: Floats


def draw_lines(
    random: Generator,
    timeline: Timeline,
    assortment: Assortment,
    choice: Choice,
    orders: Orders,
    buyers: Buyers,
) -> Lines:
    """What is in the orders."""
    order, position = _places(random, buyers.mean_lines)
    week = timeline.week[orders.day[order]]
    product = choice.draw(random, buyers.segment[order], week)
    quantity = QUANTITIES[np.searchsorted(np.cumsum(QUANTITY_SHARE)[:-1], random.random(len(order)), "right")]
    listed = assortment.list_price[week, product] * quantity
    paid = np.rint(listed * (1 - assortment.depth[week, product])).astype(np.int64)
    has_coupon = random.random(len(order)) < COUPON_RATE[buyers.loyalty_type[order]]
    coupon = np.where(has_coupon, np.rint(COUPON_DEPTH * paid), 0).astype(np.int64)
    returned = _returned(random, orders, order, buyers.level)
    return Lines(order, position, product, quantity, listed, paid - coupon, coupon, returned)


def _places(random: Generator, mean_lines: Floats) -> tuple[Integers, Integers]:
    """Order and position of every line: one, and negative binomial many more."""
    n = len(mean_lines)
    extra = random.poisson((mean_lines - 1) * random.gamma(BASKET_SHAPE, 1 / BASKET_SHAPE, n))
    order = np.repeat(np.arange(n), 1 + extra)
    starts = np.cumsum(1 + extra) - (1 + extra)
    return order, np.arange(len(order)) - starts[order] + 1


def _returned(random: Generator, orders: Orders, order: Integers, level: Floats) -> Integers:
    base = np.where(orders.web, RETURNED_WEB, RETURNED) * np.exp(-0.5 * level)
    base = np.minimum(base * np.where(orders.failed, 4.0, 1.0), HIGHEST_RETURNED)
    back = random.random(len(order)) < base[order]
    return np.where(back, orders.day[order] + random.integers(3, 21, len(order)), -1)


def delivery(random: Generator, orders: Orders) -> tuple[Integers, Integers]:
    """When web orders were promised and delivered, microseconds since 1970; 0 for those carried home."""
    promised = (orders.instant // DAY + random.integers(2, 5, len(orders))) * DAY + 20 * (DAY // 24)
    early = random.integers(0, 30, len(orders)) * (DAY // 24)
    behind = random.integers(20, 150, len(orders)) * (DAY // 24)
    delivered = np.maximum(
        np.where(orders.late, promised + behind, promised - early), orders.instant + DAY // 2
    )
    return np.where(orders.web, promised, 0), np.where(orders.web, delivered, 0)
