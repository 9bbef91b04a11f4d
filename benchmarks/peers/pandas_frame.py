"""Order-line features by pandas and numpy, in memory.

Text becomes integer codes when it is read. Every line carries `place`, the position of its instant between the
window edges: 0 before the longest window, 7 inside the shortest. Whatever is counted is summed once for each
(customer, place), a table of eight columns, and running sums from its right end give all windows at once. A distinct
thing is counted where it was last bought.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

Int = NDArray[np.int64]
Values = NDArray[np.float64]
Flags = NDArray[np.bool_]

WINDOWS = (30, 90, 365)
ALL_WINDOWS = (365, 90, 60, 30, 28, 14, 7)
PLACES = len(ALL_WINDOWS) + 1
DAY_US = 86_400_000_000

CATEGORIES = ["customer_id", "line_id", "product_id", "store_id", "channel"]
NUMBERS = ["amount", "list_amount", "quantity", "coupon_amount", "points_redeemed"]


def build(tables: Path, cutoff: datetime, out: Path) -> None:
    """Write the features of every customer with a line visible before the cutoff."""
    lines = visible_lines(tables, cutoff)
    products = pd.read_parquet(tables / "products.parquet").set_index("product_id")
    products = products.reindex(lines["product_id"].cat.categories)
    ids = lines["customer_id"].cat.categories
    windows = Windows(len(ids))
    orders = sold_orders(lines)
    sums = line_sums(lines, products, windows) | order_sums(orders, windows)
    sums |= product_counts(lines, products, windows) | place_counts(lines, windows)
    times = history(orders, len(ids), _microseconds(cutoff))
    features = dict(all_features(sums, times))
    seen = np.bincount(lines["customer"], minlength=len(ids)) > 0
    frame = pd.DataFrame({name: values.astype(np.float32) for name, values in features.items()})
    frame.insert(0, "customer_id", ids)
    frame[seen].to_parquet(out, index=False)


class Windows:
    """Sums over all windows at once, for `customers` customers."""

    def __init__(self, customers: int) -> None:
        self.customers = customers

    def sums(self, frame: pd.DataFrame, customer: Int, place: Int) -> dict[str, Int]:
        """Sums of every column, each of shape (customers, PLACES): see `window`."""
        cells = frame.groupby(customer * PLACES + place, sort=False).sum()
        cells = cells.reindex(np.arange(self.customers * PLACES), fill_value=0)
        return {name: self._running(cells[name].to_numpy(np.int64)) for name in cells}

    def counts(self, customer: Int, place: Int) -> Int:
        """Numbers of rows, shape (customers, PLACES)."""
        return self._running(np.bincount(customer * PLACES + place, minlength=self.customers * PLACES))

    def maxima(self, values: pd.Series, customer: Int, place: Int) -> Int:
        """Largest values, shape (customers, PLACES); 0 where there is none."""
        cells = values.groupby(customer * PLACES + place, sort=False).max()
        table = cells.reindex(np.arange(self.customers * PLACES), fill_value=0).to_numpy(np.int64)
        recent_first = table.reshape(-1, PLACES)[:, ::-1]
        return np.maximum.accumulate(recent_first, axis=1)[:, ::-1]

    @staticmethod
    def _running(cells: Int) -> Int:
        recent_first = cells.reshape(-1, PLACES)[:, ::-1]
        return np.cumsum(recent_first, axis=1)[:, ::-1]


def window(table: Int, days: int) -> Values:
    """The column of a table of `Windows` that belongs to a window; 0 days is all history."""
    place = ALL_WINDOWS.index(days) + 1 if days else 0
    column: Values = table[:, place].astype(np.float64)
    return column


def visible_lines(tables: Path, cutoff: datetime) -> pd.DataFrame:
    """Lines known before the cutoff, with `customer`, `time`, `place` and `sold`."""
    ingested = pc.field("ingested_at")
    lines = pd.read_parquet(
        tables / "order_lines.parquet",
        columns=[*CATEGORIES, "order_id", "ordered_at", *NUMBERS],
        filters=pc.field("customer_id").is_valid()
        & (pc.field("ordered_at") < cutoff)
        & (ingested.is_null() | (ingested < cutoff)),
        read_dictionary=CATEGORIES,
        to_pandas_kwargs={"split_blocks": True, "self_destruct": True},
    )
    lines["customer"] = _codes(lines["customer_id"])
    lines["time"] = lines.pop("ordered_at").dt.as_unit("us").astype(np.int64)
    edges = [_microseconds(cutoff - timedelta(days=days)) for days in ALL_WINDOWS]
    lines["place"] = np.searchsorted(np.array(edges), lines["time"], side="right").astype(np.int8)
    lines["sold"] = lines["amount"] > 0
    return lines


def _microseconds(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _codes(column: pd.Series) -> Int:
    codes: Int = column.cat.codes.to_numpy(np.int64)
    return codes


def line_sums(lines: pd.DataFrame, products: pd.DataFrame, windows: Windows) -> dict[str, Int]:
    """Sums of lines."""
    recent = lines[lines["place"] > 0]
    sold, amount = recent["sold"].to_numpy(), recent["amount"].to_numpy()
    listed = np.maximum(amount, recent["list_amount"].fillna(recent["amount"]).to_numpy(np.int64))
    coupon = recent["coupon_amount"].fillna(0).clip(lower=0).to_numpy(np.int64)
    points = _rounded(recent["points_redeemed"].fillna(0).clip(0, 1e15))
    own = np.append(products["is_private_label"].eq(True).to_numpy(bool), False)  # -1 is no product
    measures = {
        "lines": sold,
        "spend": amount,
        "sales": np.maximum(amount, 0),
        "returned_lines": amount < 0,
        "returned": np.maximum(-amount, 0),
        "listed": listed * sold,
        "discounted_lines": sold & (listed > amount),
        "full_price_sales": amount * (sold & (listed == amount)),
        "milli_units": _rounded(recent["quantity"].abs().fillna(1).clip(upper=1e12) * 1000) * sold,
        "coupon": coupon * sold,
        "coupon_lines": sold & (coupon > 0),
        "points": points,
        "points_lines": sold & (points > 0),
        "private_label_lines": sold & own[_codes(recent["product_id"])],
    }
    return windows.sums(pd.DataFrame(measures), recent["customer"].to_numpy(), recent["place"].to_numpy())


def _rounded(values: pd.Series) -> Int:
    """Non-negative numbers to the nearest integer, halves upwards."""
    rounded: Int = np.floor(values.to_numpy() + 0.5).astype(np.int64)
    return rounded


def sold_orders(lines: pd.DataFrame) -> pd.DataFrame:
    """Orders of each customer in the order of their start, with the store and channel of their first line."""
    sold = lines.loc[
        lines["sold"], ["customer", "order_id", "line_id", "time", "place", "amount", "store_id", "channel"]
    ]
    names, ids = pd.factorize(sold["order_id"])
    order, _ = pd.factorize(sold["customer"].to_numpy() * len(ids) + names)
    by_order = sold.groupby(order)
    orders = pd.DataFrame(
        {
            "started_at": by_order["time"].min(),
            "first_place": by_order["place"].min(),
            "last_place": by_order["place"].max(),
            "value": by_order["amount"].sum(),
        }
    )
    first = _first_lines(sold, order, orders["started_at"].to_numpy())
    for column in ("store_id", "channel"):
        orders[column] = _codes(sold[column])[first]
    orders["customer"] = sold["customer"].to_numpy()[first]
    orders["tie"] = _ties(orders, ids, names[first])
    return orders.sort_values(["customer", "started_at", "tie"], ignore_index=True)


def _first_lines(sold: pd.DataFrame, order: Int, started_at: Int) -> Int:
    """The row of each order's first line: the earliest, of those of one instant the first by its text id."""
    rows = np.flatnonzero(sold["time"].to_numpy() == started_at[order])
    texts = sold["line_id"].cat.categories
    rank = np.empty(len(texts), np.int64)
    rank[texts.argsort()] = np.arange(len(texts))
    ranks = rank[_codes(sold["line_id"])[rows]]
    smallest = np.full(len(started_at), len(texts))
    np.minimum.at(smallest, order[rows], ranks)
    rows = rows[ranks == smallest[order[rows]]]
    first = np.empty(len(started_at), np.int64)
    first[order[rows]] = rows
    return first


