"""What the shop sells: products with list prices, costs, promotions and stock, week by week."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.simulator.events import Events
from datasets.simulator.streams import stream
from datasets.simulator.timeline import Timeline

Floats = NDArray[np.float64]

CATEGORIES = (
    "bakery",
    "dairy",
    "drinks",
    "produce",
    "pantry",
    "household",
    "beauty",
    "pet",
    "baby",
    "home",
)
KINDS_PER_CATEGORY = 3
PRODUCTS_PER_KIND = 8
OWN_BRANDS_PER_KIND = 2
PROMOTED, PROMOTED_IN_SALE = 0.22, 0.45
OUT_OF_STOCK = 0.015
MEDIAN_PRICE, PRICE_SPREAD = 340, 0.65


@dataclass(frozen=True)
class Assortment:
    """Products (shape (products,)) and their weeks (shape (weeks, products)).

    Attributes:
        kind: product type of each product.
        position: its price relative to its product type, as a log.
        own_brand: the retailer's own brand.
        unit_cost: cents.
        list_price: cents, by week.
        depth: promotion discount, 0 where there is none, by week.
        in_stock: by week.
    """

    kind: NDArray[np.int64]
    position: Floats
    own_brand: NDArray[np.bool_]
    unit_cost: NDArray[np.int64]
    list_price: NDArray[np.int64]
    depth: Floats
    in_stock: NDArray[np.bool_]

    @property
    def size(self) -> int:
        """Number of products."""
        return len(self.kind)

    @property
    def ids(self) -> list[str]:
        """Product ids."""
        return [f"P{number:04d}" for number in range(self.size)]

    @property
    def category(self) -> NDArray[np.int64]:
        """Category of each product, an index into CATEGORIES."""
        return self.kind // KINDS_PER_CATEGORY


def draw_assortment(seed: int, timeline: Timeline, events: Events) -> Assortment:
    """The products of a shop."""
    random = stream(seed, "assortment")
    kinds = len(CATEGORIES) * KINDS_PER_CATEGORY
    kind = np.repeat(np.arange(kinds), PRODUCTS_PER_KIND)
    rank = np.tile(np.arange(PRODUCTS_PER_KIND), kinds)
    base = random.permutation(_price_levels(kinds))[kind]
    position = np.linspace(-0.55, 0.65, PRODUCTS_PER_KIND)[rank] + random.normal(0, 0.05, len(kind))
    first_price = np.maximum(np.rint(base * np.exp(position) / 10) * 10 - 1, 39)
    margin = np.clip(random.normal(0.36, 0.06, len(kind)), 0.2, 0.55)
    by_week = np.array([np.flatnonzero(timeline.week == week)[-1] for week in range(timeline.weeks)])
    return Assortment(
        kind=kind,
        position=position,
        own_brand=rank < OWN_BRANDS_PER_KIND,
        unit_cost=np.rint(first_price * (1 - margin)).astype(np.int64),
        list_price=np.rint(first_price * events.price_level[by_week][:, None]).astype(np.int64),
        depth=_promotions(random, events.sale[by_week], len(kind)),
        in_stock=_stock(random, timeline.weeks, len(kind)),
    )


def _price_levels(kinds: int) -> Floats:
    """Usual prices of the product types, cents: the quantiles of a lognormal, the same in every shop."""
    quantiles = [NormalDist().inv_cdf((number + 0.5) / kinds) for number in range(kinds)]
    return np.asarray(MEDIAN_PRICE * np.exp(PRICE_SPREAD * np.array(quantiles)))


def _promotions(random: Generator, sale: NDArray[np.bool_], products: int) -> Floats:
    share = np.where(sale, PROMOTED_IN_SALE, PROMOTED)[:, None]
    on = random.random((len(sale), products)) < share
    depth = random.choice([0.1, 0.15, 0.2, 0.25, 0.3, 0.4], (len(sale), products))
    return np.where(on, depth, 0.0)


def _stock(random: Generator, weeks: int, products: int) -> NDArray[np.bool_]:
    """A stock-out lasts one to three weeks."""
    begins = random.random((weeks, products)) < OUT_OF_STOCK / 2
    length = random.integers(1, 4, (weeks, products))
    out = np.zeros((weeks, products), np.bool_)
    for ago in range(3):
        out[ago:] |= (begins & (length > ago))[: weeks - ago]
    return ~out
