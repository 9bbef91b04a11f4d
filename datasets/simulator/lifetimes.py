"""When customers fade and leave: a Markov chain in days, active to drifting to gone, or straight to gone.

A drifting customer orders at a fraction of the usual rate. The hazard depends on loyalty type, tenure and
satisfaction, and on price rises and the competitor's campaign for those who mind.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.simulator.events import Events
from datasets.simulator.satisfaction import Satisfaction
from datasets.simulator.shop import Shop
from datasets.simulator.streams import stream
from datasets.simulator.timeline import PERIOD, Timeline
from datasets.simulator.traits import NEVER, Traits

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

STATES = ("active", "drifting", "gone")
ACTIVE, DRIFTING, GONE = range(len(STATES))

DRIFTS = 0.8
"""Share of those who leave who drift first; the others leave at once."""
LEAVES_DRIFT = 1 / 50
"""Chance a day that a drifting customer is gone."""
DRIFTING_DEMAND = 0.3

SATISFACTION_WEIGHT = np.array([2.2, 1.5, 1.7, 1.5, 1.5])
PRICE_SHOCK = np.array([1.0, 2.2, 1.1, 1.3, 1.1])
COMPETITOR = np.array([1.05, 2.2, 1.2, 1.9, 1.4])
NEWNESS, NEWNESS_DAYS = 1.5, 90.0


@dataclass(frozen=True)
class Lifetimes:
    """Of every customer of a cell.

    Attributes:
        hazard: chance exponent of leaving the active state, per day, shape (customers, periods + 1).
        drifts: first grid day on which the customer drifts, NEVER where it does not, shape (customers,).
        gone: first grid day on which the customer is gone, or NEVER, shape (customers,).
    """

    hazard: Floats
    drifts: Integers
    gone: Integers

    def state(self, day: Integers) -> Integers:
        """State on a grid day, an index into STATES; `day` broadcasts against (customers,)."""
        return np.where(day >= self.gone, GONE, np.where(day >= self.drifts, DRIFTING, ACTIVE))

    def by_period(self, periods: int) -> Integers:
        """State on the eve of each period, shape (customers, periods)."""
        eve = np.arange(periods)[:, None] * PERIOD - 1
        return np.ascontiguousarray(self.state(eve).T)


def draw_lifetimes(
    shop: Shop, timeline: Timeline, events: Events, traits: Traits, mood: Satisfaction, cell: int
) -> Lifetimes:
    """Hazards of a cell's customers, and when they leave."""
    random = stream(shop.seed, "lifetimes", cell)
    hazard = _hazard(shop, timeline, events, traits, mood)
    exposed = np.maximum(traits.joined + 1, timeline.first)
    leaves = _event_day(hazard, exposed, random.exponential(size=len(traits)))
    drifting = random.random(len(traits)) < DRIFTS
    stays = random.geometric(LEAVES_DRIFT, len(traits))
    gone = np.where(drifting, leaves + stays, leaves)
    return Lifetimes(hazard, np.where(drifting, leaves, NEVER), np.minimum(gone, NEVER))


def _hazard(shop: Shop, timeline: Timeline, events: Events, traits: Traits, mood: Satisfaction) -> Floats:
    kind = traits.loyalty_type
    weight = shop.difficulty.service * SATISFACTION_WEIGHT[kind]
    starts = np.arange(timeline.periods + 1) * PERIOD
    tenure = np.maximum(starts - traits.joined[:, None], 0)
    shocks = _share(events.price_shock)[None, :] * (PRICE_SHOCK[kind] - 1)[:, None]
    rival = _share(events.competitor)[None, :] * (COMPETITOR[kind] - 1)[:, None]
    newness = 1 + NEWNESS * np.exp(-tenure / NEWNESS_DAYS)
    return np.asarray(
        traits.leaving[:, None] * np.exp(-weight[:, None] * mood.level) * newness * (1 + shocks) * (1 + rival)
    )


def _share(on: NDArray[np.bool_]) -> Floats:
    """Share of the days of each period."""
    return np.asarray(on.reshape(-1, PERIOD).mean(axis=1))


def _event_day(hazard: Floats, exposed: Integers, threshold: Floats) -> Integers:
    """First day d on which the hazard summed over the days `exposed` to d passes the threshold, or NEVER."""
    n, periods = hazard.shape
    before = np.concatenate((np.zeros((n, 1)), np.cumsum(PERIOD * hazard, axis=1)), axis=1)
    row = np.arange(n)
    start = exposed // PERIOD
    passed = before[row, start] + hazard[row, start] * (exposed % PERIOD)
    wanted = passed + threshold
    period = (before[:, 1:] <= wanted[:, None]).sum(axis=1)
    inside = np.minimum(period, periods - 1)
    day = PERIOD * inside + np.floor((wanted - before[row, inside]) / hazard[row, inside]).astype(np.int64)
    return np.where(period < periods, day, NEVER)
