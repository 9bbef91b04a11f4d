"""Lists of recommendations: of what was bought, and of what was not, each with its kind and its time.

Kinds of a recommendation, in the order of KINDS:

| kind | what it is |
|---|---|
| buy_again | bought before; due when the customer's own gap between purchases has passed, else that of others |
| new_kind | of a group from which the customer has never bought |
| upsell | never bought, of a group that is, at a price of at least DEARER times what the customer pays there |
| complement | never bought, and among what goes best with what was bought lately |
| popular | never bought, and sells well |
| new | in the assortment for no more than NEW_DAYS |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.candidates import FEATURES, Candidates, Shelf
from models.recommender import Recommender

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

KINDS = ("buy_again", "new_kind", "upsell", "complement", "popular", "new")
BUY_AGAIN, NEW_KIND, UPSELL, COMPLEMENT, POPULAR, NEW = range(len(KINDS))
DEARER = 1.1
NEAR = 0.1
"""Rank, in thousandths, up to which an item goes with what was bought lately."""
NEW_DAYS = 56
BOUGHT, UNBOUGHT = 20, 30
"""Places of a customer's list for what was bought before, and for what was not."""
OF_EACH_KIND = 4
"""Places that each kind of what was never bought has for certain, where there are as many."""
NONE = -1
_CUSTOMERS_AT_ONCE = 1024


@dataclass(frozen=True, eq=False)
class Lists:
    """One list for each customer, the most probable first; shape (customers, places) each.

    Attributes:
        item: int32 place among all items, NONE behind the end of a list.
        probability: float32, of a purchase within the horizon; 0 behind the end.
        kind: uint8, code into KINDS.
        due_days: float32, days from the cutoff to the expected purchase; NaN for what was never bought.
    """

    item: NDArray[np.int32]
    probability: NDArray[np.float32]
    kind: NDArray[np.uint8]
    due_days: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.item)

    @classmethod
    def empty(cls, customers: int, places: int = BOUGHT + UNBOUGHT) -> Lists:
        """Lists without an item."""
        shape = (customers, places)
        return cls(
            np.full(shape, NONE, np.int32),
            np.zeros(shape, np.float32),
            np.zeros(shape, np.uint8),
            np.full(shape, np.nan, np.float32),
        )


def make_lists(model: Recommender, shelf: Shelf, customers: Ints) -> Lists:
    """Recommend to customers.

    Args:
        shelf: what is known at the cutoff.
        customers: places, ascending.
    """
    found = Lists.empty(len(customers))
    for start in range(0, len(customers), _CUSTOMERS_AT_ONCE):
        some = customers[start : start + _CUSTOMERS_AT_ONCE]
        candidates = shelf.candidates(some)
        _fill(found, start, some, candidates, model.score(candidates))
    return found


def kinds(candidates: Candidates) -> NDArray[np.uint8]:
    """Kind of each candidate, code into KINDS, (pairs,)."""
    never = _column(candidates, "group_count") == 0
    dearer = _column(candidates, "price_to_usual") >= DEARER
    near = _column(candidates, "ease_lately_rank") < NEAR
    conditions = (candidates.bought, never, dearer, near)
    return np.select(conditions, (BUY_AGAIN, NEW_KIND, UPSELL, COMPLEMENT), POPULAR).astype(np.uint8)


def due_days(candidates: Candidates) -> Floats:
    """Days from the cutoff to the next purchase of what was bought, (pairs,); 0 where it is overdue, NaN elsewhere.

    The gap is the customer's own between purchases of the item, else the mean of the item's other customers.
    """
    own, usual = _column(candidates, "mean_gap"), _column(candidates, "item_usual_gap")
    gap = np.where(np.isnan(own), usual, own)
    due = np.maximum(gap - _column(candidates, "days_since_last"), 0.0)
    return np.where(candidates.bought, due, np.nan)


def _column(candidates: Candidates, name: str) -> Floats:
    return candidates.values[:, FEATURES.index(name)].astype(np.float64)


def _fill(lists: Lists, start: int, customers: Ints, candidates: Candidates, probability: Floats) -> None:
    """Write the lists of some customers into their rows, from `start` on."""
    kind, row = kinds(candidates), np.searchsorted(customers, candidates.customer)
    chosen = _chosen(row, candidates, kind, probability)
    order = chosen[np.lexsort((candidates.item[chosen], -probability[chosen], row[chosen]))]
    place = _place_within(row[order])
    at = (start + row[order], place)
    lists.item[at] = candidates.item[order]
    lists.probability[at] = probability[order]
    lists.kind[at] = kind[order]
    lists.due_days[at] = due_days(candidates)[order]


def _chosen(row: Ints, candidates: Candidates, kind: NDArray[np.uint8], probability: Floats) -> Ints:
    """Candidates that get a place, of each row at most BOUGHT of what was bought and UNBOUGHT of the rest."""
    by_kind = np.lexsort((candidates.item, -probability, kind, row))
    within_kind = _place_within((row * len(KINDS) + kind)[by_kind])
    certain = np.zeros(len(row), bool)
    certain[by_kind] = within_kind < OF_EACH_KIND
    order = np.lexsort((candidates.item, -probability, ~certain, ~candidates.bought, row))
    place = _place_within((row * 2 + ~candidates.bought)[order])
    most = np.where(candidates.bought[order], BOUGHT, UNBOUGHT)
    return np.asarray(order[place < most])


def _place_within(group: Ints) -> Ints:
    """Place of each row in its run of equal groups, from 0."""
    if not len(group):
        return np.empty(0, np.int64)
    starts = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
    return np.arange(len(group)) - np.repeat(starts, np.diff(np.append(starts, len(group))))
