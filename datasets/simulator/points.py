"""The loyalty programme: points earned, redeemed and lapsed, tiers, paid memberships.

Points are settled period by period: first those earned 13 periods ago lapse unless they have been redeemed (the
oldest go first), then the first order of the period may redeem, then the period's orders earn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.simulator.lifetimes import ACTIVE, Lifetimes
from datasets.simulator.orders import Lines, Orders
from datasets.simulator.shop import Shop
from datasets.simulator.streams import stream
from datasets.simulator.timeline import PERIOD, Timeline
from datasets.simulator.traits import NEVER, Traits

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

CENTS_PER_POINT = 10
"""Cents that earn one point."""
POINT_VALUE = 0.5
"""Cents that a point is worth when redeemed."""
LEAST_REDEEMED, MOST_REDEEMED = 100, 2_000
LAPSES_AFTER = 13
"""Periods after which points lapse."""
REDEEMS = np.array([0.05, 0.05, 0.8, 0.07, 0.04])
"""Chance by loyalty type that the first order of a period redeems."""
TIERS = ("bronze", "silver", "gold")
TIER_POINTS = np.array([2_500, 6_000])
"""Points earned in the last 13 periods from which the tier is silver, gold."""
SUBSCRIBES = 0.06
YEAR = 365


@dataclass(frozen=True)
class Ledger:
    """The programme of a cell.

    Attributes:
        member: orders that earn, shape (orders,).
        earned: points by order.
        redeemed: points by order.
        lapsed: points that lapse on the first day of the period, shape (customers, periods).
        tier: from the first day of the period, index into TIERS; -1 outside the programme.
        enrolled: grid day, never before the extract; NEVER where there is none, shape (customers,).
        subscribed: grid day on which a paid membership starts, or NEVER.
        unsubscribed: grid day on which it ends, or NEVER.
    """

    member: Flags
    earned: Integers
    redeemed: Integers
    lapsed: Integers
    tier: Integers
    enrolled: Integers
    subscribed: Integers
    unsubscribed: Integers


def keep_ledger(
    shop: Shop,
    timeline: Timeline,
    traits: Traits,
    lifetimes: Lifetimes,
    orders: Orders,
    lines: Lines,
    cell: int,
) -> Ledger:
    """Settle the points of a cell."""
    random = stream(shop.seed, "points", cell)
    enrolled = np.where(traits.enrolled < timeline.end, np.maximum(traits.enrolled, timeline.first), NEVER)
    value = lines.order_value(len(orders))
    member = orders.day >= enrolled[orders.customer]
    earned = np.where(member, value // CENTS_PER_POINT, 0)
    shape = (len(traits), timeline.periods)
    by_period = np.bincount(orders.customer * shape[1] + orders.period, earned, shape[0] * shape[1])
    by_period = by_period.reshape(shape).astype(np.int64)
    wants = (
        random.random(shape)
        < np.minimum(REDEEMS * shop.difficulty.mechanism, 0.95)[traits.loyalty_type, None]
    )
    redeemed, lapsed = _settle(orders, value, member, by_period, wants)
    subscribed, unsubscribed = _subscriptions(shop, timeline, lifetimes, enrolled, cell)
    tier = _tiers(by_period, enrolled)
    return Ledger(member, earned, redeemed, lapsed, tier, enrolled, subscribed, unsubscribed)


def _settle(
    orders: Orders, value: Integers, member: Flags, earned: Integers, wants: Flags
) -> tuple[Integers, Integers]:
    """Points redeemed by order and lapsed by customer and period."""
    customers, periods = earned.shape
    redeemed, lapsed = np.zeros(len(orders), np.int64), np.zeros(earned.shape, np.int64)
    total_earned, spent = np.zeros(customers, np.int64), np.zeros(customers, np.int64)
    old = np.zeros(customers, np.int64)
    for period in range(periods):
        if period >= LAPSES_AFTER:
            old += earned[:, period - LAPSES_AFTER]
        lapsed[:, period] = np.maximum(old - spent, 0)
        spent += lapsed[:, period]
        at = orders.first[:, period]
        who = np.flatnonzero((at >= 0) & wants[:, period])
        who = who[member[at[who]]]
        most = np.minimum(value[at[who]] / POINT_VALUE, MOST_REDEEMED).astype(np.int64)
        points = np.minimum(total_earned[who] - spent[who], most) // LEAST_REDEEMED * LEAST_REDEEMED
        redeemed[at[who]] = points
        spent[who] += points
        total_earned += earned[:, period]
    return redeemed, lapsed


def _tiers(earned: Integers, enrolled: Integers) -> Integers:
    total = np.concatenate((np.zeros((len(earned), 1), np.int64), np.cumsum(earned, axis=1)), axis=1)
    period = np.arange(earned.shape[1])
    year = total[:, period] - total[:, np.maximum(period - LAPSES_AFTER, 0)]
    tier = np.searchsorted(TIER_POINTS, year, side="right")
    return np.where(period * PERIOD > enrolled[:, None], tier, -1)


def _subscriptions(
    shop: Shop, timeline: Timeline, lifetimes: Lifetimes, enrolled: Integers, cell: int
) -> tuple[Integers, Integers]:
    """Paid memberships run by the year and end on the first anniversary on which the customer is not active."""
    random = stream(shop.seed, "memberships", cell)
    n = len(enrolled)
    starts = np.where(enrolled < NEVER, enrolled + random.integers(0, 300, n), NEVER)
    starts = np.where((random.random(n) < SUBSCRIBES) & (starts < timeline.end), starts, NEVER)
    ends = np.full(n, NEVER, np.int64)
    for year in range(timeline.end // YEAR, 0, -1):
        anniversary = np.minimum(starts + year * YEAR, NEVER)
        over = (anniversary < timeline.end) & (lifetimes.state(anniversary) != ACTIVE)
        ends = np.where(over, anniversary, ends)
    return starts, ends


def points_by_line(ledger: Ledger, orders: Orders, lines: Lines) -> Integers:
    """Points redeemed on each line: an order's points over its lines, the rest on the first."""
    count = np.bincount(lines.order, minlength=len(orders))
    share, rest = ledger.redeemed // count, ledger.redeemed % count
    return share[lines.order] + np.where(lines.position == 1, rest[lines.order], 0)
