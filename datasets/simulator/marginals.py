"""How plausible a shop is: what can be compared between any two sets of order lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.99)
DISTRIBUTIONS = {
    "gap_days": "days between orders",
    "lines": "lines of an order",
    "order_value": "value of an order / its median",
    "orders": "orders of a customer in a year",
}
"""What is compared value by value, with what it is called."""
SHARES = {
    "top_fifth": "spend of the top fifth",
    "gini": "Gini of spend",
    "promoted": "lines below list price",
    "discount": "discount of list amount",
    "guests": "lines of guests",
    "returns": "returned lines",
}
SEASONS = {"weekdays": "days of the week", "months": "months of the year"}

_MONDAY = 3  # of 1970-01-01, a Thursday
_ORDERS = """
    CREATE TEMP TABLE orders AS
    SELECT customer_id, order_id, min(ordered_at)::DATE AS day, count(*)::DOUBLE AS lines,
           sum(amount)::DOUBLE AS value
    FROM lines WHERE amount > 0 AND customer_id IS NOT NULL GROUP BY customer_id, order_id
"""
_GAPS = """
    SELECT (day - lag(day) OVER (PARTITION BY customer_id ORDER BY day))::DOUBLE AS gap
    FROM (SELECT DISTINCT customer_id, day FROM orders) QUALIFY gap IS NOT NULL
"""
_PEOPLE = "SELECT sum(value) AS spend, count(*)::DOUBLE AS orders FROM orders GROUP BY customer_id"
_SHARES = """
    SELECT avg((amount < list_amount)::INT) FILTER (amount > 0 AND list_amount IS NOT NULL),
           1 - sum(amount) FILTER (amount > 0 AND list_amount > 0) / sum(list_amount) FILTER (amount > 0),
           avg((customer_id IS NULL)::INT) FILTER (amount > 0),
           avg((amount < 0)::INT)
    FROM lines
"""


@dataclass(frozen=True)
class Marginals:
    """One set of order lines, told in what any other set has as well; orders are those of known customers.

    Attributes:
        gap_days: (gaps,) days between a customer's days with an order.
        lines: (orders,) lines of an order.
        order_value: (orders,) net amount of an order as a multiple of the median, so that currencies compare.
        median_value: that median, in the set's own currency.
        orders: (customers,) orders of a customer, for a year of the set.
        spend: (customers,) net amount of a customer, lowest first.
        promoted: share of sold lines below their list price; None where there are no list prices.
        discount: share of the list amount given away; None as before.
        guests: share of sold lines without a customer.
        returns: share of lines that are returns.
        weekdays: (7,) share of orders from Monday to Sunday.
        months: (12,) orders of a day in each calendar month, as a multiple of the mean day; NaN where there is none.
    """

    gap_days: Floats
    lines: Floats
    order_value: Floats
    median_value: float
    orders: Floats
    spend: Floats
    promoted: float | None
    discount: float | None
    guests: float
    returns: float
    weekdays: Floats
    months: Floats

    @property
    def top_fifth(self) -> float:
        """Share of spend of the fifth that spends most."""
        return float(self.spend[-max(1, round(len(self.spend) / 5)) :].sum() / self.spend.sum())

    @property
    def gini(self) -> float:
        """Gini coefficient of spend: 0 where all spend alike, near 1 where one spends all."""
        place = np.arange(1, len(self.spend) + 1)
        return float(
            2 * (place @ self.spend) / (len(place) * self.spend.sum()) - (len(place) + 1) / len(place)
        )

    def quantiles(self, name: str) -> tuple[float, ...]:
        """A distribution of DISTRIBUTIONS at QUANTILES."""
        return tuple(np.quantile(getattr(self, name), QUANTILES).round(2).tolist())


def measure(order_lines: Path) -> Marginals:
    """Measure a Parquet file of order lines in the contract's column names.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it holds no known customer with two orders.
    """
    if not order_lines.is_file():
        raise FileNotFoundError(f"no order lines at {order_lines}; write a shop with simulate() first")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        relation = connection.read_parquet(str(order_lines))
        listed = "" if "list_amount" in relation.columns else ", NULL::DOUBLE AS list_amount"
        relation.project(f"*{listed}").create_view("lines")
        connection.execute(_ORDERS)
        gaps = _column(connection, _GAPS, "gap")
        if not len(gaps):
            raise ValueError(f"{order_lines} holds no customer with two orders; nothing can be compared")
        return _marginals(connection, gaps)


def _marginals(connection: duckdb.DuckDBPyConnection, gaps: Floats) -> Marginals:
    lines, value, day = (
        _column(connection, "SELECT * FROM orders", name) for name in ("lines", "value", "day")
    )
    spend, orders = (_column(connection, _PEOPLE, name) for name in ("spend", "orders"))
    promoted, discount, guests, returns = connection.execute(_SHARES).fetchall()[0]
    days = day.astype("datetime64[D]")
    median = float(np.median(value))
    return Marginals(
        gap_days=gaps,
        lines=lines,
        order_value=value / median,
        median_value=median,
        orders=orders * 365.25 / len(np.arange(days.min(), days.max() + 1)),
        spend=np.sort(spend),
        promoted=promoted,
        discount=discount,
        guests=guests,
        returns=returns,
        weekdays=weekdays(days),
        months=months(days),
    )


def _column(connection: duckdb.DuckDBPyConnection, query: str, name: str) -> NDArray[Any]:
    found: NDArray[Any] = np.ma.getdata(connection.execute(query).fetchnumpy()[name])
    return found


def weekdays(days: NDArray[np.datetime64]) -> Floats:
    """Share (7,) of days that are a Monday, ..., a Sunday."""
    count = np.bincount((days.astype(np.int64) + _MONDAY) % 7, minlength=7)
    return count / len(days)


def months(days: NDArray[np.datetime64]) -> Floats:
    """How often (12,) a day of each calendar month occurs, as a multiple of the mean day between first and last."""
    every = np.arange(days.min(), days.max() + 1)
    seen, there = (
        np.bincount(one.astype("datetime64[M]").astype(int) % 12, minlength=12) for one in (days, every)
    )
    rate = np.divide(seen, there, out=np.full(12, np.nan), where=there > 0)
    return np.asarray(rate * len(every) / len(days))


def distance(one: Floats, other: Floats) -> float:
    """The greatest distance, in [0, 1], of two cumulative distributions (Kolmogorov and Smirnov)."""
    one, other = np.sort(one), np.sort(other)
    at = np.concatenate([one, other])
    below = (np.searchsorted(values, at, side="right") / len(values) for values in (one, other))
    return float(np.abs(np.subtract(*below)).max())


def seasons_apart(one: Floats, other: Floats) -> float:
    """Share, in [0, 1], of orders that would have to move for two seasons to be alike (total variation distance).

    Months in which one of the sets has no day are left out.
    """
    both = ~(np.isnan(one) | np.isnan(other))
    return float(np.abs(one[both] / one[both].sum() - other[both] / other[both].sum()).sum() / 2)
