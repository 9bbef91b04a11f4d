"""Recommendations that belong to the shop and not to a customer: what sells, what is new, what goes with a basket."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from features.pairs.purchases import DAY_US, micros
from features.pairs.snapshot import Snapshot
from models.ease import Ease, Singles
from models.recommendations import NEW_DAYS

Ints = NDArray[np.int64]
LEAST_OF_NEW = 3
"""Customers that something new needs in order to be shown to others."""
BASKET_DAYS = 180
BASKET_PENALTY = 100.0
MOST_ORDERS = 200_000


def bestsellers(snapshot: Snapshot, most: int) -> Ints:
    """Eligible items by purchases of the last 28 days, then of those before, fading; the best first."""
    order = np.lexsort((-snapshot.items.decayed, -snapshot.items.lately))
    return np.asarray(order[snapshot.eligible[order]][:most])


def newcomers(snapshot: Snapshot, most: int) -> Ints:
    """Items that were sold first in the last NEW_DAYS, by customers, the best first.

    None where the shop itself is not older than that.
    """
    items, tenure = snapshot.items, snapshot.customers.tenure
    if np.isnan(tenure).all() or np.nanmax(tenure) <= NEW_DAYS:
        return np.empty(0, np.int64)
    fresh = (items.age <= NEW_DAYS) & (items.customers >= LEAST_OF_NEW)
    order = np.lexsort((-items.decayed, -items.customers))
    return np.asarray(order[fresh[order]][:most])


def basket_neighbours(snapshot: Snapshot, items: Ints, most: int) -> tuple[NDArray[np.int32], Singles]:
    """What goes with each item in one order: EASE on the latest orders.

    Args:
        items: (items,) places that count, ascending.
        most: neighbours of each.

    Returns:
        Places in `items`, (items, most), the strongest first, -1 where there are fewer; and their weights.
    """
    purchases = snapshot.purchases
    place = np.full(len(snapshot.eligible), -1)
    place[items] = np.arange(len(items))
    recent = purchases.at >= micros(snapshot.cutoff) - BASKET_DAYS * DAY_US
    kept = recent & (place[purchases.item] >= 0)
    orders, row = np.unique(purchases.order[kept], return_inverse=True)
    latest = row >= len(orders) - MOST_ORDERS
    matrix = sparse.csr_matrix(
        (np.ones(int(latest.sum()), np.float32), (row[latest], place[purchases.item[kept][latest]])),
        shape=(max(len(orders), 1), len(items)),
    )
    matrix.data[:] = 1.0  # an item counts once for each order
    return Ease.fit(matrix, BASKET_PENALTY).neighbours(most)
