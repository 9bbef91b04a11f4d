"""How good lists are: recall and NDCG of the first places, one figure for each customer.

Lists and what is relevant are numbered pairs, `customer * items + item`, so that all customers are judged at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.bootstrap import DRAWS, LEVEL, Interval

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
PLACES = 10


@dataclass(frozen=True, eq=False)
class Ranking:
    """Figures of one list for each customer who has something relevant.

    Attributes:
        customer: (customers,) ascending.
        recall: (customers,) relevant items among the first PLACES, over min(PLACES, relevant).
        ndcg: (customers,) discounted gain over that of the best possible list (Jarvelin and Kekalainen 2002).
    """

    customer: Ints
    recall: Floats
    ndcg: Floats


def judge_lists(lists: Ints, relevant: Ints, items: int, places: int = PLACES) -> Ranking:
    """Judge the first places of lists; a customer without a list counts with 0.

    Args:
        lists: (pairs,) recommended, each customer's from the first place on; customers in any order.
        relevant: (pairs,) bought, in any order, each once.
        items: how many items there are.
        places: how many count.

    Raises:
        ValueError: nothing is relevant for anybody.
    """
    if not len(relevant):
        raise ValueError("no customer has a relevant item; choose a cutoff with purchases after it")
    customer, wanted = np.unique(relevant // items, return_counts=True)
    owner = lists // items
    order = np.argsort(owner, kind="stable")
    owner, lists = owner[order], lists[order]
    start = np.searchsorted(owner, owner)
    place = np.arange(len(owner)) - start
    hit = (place < places) & np.isin(lists, relevant)
    gain = 1.0 / np.log2(np.arange(places) + 2)
    row = np.searchsorted(customer, owner[hit])
    best = np.minimum(wanted, places)
    hits = np.bincount(row, minlength=len(customer))
    gained = np.bincount(row, gain[place[hit]], minlength=len(customer))
    return Ranking(customer, hits / best, gained / np.cumsum(gain)[best - 1])


def mean_interval(values: Floats, *, draws: int = DRAWS, level: float = LEVEL, seed: int = 0) -> Interval:
    """Mean over customers with its bootstrap interval, customers drawn with replacement.

    Args:
        values: (customers,).
    """
    generator = np.random.default_rng(seed)
    means = np.array([values[generator.integers(len(values), size=len(values))].mean() for _ in range(draws)])
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(values.mean()), float(low), float(high))
