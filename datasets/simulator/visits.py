"""Visits to the shop's pages and reactions to e-mails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.simulator.campaigns import NO_OFFER
from datasets.simulator.streams import stream
from datasets.simulator.timeline import DECISION_SECOND, PERIOD, SECOND
from datasets.simulator.world import Cell, World

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

KINDS = ("view", "search", "cart", "email_open", "email_click")
BROWSING_SHARE = np.array([0.68, 0.2, 0.12])
STATE_VISITS = np.array([1.0, 0.5, 0.03])
OPENS, CLICKS = 0.3, 0.25
"""Chance that a mail is opened, and that an opened one is clicked; one that leads to an order always is."""


@dataclass(frozen=True)
class Visits:
    """Shape (visits,) each.

    Attributes:
        customer: row in the cell.
        instant: microseconds since 1970.
        kind: index into KINDS.
        seconds: length of the visit, NaN for mails.
        product: looked at, or -1.
        decision: row among the decisions, or -1.
    """

    customer: Integers
    instant: Integers
    kind: Integers
    seconds: Floats
    product: Integers
    decision: Integers


def draw_visits(world: World, cell: Cell) -> Visits:
    """Browsing first, then mails."""
    browsing, mails = _browsing(world, cell), _mails(world, cell)
    return Visits(*(np.concatenate(pair) for pair in zip(browsing, mails, strict=True)))


def _browsing(world: World, cell: Cell) -> tuple[NDArray[np.generic], ...]:
    """Visits follow interest: the usual rate of orders, engagement, satisfaction, state."""
    random = stream(world.shop.seed, "visits", cell.number)
    traits, timeline = cell.people.traits, world.timeline
    state = cell.people.lifetimes.by_period(timeline.periods)
    level = cell.mood.level[:, : timeline.periods]
    mean = (
        (0.15 + 0.4 * traits.rate)[:, None]
        * traits.engagement[:, None]
        * STATE_VISITS[state]
        * np.exp(0.15 * level)
    )
    count = random.poisson(mean).ravel()
    cell_of = np.repeat(np.arange(count.size), count)
    customer, period = cell_of // timeline.periods, cell_of % timeline.periods
    day = period * PERIOD + random.integers(0, PERIOD, len(customer))
    keep = (day >= traits.joined[customer]) & (day >= timeline.first)
    customer, day = customer[keep], day[keep]
    n = len(customer)
    product = world.choice.draw(random, traits.segment[customer], timeline.week[day])
    return (
        customer,
        timeline.instants(day, random.integers(6 * 3_600, 23 * 3_600, n)),
        random.choice(len(BROWSING_SHARE), n, p=BROWSING_SHARE),
        np.rint(10 + random.exponential(140, n)),
        np.where(random.random(n) < 0.8, product, -1),
        np.full(n, -1),
    )


def _mails(world: World, cell: Cell) -> tuple[NDArray[np.generic], ...]:
    random = stream(world.shop.seed, "mails", cell.number)
    made = cell.decisions
    engagement = cell.people.traits.engagement[made.customer]
    sent = made.offer != NO_OFFER
    opened = sent & (made.redeemed | (random.random(len(made)) < np.minimum(OPENS * engagement, 0.9)))
    clicked = opened & (made.redeemed | (random.random(len(made)) < CLICKS))
    at = np.concatenate((np.flatnonzero(opened), np.flatnonzero(clicked)))
    first = np.arange(len(at)) < opened.sum()
    start = world.timeline.instants(made.period * PERIOD, np.full(len(made), DECISION_SECOND))
    reading = start + (random.random(len(made)) * 3_600 * SECOND).astype(np.int64) + 60 * SECOND
    none = np.full(len(at), -1)
    return (
        made.customer[at],
        reading[at] + np.where(first, 0, 20 * SECOND),
        np.where(first, KINDS.index("email_open"), KINDS.index("email_click")),
        np.full(len(at), np.nan),
        none,
        at,
    )
