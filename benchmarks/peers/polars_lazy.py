"""Order-line features by the lazy API of polars, run by its streaming engine.

Every line carries `within`, the shortest declared window that holds it, in days. Lines and orders are summed once
for each (customer, within), some eight rows a customer, and a window is the sum of the rows inside it. A distinct
thing is counted where it was last bought.

The four reductions of lines are run one after the other, each reading the columns it needs. In one plan polars would
keep the lines with all their columns for all of them, which was measured to take half as much time again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import Final

import polars as pl
from polars import col

WINDOWS = (30, 90, 365)
ALL_WINDOWS = (7, 14, 28, 30, 60, 90, 365)
OLDER = 9999
"""`within` of what happened before the longest window."""

DAY_US = 86_400_000_000
HALF_UP: Final = "half_away_from_zero"


def build(tables: Path, cutoff: datetime, out: Path) -> None:
    """Write the features of every customer with a line visible before the cutoff."""
    lines = visible_lines(tables, cutoff)
    products = pl.scan_parquet(tables / "products.parquet")
    totals = customer_totals(
        _run(line_sums(lines, products)),
        _run(sold_orders(lines)),
        [*product_counts(_run(bought_products(lines)), products), *place_counts(_run(visited_places(lines)))],
        cutoff,
    )
    features = totals.select("customer_id", *(feature.cast(pl.Float32) for feature in all_features()))
    features.sink_parquet(out, engine="streaming")


def _run(plan: pl.LazyFrame) -> pl.LazyFrame:
    return plan.collect(engine="streaming").lazy()


def visible_lines(tables: Path, cutoff: datetime) -> pl.LazyFrame:
    """Lines known before the cutoff, with what is derived of each."""
    lines = pl.scan_parquet(tables / "order_lines.parquet").filter(
        col("customer_id").is_not_null(),
        col("ordered_at") < cutoff,
        col("ingested_at").is_null() | (col("ingested_at") < cutoff),
    )
    units = (col("quantity").abs().fill_null(1.0).clip(upper_bound=1e12) * 1000).round(mode=HALF_UP)
    points = col("points_redeemed").fill_null(0.0).clip(0.0, 1e15).round(mode=HALF_UP)
    return lines.with_columns(
        within=_within(cutoff),
        sold=col("amount") > 0,
        listed=pl.max_horizontal("amount", "list_amount"),
        milli_units=units.cast(pl.Int64),
        coupon=col("coupon_amount").clip(lower_bound=0),
        points=points.cast(pl.Int64),
    )


def _within(cutoff: datetime) -> pl.Expr:
    within = pl.lit(OLDER, pl.Int16)
    for days in reversed(ALL_WINDOWS):
        recent = col("ordered_at") >= cutoff - timedelta(days=days)
        within = pl.when(recent).then(pl.lit(days, pl.Int16)).otherwise(within)
    return within


def line_sums(lines: pl.LazyFrame, products: pl.LazyFrame) -> pl.LazyFrame:
    """Sums of lines for each (customer, within)."""
    own = products.select("product_id", own="is_private_label")
    sold, returned = col("sold"), col("amount") < 0
    return (
        lines.join(own, on="product_id", how="left")
        .group_by("customer_id", "within")
        .agg(
            lines=sold.sum(),
            spend=col("amount").sum(),
            sales=_where(sold, "amount").sum(),
            returned_lines=returned.sum(),
            returned=-_where(returned, "amount").sum(),
            listed=_where(sold, "listed").sum(),
            discounted_lines=(sold & (col("listed") > col("amount"))).sum(),
            full_price_sales=_where(sold & (col("listed") == col("amount")), "amount").sum(),
            milli_units=_where(sold, "milli_units").sum(),
            coupon=_where(sold, "coupon").sum(),
            coupon_lines=(sold & (col("coupon") > 0)).sum(),
            points=col("points").sum(),
            points_lines=(sold & (col("points") > 0)).sum(),
            private_label_lines=(sold & col("own")).sum(),
        )
    )


def _where(condition: pl.Expr, name: str) -> pl.Expr:
    return pl.when(condition).then(name).otherwise(0)


def sold_orders(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Orders with their start, their value, and the store and channel of the line that started them."""
    at_one_time = (
        lines.filter("sold")
        .group_by("customer_id", "order_id", "ordered_at")
        .agg(
            col("within").first(),
            col("amount").sum().alias("value"),
            col("store_id", "channel").min_by("line_id"),
        )
    )
    return at_one_time.group_by("customer_id", "order_id").agg(
        col("ordered_at").min().alias("started_at"),
        col("within").max(),
        col("within").min().alias("last_within"),
        col("value").sum(),
        col("store_id", "channel").min_by("ordered_at"),
    )


