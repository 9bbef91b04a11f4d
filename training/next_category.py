"""Which category a customer buys from next: what a recommender says, held against the next order.

A category is likely where one of its items is: with p_i the probabilities of its items, 1 - product of (1 - p_i).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.pairs.purchases import NO_GROUP, Purchases
from features.pairs.snapshot import Snapshot
from models.candidates import Candidates

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
MODEL, PERSONAL = "model", "personal"
_SCALE = 60


def category_hits(
    snapshot: Snapshot, candidates: Candidates, probability: Floats, following: Purchases
) -> dict[str, Floats]:
    """Whether the category named first is in the next order, 1 or 0 for each customer; by who names it.

    MODEL is the recommender, PERSONAL the category that the customer bought from most, purchases fading with
    exp(-age / 60 days). Judged are customers whose next order holds an item with a category; empty where there is
    none.

    Args:
        candidates: of the customers that are judged.
        probability: (pairs,) that each is bought.
        following: what was bought in the horizon.
    """
    group = snapshot.purchases.items.group
    width = len(snapshot.purchases.items.groups)
    bought = group[following.item]
    first = np.full(len(snapshot.purchases.customer_ids), np.iinfo(np.int64).max)
    np.minimum.at(first, following.customer, following.order)  # numbers of orders ascend with time
    inside = (following.order == first[following.customer]) & (bought != NO_GROUP)
    if not inside.any():
        return {}
    truth = np.unique(following.customer[inside] * width + bought[inside])
    judged = np.intersect1d(following.customer[inside], candidates.customer)
    own = group[candidates.item]
    odds = -np.log1p(-np.clip(probability, 0, 1 - 1e-9))
    named = {
        MODEL: _likeliest(candidates.customer, own, odds, width),
        PERSONAL: _likeliest(
            snapshot.group.customer, snapshot.group.thing, snapshot.group.faded(_SCALE), width
        ),
    }
    return {
        name: np.isin(
            np.array([found.get(who, NO_GROUP) for who in judged.tolist()]) + judged * width, truth
        ).astype(np.float64)
        for name, found in named.items()
    }


def _likeliest(customer: Ints, group: Ints, weight: Floats, width: int) -> dict[int, int]:
    """The group of each customer with the largest sum of weights, the first of equal ones."""
    known = group != NO_GROUP
    keys, place = np.unique(customer[known] * width + group[known], return_inverse=True)
    total = np.bincount(place, weights=weight[known], minlength=len(keys))
    order = np.lexsort((keys, -total, keys // width))
    who, start = np.unique(keys[order] // width, return_index=True)
    return dict(zip(who.tolist(), (keys[order][start] % width).tolist(), strict=True))
