"""What an item is like at a cutoff, whoever is asked about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from features.pairs.history import PairHistory
from features.pairs.purchases import DAY_US, Floats, Ints, Purchases, micros

RETURN_DAYS = 28


@dataclass(frozen=True, eq=False)
class ItemStatistics:
    """One row for each item of the assortment, bought before the cutoff or not; shape (items,) each.

    Attributes:
        count: purchases, an order counts once.
        customers: who bought it.
        decayed: purchases weighted with exp(-age / 60 days).
        lately: purchases in the last 28 days.
        fortnight: purchases in the last 14 days.
        trend: share of the purchases of the last 84 days that lie in the last 28, drawn towards a third.
        repeat_rate: share of its customers with a second purchase, drawn towards that of all items.
        return_rate: of those who bought it from 56 to 28 days before the cutoff, the share who did again since; drawn
            towards that of all items.
        usual_gap: days between a customer's purchases, mean over customers with two; NaN where there are none.
        price: paid a unit, mean over its customers, minor units; NaN where it was never bought.
        age: days since its first purchase; NaN where there is none.
    """

    count: Floats
    customers: Floats
    decayed: Floats
    lately: Floats
    fortnight: Floats
    trend: Floats
    repeat_rate: Floats
    return_rate: Floats
    usual_gap: Floats
    price: Floats
    age: Floats

    @property
    def table(self) -> Floats:
        """All of them as columns, in the order of the attributes, (items, attributes)."""
        return np.stack([getattr(self, name) for name in ItemStatistics.__dataclass_fields__], axis=1)


_PRIOR = 20.0
"""Customers that the mean of all items weighs as, in a rate of one item."""


def item_statistics(purchases: Purchases, history: PairHistory, cutoff: datetime) -> ItemStatistics:
    """Statistics of every item.

    Args:
        purchases: what was known before the cutoff.
        history: of the same purchases, with items as things.
        cutoff: with a time zone.
    """
    items, thing = history.things, history.thing

    def total(values: Floats) -> Floats:
        return np.bincount(thing, values, minlength=items).astype(np.float64)

    def mean(values: Floats) -> Floats:
        known = ~np.isnan(values)
        with np.errstate(invalid="ignore", divide="ignore"):
            return total(np.where(known, values, 0.0)) / total(known.astype(float))

    customers = total(np.ones(len(history)))
    lately, quarter = total(history.lately(RETURN_DAYS)), total(history.lately(3 * RETURN_DAYS))
    first = np.full(items, np.nan)
    np.fmax.at(first, thing, history.days_since_first)
    before, again = _returns(purchases, cutoff)
    return ItemStatistics(
        count=total(history.count),
        customers=customers,
        decayed=total(history.faded(60)),
        lately=lately,
        fortnight=total(history.lately(14)),
        trend=(lately + _PRIOR / 3) / (quarter + _PRIOR),
        repeat_rate=_drawn(total((history.count > 1).astype(float)), customers),
        return_rate=_drawn(again, before),
        usual_gap=mean(history.mean_gap),
        price=mean(history.price),
        age=first,
    )


def _drawn(part: Floats, whole: Floats) -> Floats:
    """Shares, drawn towards the share of all items together."""
    overall = part.sum() / max(whole.sum(), 1.0)
    return np.asarray((part + _PRIOR * overall) / (whole + _PRIOR))


def _returns(purchases: Purchases, cutoff: datetime) -> tuple[Floats, Floats]:
    """Customers of each item from 56 to 28 days before the cutoff, and those of them who bought it again since."""
    items = len(purchases.items)
    age = (micros(cutoff) - purchases.at) / DAY_US
    pair = purchases.pair
    lately = np.unique(pair[age <= RETURN_DAYS])
    before = np.unique(pair[(age > RETURN_DAYS) & (age <= 2 * RETURN_DAYS)])
    again = before[np.isin(before, lately, assume_unique=True)]
    return _by_item(before, items), _by_item(again, items)


def _by_item(pairs: Ints, items: int) -> Floats:
    found: Floats = np.bincount(pairs % items, minlength=items).astype(np.float64)
    return found