def order_steps(orders: pl.LazyFrame) -> pl.LazyFrame:
    """Orders beside the order before: `gap` in days where a new day with an order begins, and changes of place."""
    same = col("customer_id") == col("customer_id").shift()
    day = col("started_at").dt.timestamp("us") // DAY_US
    step = day - day.shift()
    return orders.sort("customer_id", "started_at", "order_id").select(
        "customer_id",
        "within",
        "started_at",
        starts_day=~same.fill_null(False) | (step > 0),
        gap=pl.when(same & (step > 0)).then(step),
        new_store=same & (col("store_id") != col("store_id").shift()),
        new_channel=same & (col("channel") != col("channel").shift()),
        weekday=col("started_at").dt.weekday(),
        hour=col("started_at").dt.hour(),
    )


def order_sums(steps: pl.LazyFrame) -> pl.LazyFrame:
    """Sums of orders for each (customer, within)."""
    return steps.group_by("customer_id", "within").agg(
        pl.len().alias("orders"),
        col("starts_day").sum().alias("days"),
        col("gap").count().alias("gaps"),
        col("gap").sum(),
        (col("gap") * col("gap")).sum().alias("gap_squared"),
        col("gap").max().alias("longest_gap"),
        col("started_at").min().alias("first_at"),
        col("started_at").max().alias("last_at"),
        col("new_store").sum().alias("store_switches"),
        col("new_channel").sum().alias("channel_switches"),
        (col("weekday") >= 6).sum().alias("weekend_orders"),
        (col("hour") < 12).sum().alias("morning_orders"),
        (col("hour") >= 18).sum().alias("evening_orders"),
        *((col("weekday") == day).sum().alias(f"orders_{day}") for day in range(1, 8)),
    )


def customer_totals(
    by_line: pl.LazyFrame, orders: pl.LazyFrame, counts: list[pl.LazyFrame], cutoff: datetime
) -> pl.LazyFrame:
    """One row a customer: sums of every window (0 where there is nothing) and what may be unknown."""
    steps = order_steps(orders)
    by_order = order_sums(steps)
    order_windows = _window_sums(by_order, "days", exclude=("longest_gap", "first_at", "last_at"))
    numbers = _joined(_window_sums(by_line, "spend"), [order_windows, *counts]).with_columns(
        pl.exclude("customer_id").fill_null(0).cast(pl.Int64)
    )
    gaps = steps.filter(col("gap").is_not_null())
    unknown = [
        history(by_order, cutoff),
        gaps.group_by("customer_id").agg(last_gap=col("gap").max_by("started_at")),
        _window_maxima(by_order, "longest_gap", "within"),
        _window_maxima(orders, "value", "last_within"),
    ]
    return _joined(numbers, unknown)


def _joined(left: pl.LazyFrame, others: Iterable[pl.LazyFrame]) -> pl.LazyFrame:
    return reduce(lambda frame, other: frame.join(other, on="customer_id", how="left"), others, left)


def _window_sums(sums: pl.LazyFrame, short: str, exclude: tuple[str, ...] = ()) -> pl.LazyFrame:
    """Sums of every column over the usual windows and all history, and of one over the short windows too."""
    usual = pl.exclude("customer_id", "within", *exclude)
    windows = [(usual if days in WINDOWS else col(short), days) for days in ALL_WINDOWS]
    return sums.group_by("customer_id").agg(
        usual.sum().name.suffix("_all"),
        *(
            pl.when(col("within") <= days).then(column).sum().name.suffix(f"_{days}")
            for column, days in windows
        ),
    )