def _ties(orders: pd.DataFrame, ids: pd.Index, names: Int) -> Values:
    """Rank by text id of the orders that a customer started at one instant; 0 for all others."""
    tied = orders.duplicated(["customer", "started_at"], keep=False).to_numpy()
    ties = np.zeros(len(orders))
    ties[tied] = pd.Series(ids[names[tied]]).rank().to_numpy()
    return ties


def order_sums(orders: pd.DataFrame, windows: Windows) -> dict[str, Int]:
    """Sums of orders, and the longest gap and the largest order."""
    customer, place = orders["customer"].to_numpy(), orders["first_place"].to_numpy()
    time = orders["started_at"].to_numpy()
    day, hour = time // DAY_US, time // (DAY_US // 24) % 24
    weekday = (day + 3) % 7
    gap = _gaps(customer, day)
    measures = {
        "orders": np.ones(len(orders), np.int64),
        "days": gap != 0,
        "gaps": gap > 0,
        "gap": np.maximum(gap, 0),
        "gap_squared": np.maximum(gap, 0) ** 2,
        "store_switches": _switches(customer, orders["store_id"].to_numpy()),
        "channel_switches": _switches(customer, orders["channel"].to_numpy()),
        "weekend_orders": weekday >= 5,
        "morning_orders": hour < 12,
        "evening_orders": hour >= 18,
        **{f"orders_{number}": weekday == number for number in range(7)},
    }
    return windows.sums(pd.DataFrame(measures), customer, place) | {
        "longest_gap": windows.maxima(pd.Series(np.maximum(gap, 0)), customer, place),
        "largest_order": windows.maxima(orders["value"], customer, orders["last_place"].to_numpy()),
    }


