"""Order-line features by hand-written DuckDB SQL: one statement from Parquet to Parquet.

Every line carries `within`, the shortest declared window that holds it, in days. Lines, orders and distinct things
are counted once for each (customer, within), some eight rows a customer, and a window is the sum of the rows inside
it. A distinct thing is counted where it was last bought.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

WINDOWS = (30, 90, 365)
ALL_WINDOWS = (7, 14, 28, 30, 60, 90, 365)
OLDER = 9999
"""`within` of what happened before the longest window."""

LINES = """
lines AS NOT MATERIALIZED (
    SELECT customer_id, order_id, line_id, product_id, store_id, channel, ordered_at, {within} AS within,
           amount, amount > 0 AS sold,
           greatest(coalesce(list_amount, amount), amount) AS listed,
           round(1000 * least(coalesce(abs(quantity), 1), 1e12))::BIGINT AS milli_units,
           greatest(coupon_amount, 0) AS coupon,
           greatest(round(least(coalesce(points_redeemed, 0), 1e15)), 0)::BIGINT AS points
    FROM read_parquet('{tables}/order_lines.parquet')
    WHERE customer_id IS NOT NULL AND ordered_at < {cutoff} AND (ingested_at IS NULL OR ingested_at < {cutoff})
)"""

LINE_SUMS = """
line_sums AS (
    SELECT customer_id, within,
           count(*) FILTER (sold) AS lines,
           sum(amount)::BIGINT AS spend,
           sum(amount) FILTER (sold)::BIGINT AS sales,
           count(*) FILTER (amount < 0) AS returned_lines,
           -sum(amount) FILTER (amount < 0)::BIGINT AS returned,
           sum(listed) FILTER (sold)::BIGINT AS listed,
           count(*) FILTER (sold AND listed > amount) AS discounted_lines,
           sum(amount) FILTER (sold AND listed = amount)::BIGINT AS full_price_sales,
           sum(milli_units) FILTER (sold)::BIGINT AS milli_units,
           sum(coupon) FILTER (sold)::BIGINT AS coupon,
           count(*) FILTER (sold AND coupon > 0) AS coupon_lines,
           sum(points)::BIGINT AS points,
           count(*) FILTER (sold AND points > 0) AS points_lines,
           count(*) FILTER (sold AND is_private_label) AS private_label_lines
    FROM lines LEFT JOIN products USING (product_id)
    GROUP BY customer_id, within
)"""

ORDERS = """
orders AS (
    SELECT customer_id, order_id, min(ordered_at) AS started_at, max(within) AS within, min(within) AS last_within,
           sum(amount)::BIGINT AS value,
           arg_min(struct_pack(store_id, channel), (ordered_at, line_id)) AS place
    FROM lines WHERE sold GROUP BY customer_id, order_id
),
order_steps AS (
    SELECT customer_id, within, started_at,
           epoch_us(started_at) // 86400000000 AS day,
           epoch_us(started_at) // 3600000000 % 24 AS hour,
           (day + 3) % 7 AS weekday,
           day - lag(day) OVER sequence AS gap,
           place.store_id <> lag(place.store_id) OVER sequence AS new_store,
           place.channel <> lag(place.channel) OVER sequence AS new_channel
    FROM orders WINDOW sequence AS (PARTITION BY customer_id ORDER BY started_at, order_id)
),
order_sums AS (
    SELECT customer_id, within, count(*) AS orders,
           count(*) FILTER (gap IS NULL OR gap > 0) AS days,
           count(*) FILTER (gap > 0) AS gaps,
           sum(gap)::BIGINT AS gap,
           sum(gap * gap)::BIGINT AS gap_squared,
           max(gap) FILTER (gap > 0) AS longest_gap,
           arg_max(gap, started_at) FILTER (gap > 0) AS last_gap,
           min(started_at) AS first_at, max(started_at) AS last_at,
           count(*) FILTER (new_store) AS store_switches,
           count(*) FILTER (new_channel) AS channel_switches,
           count(*) FILTER (weekday >= 5) AS weekend_orders,
           count(*) FILTER (hour < 12) AS morning_orders,
           count(*) FILTER (hour >= 18) AS evening_orders,
           {weekdays}
    FROM order_steps GROUP BY customer_id, within
)"""

BOUGHT = """
bought AS (
    SELECT customer_id, product_id, min(within) AS within, max(within) AS first_within
    FROM lines WHERE sold AND product_id IS NOT NULL GROUP BY customer_id, product_id
),
described AS (
    SELECT customer_id, within, category, coalesce(subcategory, category) AS product_type, brand
    FROM bought JOIN products USING (product_id) WHERE within < {older}
),
visited AS (
    SELECT customer_id, store_id, channel, min(within) AS within
    FROM lines WHERE sold AND within < {older} GROUP BY customer_id, store_id, channel
)"""

THING_TOTALS = """
{plural}_totals AS (
    SELECT customer_id, {counts} FROM (
        SELECT customer_id, {thing}, min(within) AS within FROM {source}
        WHERE {thing} IS NOT NULL GROUP BY customer_id, {thing}
    ) GROUP BY customer_id
)"""

THINGS = {
    "product_types": ("product_type", "described"),
    "categories": ("category", "described"),
    "brands": ("brand", "described"),
    "stores": ("store_id", "visited"),
    "channels": ("channel", "visited"),
}
"""Name of a count: the column whose values are counted, and where it is found."""

LINE_SUMMED = (
    *("lines", "sales", "returned_lines", "returned", "listed", "discounted_lines", "full_price_sales"),
    *("milli_units", "coupon", "coupon_lines", "points", "points_lines", "private_label_lines"),
)
ORDER_SUMMED = (
    *("orders", "gaps", "gap", "gap_squared", "store_switches", "channel_switches"),
    *("weekend_orders", "morning_orders", "evening_orders", *(f"orders_{day}" for day in range(7))),
)

TOTALS = """
line_totals AS (SELECT customer_id, {line_totals} FROM line_sums GROUP BY customer_id),
order_totals AS (
    SELECT customer_id,
           sum(orders) AS orders, sum(days) AS days, sum(gaps) AS gaps, sum(gap) AS gap,
           sum(gap_squared) AS gap_squared, arg_min(last_gap, within) AS last_gap,
           ({cutoff_us} - epoch_us(min(first_at))) / 86400000000 AS tenure,
           ({cutoff_us} - epoch_us(max(last_at))) / 86400000000 AS recency,
           {order_totals}, {longest_gaps}
    FROM order_sums GROUP BY customer_id
),
value_totals AS (SELECT customer_id, {value_totals} FROM orders GROUP BY customer_id),
products_totals AS (SELECT customer_id, {product_totals} FROM bought GROUP BY customer_id)"""

HISTORY_FEATURES = """
    SELECT customer_id,
           recency AS days_since_last_order,
           tenure AS tenure_days,
           gap / gaps AS cadence_days,
           sqrt((gaps * gap_squared - gap * gap) / (gaps * gaps)) AS cadence_deviation_days,
           last_gap AS last_gap_days,
           recency / cadence_days AS gap_over_cadence,
           (recency - cadence_days) / greatest(cadence_deviation_days, 1) AS gap_surprise,
           greatest(coalesce(orders, 0) - 1, 0) AS repeat_order_count,
           greatest(coalesce(days, 0) - 1, 0) AS repeat_order_day_count,
           coalesce(product_types_30, 0) / product_types_90 AS variety_trend_30_90,
           (listed_30 - sales_30) / listed_30 - (listed_90 - sales_90) / listed_90 AS discount_trend_30_90"""

TREND_FEATURES = """
           coalesce(days_{short}, 0) * greatest(least(tenure, {long}), {short}) / (days_{long} * {short})
               AS order_trend_{short}_{long},
           coalesce(sales_{short}, 0) * greatest(least(tenure, {long}), {short}) / (sales_{long} * {short})
               AS spend_trend_{short}_{long}"""

RHYTHM_FEATURES = """
           coalesce(days_{days}, 0) AS order_day_count_{days}d,
           coalesce(spend_{days}, 0) AS total_spend_{days}d"""

WINDOW_FEATURES = """
           gap_{days} / gaps_{days} AS mean_gap_{days}d,
           sqrt((gaps_{days} * gap_squared_{days} - gap_{days} * gap_{days}) / (gaps_{days} * gaps_{days}))
               AS gap_deviation_{days}d,
           longest_gap_{days} AS longest_gap_{days}d,
           coalesce(orders_{days}, 0) AS order_count_{days}d,
           sales_{days} / orders_{days} AS mean_order_value_{days}d,
           largest_order_{days} AS largest_order_value_{days}d,
           sales_{days} / lines_{days} AS mean_line_value_{days}d,
           coalesce(lines_{days}, 0) AS line_count_{days}d,
           lines_{days} / orders_{days} AS lines_per_order_{days}d,
           milli_units_{days} / orders_{days} / 1000 AS units_per_order_{days}d,
           coalesce(products_{days}, 0) AS product_count_{days}d,
           coalesce(product_types_{days}, 0) AS product_type_count_{days}d,
           coalesce(categories_{days}, 0) AS category_count_{days}d,
           coalesce(brands_{days}, 0) AS brand_count_{days}d,
           coalesce(stores_{days}, 0) AS store_count_{days}d,
           coalesce(channels_{days}, 0) AS channel_count_{days}d,
           coalesce(new_products_{days}, 0) / lines_{days} AS new_product_share_{days}d,
           coalesce(returned_lines_{days}, 0) AS return_count_{days}d,
           coalesce(returned_{days}, 0) / sales_{days} AS return_share_{days}d,
           (listed_{days} - sales_{days}) / listed_{days} AS discount_depth_{days}d,
           discounted_lines_{days} / lines_{days} AS discounted_line_share_{days}d,
           coalesce(full_price_sales_{days}, 0) / sales_{days} AS full_price_share_{days}d,
           private_label_lines_{days} / lines_{days} AS private_label_share_{days}d,
           coupon_lines_{days} / lines_{days} AS coupon_line_share_{days}d,
           coalesce(coupon_{days}, 0) / sales_{days} AS coupon_share_{days}d,
           coalesce(points_{days}, 0) AS points_redeemed_{days}d,
           points_lines_{days} / lines_{days} AS points_line_share_{days}d,
           store_switches_{days} / orders_{days} AS store_switch_share_{days}d,
           channel_switches_{days} / orders_{days} AS channel_switch_share_{days}d,
           weekend_orders_{days} / orders_{days} AS weekend_share_{days}d,
           morning_orders_{days} / orders_{days} AS morning_share_{days}d,
           evening_orders_{days} / orders_{days} AS evening_share_{days}d,
           ({squares}) / (orders_{days} * orders_{days}) AS weekday_concentration_{days}d"""


def build(tables: Path, cutoff: datetime, out: Path) -> None:
    """Write the features of every customer with a line visible before the cutoff."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
        # a division by zero is unknown: NULL
        connection.execute("SET error_on_division_by_zero = false; SET ieee_floating_point_ops = false")
        connection.execute(f"COPY ({query(tables, cutoff)}) TO '{out}' (FORMAT parquet)")