def _window_maxima(frame: pl.LazyFrame, name: str, within: str) -> pl.LazyFrame:
    maxima = (pl.when(col(within) <= days).then(name).max().alias(f"{name}_{days}") for days in WINDOWS)
    return frame.group_by("customer_id").agg(*maxima)


def bought_products(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Different products of each customer, with the windows of the last and the first purchase."""
    sold = lines.filter("sold", col("product_id").is_not_null())
    return sold.group_by("customer_id", "product_id").agg(
        col("within").min(), first_within=col("within").max()
    )


def visited_places(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Different (store, channel) of each customer, with the window of the last purchase."""
    sold = lines.filter("sold", col("within") < OLDER)
    return sold.group_by("customer_id", "store_id", "channel").agg(col("within").min())


def product_counts(bought: pl.LazyFrame, products: pl.LazyFrame) -> Iterator[pl.LazyFrame]:
    """How many different products, types, categories and brands were bought in each window."""
    new = _counts("first_within", "new_products")
    yield bought.group_by("customer_id").agg(*_counts("within", "products"), *new)
    product_type = pl.coalesce("subcategory", "category")
    described = products.select("product_id", "category", "brand", product_type=product_type)
    recent = bought.filter(col("within") < OLDER).join(described, on="product_id")
    for thing in ("product_type", "category", "brand"):
        yield _different(recent, thing)


def place_counts(visited: pl.LazyFrame) -> Iterator[pl.LazyFrame]:
    """How many different stores and channels were bought in, in each window."""
    for thing in ("store_id", "channel"):
        yield _different(visited, thing)


def _different(frame: pl.LazyFrame, thing: str) -> pl.LazyFrame:
    latest = frame.filter(col(thing).is_not_null()).group_by("customer_id", thing).agg(col("within").min())
    return latest.group_by("customer_id").agg(*_counts("within", f"different_{thing}"))


def _counts(within: str, name: str) -> Iterator[pl.Expr]:
    return ((col(within) <= days).sum().alias(f"{name}_{days}") for days in WINDOWS)


def history(by_order: pl.LazyFrame, cutoff: datetime) -> pl.LazyFrame:
    """Days from the first and the last order to the cutoff."""

    def days(instant: pl.Expr) -> pl.Expr:
        return (pl.lit(cutoff) - instant).dt.total_microseconds() / DAY_US

    return by_order.group_by("customer_id").agg(
        tenure=days(col("first_at").min()), recency=days(col("last_at").max())
    )


def all_features() -> Iterator[pl.Expr]:
    """Every feature, over the totals of each customer."""
    yield from history_features()
    for short, long in ((30, 90), (90, 365)):
        yield from trend_features(short, long)
    for days in ALL_WINDOWS:
        yield col(f"days_{days}").alias(f"order_day_count_{days}d")
        yield col(f"spend_{days}").alias(f"total_spend_{days}d")
    for days in WINDOWS:
        for group in (order_features, line_features, count_features, habit_features):
            yield from (feature.name.suffix(f"_{days}d") for feature in group(days))


def _ratio(numerator: pl.Expr | str, denominator: pl.Expr | str) -> pl.Expr:
    """Quotient, unknown where the denominator is 0."""
    above = col(numerator) if isinstance(numerator, str) else numerator
    below = col(denominator) if isinstance(denominator, str) else denominator
    return pl.when(below != 0).then(above / below)


def _deviation(days: int | str) -> pl.Expr:
    count = col(f"gaps_{days}")
    spread = count * col(f"gap_squared_{days}") - col(f"gap_{days}") * col(f"gap_{days}")
    return _ratio(spread, count * count).sqrt()


def _depth(days: int) -> pl.Expr:
    return _ratio(col(f"listed_{days}") - col(f"sales_{days}"), f"listed_{days}")


def history_features() -> Iterator[pl.Expr]:
    """Features of all history."""
    cadence, deviation = _ratio("gap_all", "gaps_all"), _deviation("all")
    yield col("recency").alias("days_since_last_order")
    yield col("tenure").alias("tenure_days")
    yield cadence.alias("cadence_days")
    yield deviation.alias("cadence_deviation_days")
    yield col("last_gap").alias("last_gap_days")
    yield (col("recency") / cadence).alias("gap_over_cadence")
    yield ((col("recency") - cadence) / deviation.clip(lower_bound=1.0)).alias("gap_surprise")
    yield (col("orders_all") - 1).clip(lower_bound=0).alias("repeat_order_count")
    yield (col("days_all") - 1).clip(lower_bound=0).alias("repeat_order_day_count")
    yield _ratio("different_product_type_30", "different_product_type_90").alias("variety_trend_30_90")
    yield (_depth(30) - _depth(90)).alias("discount_trend_30_90")


def trend_features(short: int, long: int) -> Iterator[pl.Expr]:
    """A short window over its part of a long one, or of the tenure where that is shorter."""
    days = col("tenure").clip(short, long)
    for measure, name in (("days", "order_trend"), ("sales", "spend_trend")):
        trend = _ratio(col(f"{measure}_{short}") * days, col(f"{measure}_{long}") * short)
        yield trend.alias(f"{name}_{short}_{long}")


def order_features(days: int) -> Iterator[pl.Expr]:
    """Orders, their gaps and their values in one window."""
    orders = f"orders_{days}"
    yield _ratio(f"gap_{days}", f"gaps_{days}").alias("mean_gap")
    yield _deviation(days).alias("gap_deviation")
    yield col(f"longest_gap_{days}").alias("longest_gap")
    yield col(orders).alias("order_count")
    yield _ratio(f"sales_{days}", orders).alias("mean_order_value")
    yield col(f"value_{days}").alias("largest_order_value")
    yield _ratio(f"lines_{days}", orders).alias("lines_per_order")
    yield (_ratio(f"milli_units_{days}", orders) / 1000).alias("units_per_order")


def line_features(days: int) -> Iterator[pl.Expr]:
    """Lines, returns, prices, coupons and points in one window."""
    lines, sales = f"lines_{days}", f"sales_{days}"
    yield col(lines).alias("line_count")
    yield _ratio(sales, lines).alias("mean_line_value")
    yield col(f"returned_lines_{days}").alias("return_count")
    yield _ratio(f"returned_{days}", sales).alias("return_share")
    yield _depth(days).alias("discount_depth")
    yield _ratio(f"discounted_lines_{days}", lines).alias("discounted_line_share")
    yield _ratio(f"full_price_sales_{days}", sales).alias("full_price_share")
    yield _ratio(f"private_label_lines_{days}", lines).alias("private_label_share")
    yield _ratio(f"coupon_lines_{days}", lines).alias("coupon_line_share")
    yield _ratio(f"coupon_{days}", sales).alias("coupon_share")
    yield col(f"points_{days}").alias("points_redeemed")
    yield _ratio(f"points_lines_{days}", lines).alias("points_line_share")


def count_features(days: int) -> Iterator[pl.Expr]:
    """Different things bought in one window."""
    yield col(f"products_{days}").alias("product_count")
    yield _ratio(f"new_products_{days}", f"lines_{days}").alias("new_product_share")
    for thing in ("product_type", "category", "brand", "channel"):
        yield col(f"different_{thing}_{days}").alias(f"{thing}_count")
    yield col(f"different_store_id_{days}").alias("store_count")


def habit_features(days: int) -> Iterator[pl.Expr]:
    """Where and when the orders of one window were placed."""
    orders = f"orders_{days}"
    yield _ratio(f"store_switches_{days}", orders).alias("store_switch_share")
    yield _ratio(f"channel_switches_{days}", orders).alias("channel_switch_share")
    yield _ratio(f"weekend_orders_{days}", orders).alias("weekend_share")
    yield _ratio(f"morning_orders_{days}", orders).alias("morning_share")
    yield _ratio(f"evening_orders_{days}", orders).alias("evening_share")
    squares = pl.sum_horizontal(col(f"orders_{day}_{days}") ** 2 for day in range(1, 8))
    yield _ratio(squares, col(orders) ** 2).alias("weekday_concentration")
