"""The first of two stages: the few items of each customer that are worth ranking, each with its features.

Candidates are what the customer has bought (the most often lately), what EASE says others like the customer buy, what
sells in the groups that the customer buys from, and what sells to everybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from features.pairs.purchases import DAY_US, micros
from features.pairs.snapshot import SNAPSHOT_FEATURES, Snapshot
from models.ease import Ease, Singles

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

SOURCES = ("ease_ever", "ease_lately", "ease_often", "group_pull", "group_ease", "local")
AFFINITIES = (*SOURCES, *(f"{name}_rank" for name in SOURCES))
"""Scores of the first stage; a rank is the place among the items that the customer has not bought, in thousandths."""
FEATURES = (*SNAPSHOT_FEATURES, *AFFINITIES)
_CUSTOMERS_AT_ONCE = 128


@dataclass(frozen=True)
class Limits:
    """How many candidates come from each source, for one customer.

    Attributes:
        own: of what was bought, those with the most purchases lately.
        likely: of what was never bought, by each of the scores of the first stage.
        popular: of what was never bought, by purchases of the last 28 days.
        ever_penalty: of the EASE on what was ever bought.
        lately_penalty: of the EASE on purchases that fade with age.
        often_penalty: of the EASE on purchases that fade slowly.
    """

    own: int = 150
    likely: int = 60
    popular: int = 30
    ever_penalty: float = 1000.0
    lately_penalty: float = 200.0
    often_penalty: float = 30.0


@dataclass(frozen=True, eq=False)
class Candidates:
    """Pairs to rank, ordered by customer.

    Attributes:
        customer: (pairs,) places.
        item: (pairs,) places among all items.
        bought: (pairs,) whether the customer has bought the item.
        values: (pairs, FEATURES) float32, NaN where there is nothing to say.
    """

    customer: Ints
    item: Ints
    bought: Mask
    values: Singles

    def __len__(self) -> int:
        return len(self.customer)

    def where(self, mask: Mask) -> Candidates:
        """The pairs of a mask (pairs,)."""
        return Candidates(self.customer[mask], self.item[mask], self.bought[mask], self.values[mask])


@dataclass(frozen=True, eq=False)
class Shelf:
    """The eligible items at a cutoff with what was learnt of them together.

    Attributes:
        snapshot: what is known at the cutoff.
        items: (eligible,) places among all items.
        once: 1 where a customer has ever bought an eligible item, CSR (customers, eligible).
        fading: root of the purchases, weighted with exp(-age / 60 days), CSR (customers, eligible).
        ever: EASE on `once`.
        lately: EASE on `fading`.
        often: EASE on log(1 + purchases, weighted with exp(-age / 180 days)).
        grouped: purchases from each group, weighted with exp(-age / 60 days), CSR (customers, groups).
        groups: EASE on groups ever bought.
        visits: part of a customer's purchases in each store, (customers, stores), fading with exp(-age / 60 days).
        sold: part of each item in what a store sells, (stores, eligible), fading alike.
    """

    snapshot: Snapshot
    limits: Limits
    items: Ints
    once: Any
    fading: Any
    ever: Ease
    lately: Ease
    often: Ease
    grouped: Any
    groups: Ease
    visits: Singles
    sold: Singles

    @classmethod
    def of(cls, snapshot: Snapshot, limits: Limits | None = None) -> Shelf:
        """Learn both EASE models from the purchases before the cutoff."""
        limits = limits or Limits()
        items = np.flatnonzero(snapshot.eligible)
        own = snapshot.own
        once = pair_matrix(snapshot, np.ones(len(own)), items)
        fading = pair_matrix(snapshot, np.sqrt(own.faded(60)), items)
        ever, lately = Ease.fit(once, limits.ever_penalty), Ease.fit(fading, limits.lately_penalty)
        often = Ease.fit(pair_matrix(snapshot, np.log1p(own.faded(180)), items), limits.often_penalty)
        group = snapshot.group
        grouped = _csr(snapshot, group.faded(60), group.customer, group.thing, max(group.things, 1))
        ones = _csr(snapshot, np.ones(len(group)), group.customer, group.thing, max(group.things, 1))
        groups = Ease.fit(ones, limits.ever_penalty)
        return cls(
            snapshot,
            limits,
            items,
            once,
            fading,
            ever,
            lately,
            often,
            grouped,
            groups,
            *_stores(snapshot, items),
        )

    def candidates(self, customers: Ints) -> Candidates:
        """Candidates of customers, given ascending."""
        parts = list(self._parts(customers))
        if not parts:
            empty = np.empty(0, np.int64)
            return Candidates(empty, empty, empty.astype(bool), np.empty((0, len(FEATURES)), np.float32))
        return Candidates(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in ("customer", "item", "bought", "values")
            )
        )

    def _parts(self, customers: Ints) -> Iterator[Candidates]:
        for start in range(0, len(customers), _CUSTOMERS_AT_ONCE):
            yield self._part(customers[start : start + _CUSTOMERS_AT_ONCE])

    def _part(self, customers: Ints) -> Candidates:
        snapshot, limits = self.snapshot, self.limits
        scores = np.stack(
            [
                *(model.scores(customers) for model in (self.ever, self.lately, self.often)),
                *self._by_group(customers),
                self.visits[customers] @ self.sold,
            ]
        )
        bought = self.once[customers].toarray() > 0
        chosen = _strongest(self.fading[customers].toarray(), limits.own, bought)
        ranks = np.empty_like(scores)
        for index, score in enumerate(scores):
            ranks[index] = _ranks(score, ~bought)
            chosen |= (ranks[index] * 1000 < limits.likely) & ~bought
        popular = np.broadcast_to(snapshot.items.lately[self.items].astype(np.float32), bought.shape)
        chosen |= _strongest(popular, limits.popular, ~bought)
        row, column = np.nonzero(chosen)
        customer, item = customers[row], self.items[column]
        first_stage = np.concatenate([scores[:, row, column], ranks[:, row, column]]).T
        values = np.concatenate([snapshot.rows(customer, item), first_stage.astype(np.float32)], axis=1)
        return Candidates(customer, item, bought[row, column], values)

    def _by_group(self, customers: Ints) -> tuple[Singles, Singles]:
        """What each item may expect from its part of what its group sells.

        First of the purchases of customers from the group, then of what EASE says of customers and groups.
        """
        group = self.snapshot.purchases.items.group[self.items]
        named, sold = group >= 0, self.snapshot.items.decayed[self.items]
        total = np.bincount(group[named], sold[named], minlength=1)
        part = np.where(named, sold / np.maximum(total[group], 1e-9), 0.0).astype(np.float32)
        pull = self.grouped[customers].toarray()[:, group] * part
        return pull, self.groups.scores(customers)[:, group] * part


def pair_matrix(snapshot: Snapshot, values: NDArray[np.float64], items: Ints) -> Any:
    """Values of pairs as CSR (customers, eligible items)."""
    own = snapshot.own
    place = np.full(len(snapshot.eligible), -1)
    place[items] = np.arange(len(items))
    there = place[own.thing] >= 0
    return _csr(snapshot, values[there], own.customer[there], place[own.thing[there]], len(items))


def _stores(snapshot: Snapshot, items: Ints) -> tuple[Singles, Singles]:
    """How customers divide their purchases among stores, and what each store sells."""
    purchases = snapshot.purchases
    stores = int(purchases.store.max(initial=0)) + 1
    weight = np.exp((purchases.at - micros(snapshot.cutoff)) / (60 * DAY_US))
    at = (purchases.customer, purchases.store)
    visits = sparse.csr_matrix((weight, at), shape=(len(purchases.customer_ids), stores)).toarray()
    sold = sparse.csr_matrix(
        (weight, (purchases.store, purchases.item)), shape=(stores, len(snapshot.eligible))
    )
    sold = sold[:, items].toarray()
    return _shares(visits), _shares(sold)


def _shares(values: NDArray[np.float64]) -> Singles:
    """Rows divided by their sum."""
    return np.asarray(values / np.maximum(values.sum(axis=1, keepdims=True), 1e-9), np.float32)


def _csr(snapshot: Snapshot, values: NDArray[np.float64], customer: Ints, thing: Ints, things: int) -> Any:
    shape = (len(snapshot.purchases.customer_ids), things)
    return sparse.csr_matrix((values.astype(np.float32), (customer, thing)), shape=shape)


def _strongest(score: Singles, most: int, among: Mask) -> Mask:
    """The `most` highest scores of each row among the marked ones, as a mask."""
    masked = np.where(among, score, -np.inf)
    most = min(most, masked.shape[1])
    chosen = np.zeros_like(among)
    place = np.argpartition(-masked, most - 1, axis=1)[:, :most]
    np.put_along_axis(chosen, place, True, axis=1)
    return chosen & among


def _ranks(score: Singles, among: Mask, deepest: int = 1000) -> Singles:
    """Place of each marked score in its row, from 0, in thousandths; 1 for those further down or not marked."""
    masked = np.where(among, score, -np.inf)
    deepest = min(deepest, masked.shape[1])
    place = np.argpartition(-masked, deepest - 1, axis=1)[:, :deepest]
    order = np.argsort(-np.take_along_axis(masked, place, axis=1), axis=1, kind="stable")
    found = np.ones(score.shape, np.float32)
    steps = np.broadcast_to(np.arange(deepest, dtype=np.float32) / 1000, order.shape)
    np.put_along_axis(found, np.take_along_axis(place, order, axis=1), steps, axis=1)
    return np.where(among, found, 1.0).astype(np.float32)
