"""Features of the customers table. Each docstring is the feature's entry in the dictionary.

A row holds from its `valid_from`. What can change is only used where its history is kept, or where
`[features] allow_without_history` names it: yesterday's tier is not known from a table that holds today's.
"""

from __future__ import annotations

import numpy as np

from features.kernel.columns import NEVER, Floats, Int
from features.kernel.declare import Catalogue
from features.kernel.rows import Rows
from features.kernel.stream import Source, Stream
from features.kernel.windows import Window

NAN = float("nan")
CHANGING = ("tier", "membership", "programme", "country", "language")
"""Columns that a retailer updates in place unless history is kept."""
CUSTOMERS = Stream("customers", (Source("customers", "valid_from", (), from_ever=True),))
CATALOGUE = Catalogue(CUSTOMERS)
measure, feature = CATALOGUE.measure, CATALOGUE.feature


@measure("joined_at")
def joined_time(rows: Rows) -> Int:
    """Instant at which the customer joined, or will; NEVER where it is not known."""
    return rows.instant("joined_at")


@measure("birth_month")
def month_of_birth(rows: Rows) -> Int:
    """Month of birth, 1 to 12; NEVER where it is not known."""
    month = rows.number("birth_month")
    return np.where((month >= 1) & (month <= 12), month, NEVER)


@measure("referred_by")
def was_recommended(rows: Rows) -> Int:
    """1 where the customer was brought by another."""
    return rows.filled("referred_by").astype(np.int64)


@feature(unit="days", when_empty=NAN, driver="tenure")
def days_since_joined(w: Window) -> Floats:
    """Days from joining (`joined_at` of `customers`) to the cutoff; empty for who joins at the cutoff or later."""
    since = w.days_since("joined_time")
    return np.where(since > 0, since, NAN)


@feature(unit="months", when_empty=NAN, driver="profile")
def months_to_birthday(w: Window) -> Floats:
    """Months from that of the cutoff to that of the birthday, 0 to 11."""
    return np.mod(w.last("month_of_birth") - w.month(), 12)


@feature(unit="flag", when_empty=NAN, driver="profile")
def is_recommended(w: Window) -> Floats:
    """1 for a customer who was brought by another."""
    return w.last("was_recommended")


def _declare_changing(column: str) -> None:
    allowed = f"valid_from or settings.features.allow_without_history.{column}"

    def value(rows: Rows) -> Int:
        return rows.key(column)

    value.__name__ = f"{column}_of_now"
    measure(column, allowed)(value)

    def key(w: Window) -> Floats:
        return w.last(f"{column}_of_now")

    key.__name__ = f"{column}_key"
    key.__doc__ = f"The customer's {column} as a number that stands for its text, 0 to 65535."
    feature(unit="key", when_empty=NAN, driver="profile")(key)


for _column in CHANGING:
    _declare_changing(_column)
