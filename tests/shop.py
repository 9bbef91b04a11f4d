"""A small made-up shop as source tables: regulars of four kinds who fade before they leave.

Customers order at their own rate until they leave for good. In their last weeks baskets shrink, goods come back
and orders move to the web, so a model can see what no purchase count tells. One in four buys the cheap end, one
uses coupons and points, one waits for promotions, one does nothing of the kind; the kind shows in no column.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.random import Generator
from numpy.typing import NDArray

from features.settings import Settings, load_settings
from features.tables.validate import validate
from features.workspace import Workspace

FIRST_DAY = np.datetime64("2024-12-01", "us")
DAYS = 455  # the extract ends on 2026-03-01
TYPES, PRODUCTS_PER_TYPE, OWN_BRAND_PER_TYPE = 8, 6, 2
PRICE, REWARD, DISCOUNT = 1, 2, 3  # kinds of customers; 0 has no mechanism
FADING_DAYS = 45
SETTINGS = """
[source]
path = "data"

[consent]
basis = "contract"

[churn]
horizon_days = 28
active_days = 60

[loyalty]
window_days = 90
min_orders = 3

[training]
cutoff_every_days = 30
max_cutoffs = 7
"""


def make_shop(folder: Path, customers: int = 300, seed: int = 1) -> Path:
    """Write `data/order_lines.parquet`, `data/products.parquet` and `regulars.toml` into a folder; return it."""
    random = np.random.default_rng(seed)
    (folder / "data").mkdir(parents=True)
    (folder / "regulars.toml").write_text(SETTINGS.lstrip(), encoding="utf-8")
    assortment = _Assortment.draw(random)
    pq.write_table(assortment.table(), folder / "data" / "products.parquet")
    pq.write_table(_order_lines(random, assortment, customers), folder / "data" / "order_lines.parquet")
    return folder


def validated(folder: Path) -> tuple[Settings, Workspace]:
    """Settings of a shop's folder, and its workspace with the validated tables."""
    settings = load_settings(folder)
    workspace = Workspace(folder / "workspace")
    validate(settings, workspace).raise_for_errors()
    return settings, workspace


