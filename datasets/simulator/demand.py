"""How likely an order is on each day, and what the next 28 days hold if no offer is made.

Everything here is a probability, computed and not drawn: the chain of `lifetimes` is followed day by day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.simulator.choice import Choice
from datasets.simulator.events import Events
from datasets.simulator.lifetimes import (
    ACTIVE,
    DRIFTING,
    DRIFTING_DEMAND,
    DRIFTS,
    LEAVES_DRIFT,
    Lifetimes,
)
from datasets.simulator.satisfaction import Satisfaction
from datasets.simulator.timeline import PERIOD, Timeline
from datasets.simulator.traits import Traits

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

HABIT = 1.6
"""How much more the usual weekday sees."""
MOOD_DEMAND = 0.4
SALE_DEMAND = np.array([1.03, 1.12, 1.05, 1.5, 1.1])
COMPETITOR_DEMAND = np.array([0.97, 0.75, 0.92, 0.8, 0.85])
PRICE_SHOCK_DEMAND = np.array([1.0, 0.85, 0.97, 0.95, 0.97])


@dataclass(frozen=True)
class Demand:
    """Chance of an order on each grid day while active and while drifting, shape (customers, days)."""

    active: Singles
    drifting: Singles


@dataclass(frozen=True)
class Outlook:
    """The 28 days of each period with no offer, shape (customers, periods + 1).

    Attributes:
        repurchase: chance of an order.
        orders: expected orders.
        margin: expected margin of those orders, cents, before returns.
        order_margin: expected margin of one more order in the period, cents.
        order_value: expected net amount of one order, cents.
    """

    repurchase: Floats
    orders: Floats
    margin: Floats
    order_margin: Floats
    order_value: Floats


def make_demand(timeline: Timeline, events: Events, traits: Traits, mood: Satisfaction) -> Demand:
    """Daily chances of an order; none before the extract begins or the customer joins."""
    day = np.arange(timeline.days)
    lift = _lift(events)[traits.loyalty_type]
    habit = np.where(timeline.weekday == traits.weekday[:, None], HABIT, 1.0) / (1 + (HABIT - 1) / 7)
    content = np.repeat(np.exp(MOOD_DEMAND * mood.level), PERIOD, axis=1)
    rate = (traits.rate[:, None] / PERIOD * events.season * lift * habit * content).astype(np.float32)
    rate *= (day >= timeline.first) & (day > traits.joined[:, None])
    return Demand(-np.expm1(-rate), -np.expm1(-np.float32(DRIFTING_DEMAND) * rate))


def _lift(events: Events) -> Floats:
    """Demand of each loyalty type on each day relative to an ordinary one, shape (types, days)."""
    lift = np.where(events.sale, SALE_DEMAND[:, None], 1.0)
    lift = lift * np.where(events.competitor, COMPETITOR_DEMAND[:, None], 1.0)
    return np.asarray(lift * np.where(events.price_shock, PRICE_SHOCK_DEMAND[:, None], 1.0))


def make_outlook(
    timeline: Timeline,
    choice: Choice,
    traits: Traits,
    lifetimes: Lifetimes,
    demand: Demand,
) -> Outlook:
    """Follow the chain through every period from the state on its eve."""
    shape = (len(traits), timeline.periods + 1, PERIOD)
    active, drifting = demand.active.reshape(shape), demand.drifting.reshape(shape)
    margin = _of_order(choice.margin, traits, timeline).reshape(shape)
    value = _of_order(choice.revenue, traits, timeline).reshape(shape)
    chain = _Chain.start(lifetimes, shape[1])
    silent = _Chain.start(lifetimes, shape[1])
    orders, money = np.zeros(shape[:2]), np.zeros(shape[:2])
    for day in range(PERIOD):
        chain, silent = chain.next_day(), silent.next_day()
        today = chain.active * active[:, :, day] + chain.drifting * drifting[:, :, day]
        orders += today
        money += today * margin[:, :, day]
        silent = silent.without(active[:, :, day], drifting[:, :, day])
    return Outlook(1 - silent.total, orders, money, margin[:, :, 1:21].mean(axis=2), value.mean(axis=2))


def _of_order(table: Floats, traits: Traits, timeline: Timeline) -> Floats:
    """Expected money of an order on each day, cents, shape (customers, days)."""
    return np.asarray(traits.lines[:, None] * table[:, timeline.week][traits.segment])


@dataclass(frozen=True)
class _Chain:
    """Chances of being active, drifting and gone, shape (customers, periods) each."""

    active: Floats
    drifting: Floats
    gone: Floats
    leave: Floats

    @classmethod
    def start(cls, lifetimes: Lifetimes, periods: int) -> _Chain:
        state = lifetimes.by_period(periods)
        active, drifting = (state == ACTIVE).astype(float), (state == DRIFTING).astype(float)
        return cls(active, drifting, 1 - active - drifting, -np.expm1(-lifetimes.hazard))

    @property
    def total(self) -> Floats:
        return self.active + self.drifting + self.gone

    def next_day(self) -> _Chain:
        left, ended = self.active * self.leave, self.drifting * LEAVES_DRIFT
        drifting = self.drifting - ended + DRIFTS * left
        return _Chain(self.active - left, drifting, self.gone + ended + (1 - DRIFTS) * left, self.leave)

    def without(self, active: Singles, drifting: Singles) -> _Chain:
        """The same with those who order today taken out."""
        return _Chain(self.active * (1 - active), self.drifting * (1 - drifting), self.gone, self.leave)