def query(tables: Path, cutoff: datetime) -> str:
    """The statement that builds all features."""
    ctes = [
        f"products AS NOT MATERIALIZED (FROM read_parquet('{tables}/products.parquet'))",
        LINES.format(tables=tables, cutoff=_instant(cutoff), within=_within(cutoff)),
        LINE_SUMS,
        ORDERS.format(weekdays=_weekdays()),
        BOUGHT.format(older=OLDER),
        *_thing_totals(),
        _totals(cutoff),
    ]
    joins = (
        f"LEFT JOIN {name}_totals USING (customer_id)" for name in ("order", "value", "products", *THINGS)
    )
    return f"""WITH {",".join(ctes)}, features AS ({_features()} FROM line_totals {" ".join(joins)})
        SELECT customer_id, (COLUMNS(* EXCLUDE customer_id))::FLOAT FROM features"""


def _instant(instant: datetime) -> str:
    return f"TIMESTAMPTZ '{instant.isoformat()}'"


def _within(cutoff: datetime) -> str:
    cases = (
        f"WHEN ordered_at >= {_instant(cutoff - timedelta(days=days))} THEN {days}" for days in ALL_WINDOWS
    )
    return f"(CASE {' '.join(cases)} ELSE {OLDER} END)::SMALLINT"