def _gaps(customer: Int, day: Int) -> Int:
    """Days from the order before: 0 on the same day, -1 at a customer's first."""
    gap = np.diff(day, prepend=0)
    gap[np.diff(customer, prepend=-1) != 0] = -1
    return gap


def _switches(customer: Int, code: Int) -> Flags:
    """Orders at another place than the customer's order before, both known."""
    switched = np.zeros(len(code), bool)
    same = customer[1:] == customer[:-1]
    switched[1:] = same & (code[1:] != code[:-1]) & (code[1:] >= 0) & (code[:-1] >= 0)
    return switched


def history(orders: pd.DataFrame, customers: int, cutoff: int) -> dict[str, Values]:
    """Days since the first and the last order, and the last gap, unknown where there is none."""
    times = orders.groupby("customer")["started_at"]
    gap = pd.Series(_gaps(orders["customer"].to_numpy(), orders["started_at"].to_numpy() // DAY_US))
    gaps = gap[gap > 0].groupby(orders["customer"])
    found = {
        "tenure": (cutoff - times.first()) / DAY_US,
        "recency": (cutoff - times.last()) / DAY_US,
        "last_gap": gaps.last(),
    }
    return {name: values.reindex(np.arange(customers)).to_numpy(float) for name, values in found.items()}


def product_counts(lines: pd.DataFrame, products: pd.DataFrame, windows: Windows) -> dict[str, Int]:
    """How many different products, types, categories and brands were bought."""
    sold = lines.loc[lines["sold"], ["customer", "product_id", "place"]]
    customer, product, last, first = _different(
        sold["customer"].to_numpy(), _codes(sold["product_id"]), sold["place"].to_numpy()
    )
    found = {"products": windows.counts(customer, last), "new_products": windows.counts(customer, first)}
    recent = last > 0
    customer, product, last = customer[recent], product[recent], last[recent]
    kinds = {
        "product_type": products["subcategory"].fillna(products["category"]),
        "category": products["category"],
        "brand": products["brand"],
    }
    for name, of_product in kinds.items():
        code, _ = pd.factorize(of_product)
        owner, _, latest, _ = _different(customer, code[product], last)
        found[name] = windows.counts(owner, latest)
    return found


def place_counts(lines: pd.DataFrame, windows: Windows) -> dict[str, Int]:
    """How many different stores and channels were bought in."""
    sold = lines.loc[lines["sold"] & (lines["place"] > 0), ["customer", "place", "store_id", "channel"]]
    found = {}
    for name, column in (("store", "store_id"), ("channel", "channel")):
        owner, _, latest, _ = _different(
            sold["customer"].to_numpy(), _codes(sold[column]), sold["place"].to_numpy()
        )
        found[name] = windows.counts(owner, latest)
    return found


def _different(customer: Int, code: Int, place: Int) -> tuple[Int, Int, Int, Int]:
    """Different (customer, code) with their last and their first place; a code of -1 is none.

    One sort of packed integers takes a sixth of the time of a groupby.
    """
    known = code >= 0
    width = int(code.max(initial=0)) + 1
    packed = np.sort((customer[known] * width + code[known]) * PLACES + place[known])
    key = packed // PLACES
    begins = np.flatnonzero(np.diff(key, prepend=-1))
    ends = np.append(begins[1:], len(key)) - 1 if len(key) else begins
    return key[begins] // width, key[begins] % width, packed[ends] % PLACES, packed[begins] % PLACES


def all_features(sums: Mapping[str, Int], times: Mapping[str, Values]) -> Iterator[tuple[str, Values]]:
    """Every feature by name."""
    yield from history_features(sums, times)
    for short, long in ((30, 90), (90, 365)):
        yield from trend_features(sums, times, short, long)
    for days in ALL_WINDOWS:
        yield f"order_day_count_{days}d", window(sums["days"], days)
        yield f"total_spend_{days}d", window(sums["spend"], days)
    for days in WINDOWS:
        totals = {name: window(table, days) for name, table in sums.items()}
        for group in (order_features, line_features, count_features, habit_features):
            yield from ((f"{name}_{days}d", values) for name, values in group(totals).items())


def _ratio(numerator: Values, denominator: Values) -> Values:
    """Quotient, unknown where the denominator is 0."""
    quotient: Values = np.full(len(numerator), np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator != 0)
    return quotient


def _deviation(totals: Mapping[str, Values]) -> Values:
    count = totals["gaps"]
    deviation: Values = np.sqrt(_ratio(count * totals["gap_squared"] - totals["gap"] ** 2, count**2))
    return deviation


def _depth(totals: Mapping[str, Values]) -> Values:
    return _ratio(totals["listed"] - totals["sales"], totals["listed"])


def history_features(sums: Mapping[str, Int], times: Mapping[str, Values]) -> Iterator[tuple[str, Values]]:
    """Features of all history."""
    ever, month, quarter = (
        {name: window(table, days) for name, table in sums.items()} for days in (0, 30, 90)
    )
    cadence, deviation = _ratio(ever["gap"], ever["gaps"]), _deviation(ever)
    yield "days_since_last_order", times["recency"]
    yield "tenure_days", times["tenure"]
    yield "cadence_days", cadence
    yield "cadence_deviation_days", deviation
    yield "last_gap_days", times["last_gap"]
    yield "gap_over_cadence", times["recency"] / cadence
    yield "gap_surprise", (times["recency"] - cadence) / np.maximum(deviation, 1)
    yield "repeat_order_count", np.maximum(ever["orders"] - 1, 0)
    yield "repeat_order_day_count", np.maximum(ever["days"] - 1, 0)
    yield "variety_trend_30_90", _ratio(month["product_type"], quarter["product_type"])
    yield "discount_trend_30_90", _depth(month) - _depth(quarter)


def trend_features(
    sums: Mapping[str, Int], times: Mapping[str, Values], short: int, long: int
) -> Iterator[tuple[str, Values]]:
    """A short window over its part of a long one, or of the tenure where that is shorter."""
    days = np.clip(times["tenure"], short, long)
    for measure, name in (("days", "order_trend"), ("sales", "spend_trend")):
        recent, before = window(sums[measure], short), window(sums[measure], long)
        yield f"{name}_{short}_{long}", _ratio(recent * days, before * short)


def order_features(totals: Mapping[str, Values]) -> dict[str, Values]:
    """Orders, their gaps and their values in one window."""
    orders = totals["orders"]
    return {
        "mean_gap": _ratio(totals["gap"], totals["gaps"]),
        "gap_deviation": _deviation(totals),
        "longest_gap": np.where(totals["gaps"] > 0, totals["longest_gap"], np.nan),
        "order_count": orders,
        "mean_order_value": _ratio(totals["sales"], orders),
        "largest_order_value": np.where(totals["lines"] > 0, totals["largest_order"], np.nan),
        "lines_per_order": _ratio(totals["lines"], orders),
        "units_per_order": _ratio(totals["milli_units"], orders) / 1000,
    }


def line_features(totals: Mapping[str, Values]) -> dict[str, Values]:
    """Lines, returns, prices, coupons and points in one window."""
    lines, sales = totals["lines"], totals["sales"]
    return {
        "line_count": lines,
        "mean_line_value": _ratio(sales, lines),
        "return_count": totals["returned_lines"],
        "return_share": _ratio(totals["returned"], sales),
        "discount_depth": _depth(totals),
        "discounted_line_share": _ratio(totals["discounted_lines"], lines),
        "full_price_share": _ratio(totals["full_price_sales"], sales),
        "private_label_share": _ratio(totals["private_label_lines"], lines),
        "coupon_line_share": _ratio(totals["coupon_lines"], lines),
        "coupon_share": _ratio(totals["coupon"], sales),
        "points_redeemed": totals["points"],
        "points_line_share": _ratio(totals["points_lines"], lines),
    }


def count_features(totals: Mapping[str, Values]) -> dict[str, Values]:
    """Different things bought in one window."""
    things = ("product_type", "category", "brand", "store", "channel")
    return {
        "product_count": totals["products"],
        "new_product_share": _ratio(totals["new_products"], totals["lines"]),
        **{f"{thing}_count": totals[thing] for thing in things},
    }


def habit_features(totals: Mapping[str, Values]) -> dict[str, Values]:
    """Where and when the orders of one window were placed."""
    orders = totals["orders"]
    squares = np.sum([totals[f"orders_{number}"] ** 2 for number in range(7)], axis=0)
    shares = {
        "store_switch_share": "store_switches",
        "channel_switch_share": "channel_switches",
        "weekend_share": "weekend_orders",
        "morning_share": "morning_orders",
        "evening_share": "evening_orders",
    }
    return {
        **{share: _ratio(totals[counted], orders) for share, counted in shares.items()},
        "weekday_concentration": _ratio(squares, orders**2),
    }
