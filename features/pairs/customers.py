"""How a customer shops at a cutoff, whatever item is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from features.pairs.history import PairHistory, trip_numbers
from features.pairs.purchases import DAY_US, Floats, Purchases, micros

LATELY_DAYS, QUARTER_DAYS = 28, 84


@dataclass(frozen=True, eq=False)
class CustomerStatistics:
    """One row for each customer, with a purchase before the cutoff or not; shape (customers,) each.

    Attributes:
        trips: orders.
        lately: orders in the last 28 days.
        quarter: orders in the last 84 days.
        decayed: orders weighted with exp(-age / 60 days).
        days_since_last: days since the last order; NaN where there is none.
        items: different items bought.
        items_per_trip: items of an order, on average; NaN where there is none.
        new_share: of the items bought in the last 84 days, the share never bought before; NaN where there are none.
        repeat_share: of the items ever bought, the share bought twice; NaN where there are none.
        tenure: days since the first order; NaN where there is none.
    """

    trips: Floats
    lately: Floats
    quarter: Floats
    decayed: Floats
    days_since_last: Floats
    items: Floats
    items_per_trip: Floats
    new_share: Floats
    repeat_share: Floats
    tenure: Floats

    @property
    def table(self) -> Floats:
        """All of them as columns, in the order of the attributes, (customers, attributes)."""
        return np.stack([getattr(self, name) for name in CustomerStatistics.__dataclass_fields__], axis=1)


def customer_statistics(purchases: Purchases, history: PairHistory, cutoff: datetime) -> CustomerStatistics:
    """Statistics of every customer.

    Args:
        purchases: what was known before the cutoff.
        history: of the same purchases, with items as things.
        cutoff: with a time zone.
    """
    customers = len(purchases.customer_ids)
    _, trips = trip_numbers(purchases)
    first_of_order = np.flatnonzero(np.diff(purchases.order, prepend=-1))
    who = purchases.customer[first_of_order]
    age = (micros(cutoff) - purchases.at[first_of_order]) / DAY_US

    def orders(weights: Floats) -> Floats:
        return np.bincount(who, weights, minlength=customers).astype(np.float64)

    def pairs(weights: Floats) -> Floats:
        return np.bincount(history.customer, weights, minlength=customers).astype(np.float64)

    last, tenure = np.full(customers, np.nan), np.full(customers, np.nan)
    np.fmin.at(last, who, age)
    np.fmax.at(tenure, who, age)
    active, items = (
        pairs((history.days_since_last <= QUARTER_DAYS).astype(float)),
        pairs(np.ones(len(history))),
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return CustomerStatistics(
            trips=trips.astype(float),
            lately=orders((age <= LATELY_DAYS).astype(float)),
            quarter=orders((age <= QUARTER_DAYS).astype(float)),
            decayed=orders(np.exp(-age / 60)),
            days_since_last=last,
            items=items,
            items_per_trip=pairs(history.count) / trips,
            new_share=pairs((history.days_since_first <= QUARTER_DAYS).astype(float)) / active,
            repeat_share=pairs((history.count > 1).astype(float)) / items,
            tenure=tenure,
        )