def _weekdays() -> str:
    return ", ".join(f"count(*) FILTER (weekday = {day}) AS orders_{day}" for day in range(7))


def _thing_totals() -> Iterator[str]:
    for plural, (thing, source) in THINGS.items():
        counts = _each_window(f"count(*) FILTER (within <= {{days}}) AS {plural}_{{days}}")
        yield THING_TOTALS.format(plural=plural, thing=thing, source=source, counts=counts)


def _totals(cutoff: datetime) -> str:
    """Sums of every window, for each customer; the short windows need two only."""
    summed = "sum({name}) FILTER (within <= {{days}})::BIGINT AS {name}_{{days}}"
    return TOTALS.format(
        cutoff_us=f"epoch_us({_instant(cutoff)})",
        line_totals=_each_window(*(summed.format(name=name) for name in LINE_SUMMED))
        + ", "
        + _each_window(summed.format(name="spend"), windows=ALL_WINDOWS),
        order_totals=_each_window(*(summed.format(name=name) for name in ORDER_SUMMED))
        + ", "
        + _each_window(summed.format(name="days"), windows=ALL_WINDOWS),
        longest_gaps=_each_window("max(longest_gap) FILTER (within <= {days}) AS longest_gap_{days}"),
        value_totals=_each_window("max(value) FILTER (last_within <= {days}) AS largest_order_{days}"),
        product_totals=_each_window(
            "count(*) FILTER (within <= {days}) AS products_{days}",
            "count(*) FILTER (first_within <= {days}) AS new_products_{days}",
        ),
    )


def _each_window(*templates: str, windows: tuple[int, ...] = WINDOWS) -> str:
    return ", ".join(template.format(days=days) for template in templates for days in windows)


def _features() -> str:
    """The SELECT of all features, over the sums of each customer."""
    squares = {
        days: " + ".join(f"orders_{day}_{days} * orders_{day}_{days}" for day in range(7)) for days in WINDOWS
    }
    parts = [
        HISTORY_FEATURES,
        *(TREND_FEATURES.format(short=short, long=long) for short, long in ((30, 90), (90, 365))),
        *(RHYTHM_FEATURES.format(days=days) for days in ALL_WINDOWS),
        *(WINDOW_FEATURES.format(days=days, squares=squares[days]) for days in WINDOWS),
    ]
    return ",".join(parts)
