"""Everything that is known of customers and items at a cutoff, and a feature row for any pair of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from features.pairs.customers import CustomerStatistics, customer_statistics
from features.pairs.history import SCALES, WINDOWS, PairHistory, pair_history
from features.pairs.items import ItemStatistics, item_statistics
from features.pairs.purchases import Floats, Ints, Mask, Purchases

LEAST_PURCHASES = 10
"""An item with fewer purchases is not recommended: nothing can be learnt of it."""
_OWN = (
    "count",
    *(f"decayed_{scale:g}d" for scale in SCALES),
    *(f"count_{days}d" for days in WINDOWS),
    "months",
    "mean_gap",
    "last_gap",
    "gap_deviation",
    "days_since_last",
    "days_since_first",
    "trips_since_last",
    "trips_since_first",
    "units",
    "price",
    "trip_share",
    "overdue",
    "trips_overdue",
    "expected",
    "share",
    "place",
)
_GROUP = tuple(
    name
    for name in _OWN
    if name not in ("gap_deviation", "days_since_first", "units", "trips_since_first", "price")
)
_COUNTS = ("count", "decayed_", "months", "trip_share", "expected", "share")
"""Beginnings of the columns that are 0, and not unknown, where nothing was bought."""
_ITEM = tuple(f"item_{name}" for name in ItemStatistics.__dataclass_fields__)
_CUSTOMER = tuple(f"customer_{name}" for name in CustomerStatistics.__dataclass_fields__)
_RELATIVE = (
    "share_of_group",
    "share_of_wide",
    "item_share_of_group",
    "price_to_usual",
    "overdue_by_item",
    "group_new",
)
SNAPSHOT_FEATURES = (
    *_OWN,
    *(f"group_{name}" for name in _GROUP),
    *(f"wide_{name}" for name in _GROUP),
    *_ITEM,
    *_CUSTOMER,
    *_RELATIVE,
)
"""Columns of `rows`, in order: of the pair, of the item's groups with the customer, of the item, of the customer."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What is known at a cutoff.

    Attributes:
        cutoff: with a time zone; nothing from then on is in here.
        purchases: what was known before it.
        own: history of customers with items.
        group: history of customers with the narrower groups of items.
        wide: history of customers with the wider groups.
        items: statistics of every item.
        customers: statistics of every customer.
        eligible: (items,) whether an item may be recommended.
    """

    cutoff: datetime
    purchases: Purchases
    own: PairHistory
    group: PairHistory
    wide: PairHistory
    items: ItemStatistics
    customers: CustomerStatistics
    eligible: Mask

    @classmethod
    def at(cls, purchases: Purchases, cutoff: datetime, *, least: int = LEAST_PURCHASES) -> Snapshot:
        """What is known of purchases before an instant; later ones change nothing.

        Args:
            purchases: of any time.
            cutoff: with a time zone.
            least: purchases that make an item eligible.
        """
        before, items = purchases.before(cutoff), purchases.items
        own = pair_history(before, before.item, len(items), cutoff)
        statistics = item_statistics(before, own, cutoff)
        return cls(
            cutoff=cutoff,
            purchases=before,
            own=own,
            group=pair_history(before, items.group[before.item], len(items.groups), cutoff),
            wide=pair_history(before, items.wide[before.item], len(items.wides), cutoff),
            items=statistics,
            customers=customer_statistics(before, own, cutoff),
            eligible=statistics.count >= least,
        )

    def rows(self, customer: Ints, item: Ints) -> NDArray[np.float32]:
        """Features of pairs, (pairs, SNAPSHOT_FEATURES), NaN where there is nothing to say.

        Args:
            customer: (pairs,) places of customers.
            item: (pairs,) places of items.
        """
        items = self.purchases.items
        group, wide = items.group[item], items.wide[item]
        own = self._of_pairs("own", self.own.find(customer, item), _OWN)
        narrow = self._of_pairs("group", self.group.find(customer, group), _GROUP)
        wider = self._of_pairs("wide", self.wide.find(customer, wide), _GROUP)
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = self._relative(own, narrow, wider, customer, item)
        table = np.empty((len(item), len(SNAPSHOT_FEATURES)), np.float32)
        column = 0
        for block in (own, narrow, wider):
            for values in block.values():
                table[:, column] = values
                column += 1
        for whole, place in ((self.items.table, item), (self.customers.table, customer)):
            table[:, column : column + whole.shape[1]] = whole[place]
            column += whole.shape[1]
        for values in relative.values():
            table[:, column] = values
            column += 1
        table[np.isinf(table)] = np.nan
        return table

    def _relative(
        self,
        own: Mapping[str, Floats],
        narrow: Mapping[str, Floats],
        wider: Mapping[str, Floats],
        customer: Ints,
        item: Ints,
    ) -> dict[str, Floats]:
        """One thing held against another, columns of _RELATIVE."""
        group = self.purchases.items.group
        return {
            "share_of_group": own["decayed_60d"] / narrow["decayed_60d"],
            "share_of_wide": own["decayed_60d"] / wider["decayed_60d"],
            "item_share_of_group": _share(self.items.decayed, group)[item],
            "price_to_usual": self.items.price[item] / self._paid(customer, group[item]),
            "overdue_by_item": own["days_since_last"] / self.items.usual_gap[item],
            "group_new": (narrow["count"] == 0).astype(float),
        }

    def _paid(self, customer: Ints, group: Ints) -> Floats:
        """What the customer usually pays for a unit of the group, minor units, NaN where nothing was bought."""
        return _taken(self.group.price, self.group.find(customer, group), np.nan)

    def _of_pairs(self, history: str, at: Ints, names: tuple[str, ...]) -> Mapping[str, Floats]:
        """Columns of rows of a history; where `at` is -1, what counts is 0 and the rest is NaN."""
        columns = self._derived[history]
        return {
            name: _taken(columns[name], at, 0.0 if name.startswith(_COUNTS) else np.nan) for name in names
        }

    @cached_property
    def _derived(self) -> dict[str, dict[str, Floats]]:
        """Everything that is said of the pairs of each history, (pairs,) each."""
        histories = {"own": self.own, "group": self.group, "wide": self.wide}
        return {name: _derive(history, self.customers) for name, history in histories.items()}


def _derive(history: PairHistory, customers: CustomerStatistics) -> dict[str, Floats]:
    """Attributes of a history by name, and what follows from them."""
    plain: dict[str, Floats] = {
        name: getattr(history, name)
        for name in PairHistory.__dataclass_fields__
        if name not in ("things", "decayed", "within")
    }
    plain |= {f"decayed_{scale}d": history.faded(scale) for scale in SCALES}
    plain |= {f"count_{days}d": history.lately(days) for days in WINDOWS}
    with np.errstate(divide="ignore", invalid="ignore"):
        plain["trip_share"] = history.count / history.trips_since_first
        plain["overdue"] = history.days_since_last / history.mean_gap
        plain["trips_overdue"] = history.trips_since_last * plain["trip_share"]
        plain["expected"] = plain["trip_share"] * customers.decayed[history.customer]
    faded = history.faded(180)
    everything = np.bincount(history.customer, faded, minlength=len(customers.trips))
    plain["share"] = faded / everything[history.customer]
    plain["place"] = _places(history.customer, faded)
    return plain


def _places(customer: Ints, score: Floats) -> Floats:
    """Place of each pair among those of its customer, ordered by customer, from 1 for the highest score."""
    order = np.lexsort((-score, customer))
    start = np.searchsorted(customer, customer)
    found = np.empty(len(score))
    found[order] = np.arange(len(score)) - start + 1
    return found


def _taken(values: Floats, at: Ints, absent: float) -> Floats:
    return np.append(values, absent)[at]


def _share(sold: Floats, group: Ints) -> Floats:
    """Each item's part of what its group sold; NaN where it has no group."""
    named = group >= 0
    total = np.bincount(group[named], sold[named], minlength=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(named, sold / total[group], np.nan)
