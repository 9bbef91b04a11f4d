"""Which product a line buys: a logit over the products of the week, one for each segment of customers.

A segment is a loyalty type, an intensity and a taste; everybody in it chooses alike. So the margin that a line is
expected to bring is a table, exact, and the truth about offers can be computed instead of estimated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.simulator.assortment import CATEGORIES, KINDS_PER_CATEGORY, Assortment
from datasets.simulator.shop import Difficulty
from datasets.simulator.streams import stream
from datasets.simulator.timeline import Timeline

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

TYPES = ("value", "price", "reward", "discount", "occasional")
VALUE, PRICE, REWARD, DISCOUNT, OCCASIONAL = range(len(TYPES))
INTENSITIES = np.array([0.7, 1.0, 1.35])
TASTES = 6
SEGMENTS = len(TYPES) * len(INTENSITIES) * TASTES

CHEAPNESS = np.array([-0.35, 1.7, 0.0, 0.0, 0.0])
OWN_BRAND = np.array([-0.3, 0.9, 0.0, 0.0, 0.0])
PROMOTION = np.array([0.0, 0.2, 0.4, 8.0, 0.8])
"""Utility of a product, by loyalty type: per log price below its product type, for the own brand, per unit of
promotion depth."""

QUANTITIES, QUANTITY_SHARE = np.array([1, 2, 3, 4]), np.array([0.78, 0.15, 0.05, 0.02])
COUPON_RATE = np.array([0.03, 0.03, 0.12, 0.05, 0.03])
COUPON_DEPTH = 0.1


def segment_of(loyalty_type: Integers, intensity: Integers, taste: Integers) -> Integers:
    """Number of the segment."""
    return (loyalty_type * len(INTENSITIES) + intensity) * TASTES + taste


@dataclass(frozen=True)
class Choice:
    """Product choice by segment and week.

    Attributes:
        cumulative: row number of (segment, week) plus the cumulative probability of its products, flat.
        revenue: expected net amount of a line, cents, shape (segments, weeks).
        margin: the same less the cost of the goods.
    """

    cumulative: Floats
    revenue: Floats
    margin: Floats

    def draw(self, random: Generator, segment: Integers, week: Integers) -> Integers:
        """One product for each line."""
        rows, weeks = self.revenue.shape
        products = len(self.cumulative) // (rows * weeks)
        row = segment * weeks + week
        found = np.searchsorted(self.cumulative, row + random.random(len(row)))
        return np.asarray(np.clip(found - row * products, 0, products - 1), np.int64)


def make_choice(seed: int, difficulty: Difficulty, timeline: Timeline, assortment: Assortment) -> Choice:
    """The choice of every segment in every week."""
    random = stream(seed, "assortment", 1)
    kinds = len(CATEGORIES) * KINDS_PER_CATEGORY
    taste = np.log(random.dirichlet(np.full(kinds, 1.2), TASTES) + 0.004)
    shape = (SEGMENTS, timeline.weeks, assortment.size)
    chances = np.empty(shape)
    for segment in range(SEGMENTS):
        chances[segment] = _chances(segment, taste, difficulty, assortment)
    net = assortment.list_price * (1 - assortment.depth)
    units = float(QUANTITIES @ QUANTITY_SHARE)
    coupon = 1 - COUPON_DEPTH * COUPON_RATE[np.arange(SEGMENTS) // (len(INTENSITIES) * TASTES)][:, None]
    revenue = units * coupon * (chances * net).sum(axis=2)
    cost = units * (chances * assortment.unit_cost).sum(axis=2)
    rows = np.arange(SEGMENTS * timeline.weeks).reshape((*shape[:2], 1))
    cumulative = np.cumsum(chances, axis=2, out=chances)
    cumulative += rows
    return Choice(cumulative.ravel(), revenue, revenue - cost)


def _chances(segment: int, taste: Floats, difficulty: Difficulty, assortment: Assortment) -> Floats:
    """Probability of each product in each week, shape (weeks, products)."""
    loyalty_type, rest = divmod(segment, len(INTENSITIES) * TASTES)
    strength = difficulty.mechanism * INTENSITIES[rest // TASTES]
    utility = taste[rest % TASTES][assortment.kind] - strength * CHEAPNESS[loyalty_type] * assortment.position
    utility = utility + strength * OWN_BRAND[loyalty_type] * assortment.own_brand
    weekly = utility + strength * PROMOTION[loyalty_type] * assortment.depth
    weekly = np.where(assortment.in_stock, weekly, -np.inf)
    weight = np.exp(weekly - weekly.max(axis=1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))
