"""Contacts with the service: after failures, and for ordinary questions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.simulator.streams import stream
from datasets.simulator.texts import ASPECTS
from datasets.simulator.timeline import DAY, PERIOD, SECOND
from datasets.simulator.world import Cell, World

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

CHANNELS = ("ticket", "chat", "call", "social")
CHANNEL_SHARE = np.array([0.45, 0.25, 0.22, 0.08])
COMPLAINS, ASKS = 0.8, 0.025
"""Chance of a contact after a failure, and in any period with an order."""
RATES_CONTACT, WRITES = 0.45, 0.85
AGENTS = 25
UNRESOLVED = 0.3
"""Share of complaints not solved well that are never solved."""
HOUR = 3_600 * SECOND
DELIVERY = ASPECTS.index("delivery")


@dataclass(frozen=True)
class Contacts:
    """Shape (contacts,) each; instants in microseconds since 1970, 0 for none.

    Attributes:
        customer: row in the cell.
        complaint: after a failure; else a question.
        aspect: what it is about, index into ASPECTS.
        polarity: of the text, -1, 0 or 1.
    """

    customer: Integers
    complaint: Flags
    aspect: Integers
    polarity: Integers
    opened: Integers
    channel: Integers
    answered: Integers
    resolved: Integers
    due: Integers
    reopened: Integers
    csat: Floats
    csat_at: Integers
    agent: Integers
    written: Flags


def draw_contacts(world: World, cell: Cell) -> Contacts:
    """The contacts of a cell's customers."""
    random = stream(world.shop.seed, "service", cell.number)
    customer, period, complaint = _who(random, cell)
    n, at = len(customer), cell.orders.first[customer, period]
    web, well = cell.orders.web[at], cell.mood.solved_well[customer, period]
    level = cell.mood.level[customer, period]
    opened = cell.orders.instant[at] + _delay(random, complaint, web)
    answered, resolved, reopened = _handling(random, opened, complaint, well)
    csat_at = np.where((resolved > 0) & (random.random(n) < RATES_CONTACT), resolved + DAY // 4, 0)
    return Contacts(
        customer,
        complaint,
        _aspect(random, complaint & web),
        _polarity(random, complaint, well, level),
        opened,
        random.choice(len(CHANNELS), n, p=CHANNEL_SHARE),
        answered,
        resolved,
        opened + 2 * DAY,
        reopened,
        np.where(csat_at > 0, _rating(random, well, level), np.nan),
        csat_at,
        random.integers(0, AGENTS, n),
        random.random(n) < WRITES,
    )


def _delay(random: Generator, complaint: Flags, web: Flags) -> Integers:
    """Time from the order to the contact: a web order has to arrive first, or fail to."""
    n = len(web)
    days = np.where(web, random.uniform(3, 9, n), random.uniform(0.2, 5, n))
    return (np.where(complaint, days, 2.0) * DAY).astype(np.int64)


def _handling(
    random: Generator, opened: Integers, complaint: Flags, well: Flags
) -> tuple[Integers, Integers, Integers]:
    """When contacts were answered, resolved and opened again; 0 for never."""
    n = len(opened)
    answered = opened + (random.exponential(np.where(well, 0.8, 9.0)) * HOUR).astype(np.int64) + HOUR // 30
    resolved = answered + (random.exponential(np.where(well, 9.0, 110.0)) * HOUR).astype(np.int64)
    resolved = np.where(complaint & ~well & (random.random(n) < UNRESOLVED), 0, resolved)
    again = (resolved > 0) & complaint & (random.random(n) < np.where(well, 0.02, 0.2))
    return answered, resolved, np.where(again, resolved + 2 * DAY, 0)


def _aspect(random: Generator, web_complaint: Flags) -> Integers:
    """Most complaints about web orders are about delivery."""
    n = len(web_complaint)
    other = random.integers(1, len(ASPECTS), n)
    return np.where(web_complaint & (random.random(n) < 0.7), DELIVERY, other)


def _rating(random: Generator, well: Flags, level: Floats) -> Floats:
    rating = 3.4 + 0.7 * level + np.where(well, 0.8, -0.9) + random.normal(0, 0.6, len(level))
    return np.clip(np.rint(rating), 1, 5)


def _who(random: Generator, cell: Cell) -> tuple[Integers, Integers, Flags]:
    """Customer and period of each contact, and whether it is a complaint."""
    first = cell.orders.first
    shape = first.shape
    failed = (first >= 0) & cell.mood.failed[:, : shape[1]] & (random.random(shape) < COMPLAINS)
    asks = (first >= 0) & ~failed & (random.random(shape) < ASKS)
    customer, period = np.nonzero(failed | asks)
    return customer.astype(np.int64), period.astype(np.int64), failed[customer, period]


def _polarity(random: Generator, complaint: Flags, well: Flags, level: Floats) -> Integers:
    feeling = level + np.where(complaint, -1.4, 0.2) + np.where(well, 0.1, -0.3)
    return polarity_of(random, feeling)


def polarity_of(random: Generator, feeling: Floats) -> Integers:
    """What is written by people who feel so: 1, 0 or -1, with noise."""
    noisy = feeling + random.normal(0, 0.35, len(feeling))
    return np.where(noisy > 0.3, 1, np.where(noisy < -0.3, -1, 0))


def period_start(world: World, period: Integers, day: Integers, second: Integers) -> Integers:
    """Instant of a day within a period."""
    return world.timeline.instants(period * PERIOD + day, second)
