"""What a customer has done with a thing up to a cutoff: an item, its type, its category.

Everything is counted in trips, the orders of a customer: a thing counts once for each order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from features.pairs.purchases import DAY_US, Floats, Ints, Mask, Purchases, micros

SCALES = (20, 60, 180, 360)
"""Days in which the weight of a purchase falls to 1/e, in `decayed`."""
WINDOWS = (14, 28, 84, 168)
"""Days before the cutoff in which purchases are counted on their own."""
MONTH_DAYS = 28


@dataclass(frozen=True, eq=False)
class PairHistory:
    """One row for each customer and thing with a purchase before the cutoff, ascending by both.

    Attributes:
        things: how many things there are, with or without a purchase.
        customer: (pairs,) place of the customer.
        thing: (pairs,) place of the thing.
        count: (pairs,) trips with it.
        decayed: (pairs, len(SCALES)) trips weighted with exp(-age / scale).
        within: (pairs, len(WINDOWS)) trips in the last days.
        months: (pairs,) periods of 28 days before the cutoff in which it was bought.
        mean_gap: (pairs,) days between purchases, NaN after a single one.
        last_gap: (pairs,) days between the last two purchases, NaN after a single one.
        gap_deviation: (pairs,) their standard deviation, NaN with fewer than two gaps.
        days_since_last: (pairs,) days from the last purchase to the cutoff.
        days_since_first: (pairs,) days from the first purchase to the cutoff.
        trips_since_last: (pairs,) trips of the customer after the last with it.
        trips_since_first: (pairs,) trips of the customer from the first with it on, that one included.
        units: (pairs,) units a trip.
        price: (pairs,) paid a unit, minor units.
    """

    things: int
    customer: Ints
    thing: Ints
    count: Floats
    decayed: Floats
    within: Floats
    months: Floats
    mean_gap: Floats
    last_gap: Floats
    gap_deviation: Floats
    days_since_last: Floats
    days_since_first: Floats
    trips_since_last: Floats
    trips_since_first: Floats
    units: Floats
    price: Floats

    def __len__(self) -> int:
        return len(self.customer)

    def faded(self, scale: int) -> Floats:
        """Trips weighted with exp(-age / scale), (pairs,); the scale is one of SCALES."""
        return np.asarray(self.decayed[:, SCALES.index(scale)])

    def lately(self, days: int) -> Floats:
        """Trips in the last days, (pairs,); the days are one of WINDOWS."""
        return np.asarray(self.within[:, WINDOWS.index(days)])

    def find(self, customer: Ints, thing: Ints) -> Ints:
        """The row of each customer and thing, -1 where there was no purchase; shape as given."""
        own = self.customer * self.things + self.thing
        asked = customer * self.things + thing
        if not len(own):
            return np.full(len(asked), -1)
        at = np.minimum(np.searchsorted(own, asked), len(own) - 1)
        return np.where((own[at] == asked) & (thing >= 0), at, -1)


def pair_history(purchases: Purchases, thing: Ints, things: int, cutoff: datetime) -> PairHistory:
    """History of every customer with every thing, from purchases that all lie before the cutoff.

    Args:
        purchases: what was known before the cutoff.
        thing: (rows,) place of the thing of each purchase; below 0 is none, and the row counts as a trip only.
        things: how many things there are.
        cutoff: with a time zone.

    Raises:
        ValueError: a purchase lies at or after the cutoff.
    """
    end = micros(cutoff)
    if len(purchases) and purchases.known.max() >= end:
        raise ValueError(f"purchases known at or after the cutoff {cutoff} were given; leave them out")
    trip, trips = trip_numbers(purchases)
    named = thing >= 0
    key = (purchases.customer * things + thing)[named]
    order = np.lexsort((purchases.order[named], key))  # purchases are in the order of time already
    rows = np.flatnonzero(named)[order]
    key = key[order]
    fresh = _changes(key, purchases.order[rows])
    start = np.flatnonzero(_changes(key))
    pair = np.cumsum(_changes(key)) - 1
    age = (end - purchases.at[rows]) / DAY_US

    def total(values: Floats) -> Floats:
        """Sum over the rows of each pair."""
        return np.bincount(pair, values, minlength=len(start)).astype(np.float64)

    count = total(fresh.astype(float))
    last = np.append(start[1:], len(key))[: len(start)] - 1
    customer = purchases.customer[rows][start]
    paid, units = total(purchases.amount[rows]), total(purchases.quantity[rows])
    month_changes = _changes(key, (age // MONTH_DAYS).astype(np.int64))
    gap = np.where(_changes(key), 0.0, -np.diff(age, prepend=age[:1]))
    gaps = np.where(count > 1, count - 1, np.nan)
    mean_gap = total(gap) / gaps
    fresh_rows = np.flatnonzero(fresh)
    last_gap = np.full(len(start), np.nan)
    last_gap[pair[fresh_rows]] = gap[fresh_rows]  # the last one written stays
    variance = total(gap * gap) / gaps - mean_gap**2
    return PairHistory(
        things=things,
        customer=customer,
        thing=key[start] - customer * things,
        count=count,
        decayed=np.stack([total(np.exp(-age / scale) * fresh) for scale in SCALES], axis=1),
        within=np.stack([total((age <= days) * fresh.astype(float)) for days in WINDOWS], axis=1),
        months=total(month_changes.astype(float)),
        mean_gap=mean_gap,
        last_gap=np.where(count > 1, last_gap, np.nan),
        gap_deviation=np.where(count > 2, np.sqrt(np.maximum(variance, 0.0)), np.nan),
        days_since_last=age[last],
        days_since_first=age[start],
        trips_since_last=(trips[customer] - 1 - trip[rows][last]).astype(float),
        trips_since_first=(trips[customer] - trip[rows][start]).astype(float),
        units=units / np.maximum(count, 1),
        price=paid / np.maximum(units, 1e-9),
    )


def trip_numbers(purchases: Purchases) -> tuple[Ints, Ints]:
    """The number of each row's order among its customer's, from 0, (rows,); how many there are, (customers,)."""
    new_order, new_customer = _changes(purchases.order), _changes(purchases.customer)
    running = np.cumsum(new_order) - 1
    trip = running - running[new_customer][np.cumsum(new_customer) - 1] if len(running) else running
    counts = np.bincount(purchases.customer[new_order], minlength=len(purchases.customer_ids))
    return trip, counts.astype(np.int64)


def _changes(*keys: Ints) -> Mask:
    """Whether a row differs from the one before in any key; the first always does."""
    found = np.zeros(len(keys[0]), bool)
    if len(found):
        found[0] = True
        for key in keys:
            found[1:] |= key[1:] != key[:-1]
    return found
