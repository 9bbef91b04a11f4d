"""Who the customers are: traits that do not change, one value for each customer of a cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.simulator.choice import INTENSITIES, TASTES, TYPES, segment_of
from datasets.simulator.shop import CELL, Shop
from datasets.simulator.streams import stream
from datasets.simulator.timeline import Timeline

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

NEVER = 1 << 30
"""A day that does not come."""

TYPE_SHARE = np.array([0.22, 0.2, 0.19, 0.19, 0.2])
ORDERS_PER_PERIOD = np.array([1.75, 1.75, 1.8, 1.55, 0.4])
LEAVING_PER_PERIOD = np.array([0.006, 0.012, 0.008, 0.013, 0.026])
ENROLS = np.array([0.7, 0.5, 0.92, 0.55, 0.25])
LANGUAGES = ("en", "ro", "ru", "zh", "et", "fa", "de", "fr", "es", "it", "pt", "tr")
LANGUAGE_SHARE = np.array([0.2, 0.15, 0.1, 0.08, 0.07, 0.05, 0.1, 0.08, 0.07, 0.05, 0.03, 0.02])
COUNTRIES = ("GB", "RO", "MD", "GB", "EE", "DE", "DE", "FR", "ES", "IT", "PT", "DE")
STORES = 40
KNOWN_BEFORE = 0.55
ERASED = 0.004


@dataclass(frozen=True)
class Traits:
    """Customers of one cell; every array has shape (customers,).

    Attributes:
        number: position in the whole shop, from 0.
        loyalty_type: index into TYPES.
        intensity: index into INTENSITIES: how plainly the type shows.
        taste: which products the customer likes.
        rate: orders in 28 ordinary days.
        lines: expected lines of an order.
        web_share: share of orders placed on the web.
        store: the usual shop.
        weekday: the usual day of the week, Monday 0.
        language: index into LANGUAGES.
        birth_month: 1 to 12.
        joined: grid day of the first order; negative for those known before the extract.
        leaving: base hazard of leaving, per day.
        mood: satisfaction to which the customer returns, 0 in the mean.
        touchiness: how easily advertising annoys, 1 in the mean.
        engagement: how much the customer browses and reads, 1 in the mean.
        enrolled: grid day of joining the programme, NEVER where there is none.
        referred_by: customer of the same cell, or -1.
        erased: asked to be erased.
    """

    number: Integers
    loyalty_type: Integers
    intensity: Integers
    taste: Integers
    rate: Floats
    lines: Floats
    web_share: Floats
    store: Integers
    weekday: Integers
    language: Integers
    birth_month: Integers
    joined: Integers
    leaving: Floats
    mood: Floats
    touchiness: Floats
    engagement: Floats
    enrolled: Integers
    referred_by: Integers
    erased: Flags

    def __len__(self) -> int:
        return len(self.number)

    @property
    def segment(self) -> Integers:
        """Segment of product choice."""
        return segment_of(self.loyalty_type, self.intensity, self.taste)


def draw_traits(shop: Shop, timeline: Timeline, cell: int) -> Traits:
    """The customers of a cell."""
    random, n = stream(shop.seed, "traits", cell), shop.cell_size(cell)
    kind = random.choice(len(TYPES), n, p=TYPE_SHARE)
    joined = _joined(random, timeline, n)
    return Traits(
        number=cell * CELL + np.arange(n),
        loyalty_type=kind,
        intensity=random.integers(0, len(INTENSITIES), n),
        taste=random.integers(0, TASTES, n),
        rate=ORDERS_PER_PERIOD[kind] * _spread(random, n, 0.48),
        lines=1 + 4.2 * _spread(random, n, 0.7),
        web_share=random.beta(0.8, 1.4, n),
        store=(STORES * random.random(n) ** 1.5).astype(np.int64),
        weekday=random.integers(0, 7, n),
        language=random.choice(len(LANGUAGES), n, p=LANGUAGE_SHARE),
        birth_month=random.integers(1, 13, n),
        joined=joined,
        leaving=LEAVING_PER_PERIOD[kind] / 28 * _spread(random, n, 0.35),
        mood=random.normal(0, 0.45, n),
        touchiness=random.gamma(0.6, 1 / 0.6, n),
        engagement=_spread(random, n, 0.6),
        enrolled=_enrolled(random, kind, joined),
        referred_by=_referrers(random, joined),
        erased=random.random(n) < ERASED,
    )


def _spread(random: Generator, n: int, deviation: float) -> Floats:
    """Lognormal around 1 in the median; heavy tails of rates and baskets are its sums over types."""
    return np.exp(random.normal(0, deviation, n))


def _joined(random: Generator, timeline: Timeline, n: int) -> Integers:
    before = timeline.first - random.geometric(1 / 400, n)
    within = random.integers(timeline.first, timeline.end, n)
    return np.where(random.random(n) < KNOWN_BEFORE, before, within)


def _enrolled(random: Generator, kind: Integers, joined: Integers) -> Integers:
    """Most members enrol within weeks of their first order."""
    enrols = random.random(len(kind)) < ENROLS[kind]
    return np.where(enrols, joined + random.integers(0, 45, len(kind)), NEVER)


def _referrers(random: Generator, joined: Integers) -> Integers:
    """One new customer in fourteen was sent by somebody who had joined earlier."""
    n = len(joined)
    candidate = random.integers(0, n, n)
    referred = (random.random(n) < 0.07) & (joined >= 0) & (joined[candidate] < joined - 14)
    return np.where(referred, candidate, -1)