@dataclass(frozen=True)
class _Assortment:
    """List price and own brand of each product, shape (types, products), and promotions (weeks, types, products)."""

    prices: NDArray[np.float64]
    own_brand: NDArray[np.bool_]
    promoted: NDArray[np.bool_]

    @classmethod
    def draw(cls, random: Generator) -> "_Assortment":
        shape = (TYPES, PRODUCTS_PER_TYPE)
        prices = random.uniform(2, 15, (TYPES, 1)) * np.linspace(0.6, 1.6, PRODUCTS_PER_TYPE)
        own_brand = np.broadcast_to(np.arange(PRODUCTS_PER_TYPE) < OWN_BRAND_PER_TYPE, shape)
        promoted = random.random((DAYS // 7 + 1, *shape)) < 0.2
        return cls(prices.round(2), own_brand, promoted)

    def table(self) -> pa.Table:
        kinds, numbers = (index.ravel() for index in np.indices(self.prices.shape))
        return pa.table(
            {
                "product_id": _product_ids(kinds, numbers),
                "category": [f"aisle {kind // 2}" for kind in kinds],
                "subcategory": [f"type {kind}" for kind in kinds],
                "brand": [f"brand {number}" for number in numbers],
                "is_private_label": self.own_brand.ravel(),
            }
        )


def _order_lines(random: Generator, assortment: _Assortment, customers: int) -> pa.Table:
    kind = np.arange(customers) % 4
    early = random.random(customers) < 0.6
    joins = random.uniform(0, np.where(early, 30, 330))
    leaves = joins + 45 + random.exponential(330, customers)
    customer, time = _orders(random, joins, np.minimum(leaves, DAYS))
    fading = time > leaves[customer] - FADING_DAYS
    web = random.random(len(time)) < np.where(fading, 0.7, 0.2)
    order = np.repeat(np.arange(len(time)), np.where(fading, 1, 1 + random.poisson(3.5, len(time))))
    lines = _lines(random, assortment, kind[customer[order]], time[order])
    lines |= {
        "order_id": _ids("o", order),
        "customer_id": _ids("c", customer[order]),
        "ordered_at": _instants(time[order]),
        "channel": np.where(web, "web", "shop")[order],
        "store_id": _ids("s", customer[order] % 3),
    }
    back = (random.random(len(order)) < np.where(fading[order], 0.3, 0.02)) & (time[order] < DAYS - 3)
    table = pa.concat_tables([pa.table(lines), _returns(pa.table(lines), back)])
    return table.take(random.permutation(table.num_rows))  # a source need not be sorted


def _orders(
    random: Generator, joins: NDArray[np.float64], ends: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Customer and time (days) of each order: one on joining, then a Poisson process; all in opening hours."""
    rate = random.gamma(3, 1 / 36, len(joins))
    customer = np.repeat(np.arange(len(joins)), 1 + random.poisson(rate * (ends - joins)))
    time = random.uniform(joins[customer], ends[customer])
    time[np.searchsorted(customer, np.arange(len(joins)))] = joins
    return customer, np.floor(time) + random.uniform(8, 21, len(time)) / 24


def _lines(
    random: Generator, assortment: _Assortment, kind: NDArray[np.int64], time: NDArray[np.float64]
) -> dict[str, object]:
    """What each line buys and costs: customers of a kind prefer what the kind is about."""
    sort = random.integers(0, TYPES, len(kind))
    promoted = assortment.promoted[(time // 7).astype(int), sort]
    wanted = (kind == PRICE)[:, None] & assortment.own_brand[sort] | (kind == DISCOUNT)[:, None] & promoted
    number = (2.5 * wanted + random.gumbel(size=wanted.shape)).argmax(axis=1)
    units = 1 + random.poisson(0.3, len(kind))
    listed = (assortment.prices[sort, number] * units).round(2)
    cut = 0.3 * promoted[np.arange(len(kind)), number]
    coupon = random.random(len(kind)) < np.where(kind == REWARD, 0.3, 0.03)
    points = random.random(len(kind)) < np.where(kind == REWARD, 0.15, 0.01)
    return {
        "amount": (listed * (1 - cut)).round(2),
        "list_amount": listed,
        "product_id": _product_ids(sort, number),
        "quantity": units.astype(float),
        "coupon_amount": np.where(coupon, 0.1 * listed, 0.0).round(2),
        "points_redeemed": np.where(points, 100.0, 0.0),
    }


def _returns(lines: pa.Table, back: NDArray[np.bool_]) -> pa.Table:
    """Some lines again, three days later, with the money given back."""
    returned = lines.filter(pa.array(back)).to_pydict()
    returned["order_id"] = [f"r{number}" for number in range(len(returned["order_id"]))]
    returned["ordered_at"] = [instant + timedelta(days=3) for instant in returned["ordered_at"]]
    for name in ("amount", "list_amount", "quantity"):
        returned[name] = [-value for value in returned[name]]
    for name in ("coupon_amount", "points_redeemed"):
        returned[name] = [0.0] * len(returned[name])
    return pa.table(returned, schema=lines.schema)


def _ids(letter: str, numbers: NDArray[np.int64]) -> list[str]:
    return [f"{letter}{number:04}" for number in numbers.tolist()]


def _product_ids(kinds: NDArray[np.int64], numbers: NDArray[np.int64]) -> list[str]:
    return [f"p{kind}{number}" for kind, number in zip(kinds.tolist(), numbers.tolist(), strict=True)]


def _instants(days: NDArray[np.float64]) -> pa.Array:
    return pa.array(FIRST_DAY + (days * 86_400).astype("timedelta64[s]").astype("timedelta64[us]"))
