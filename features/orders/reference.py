"""The reference of a set of tables: products, and their types week by week: promotions, prices, own brand.

A line's reference comes from complete weeks before the line's own week, of rows known before that week, so it
never depends on the line itself or on anything later. The `actual_` columns look at the same week (discount)
and the weeks around it (price, own brand): they are for labels.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow as pa

from features.kernel.columns import NEVER, UNKNOWN, Int
from features.kernel.reference import PRODUCT_TYPE as TYPE
from features.kernel.reference import Reference
from features.kernel.stream import DAY_US
from features.settings import FeatureSettings

PRODUCT_TYPE = "coalesce(products.subcategory, products.category)"
MILLI_UNITS = "round(1000 * least(coalesce(abs(order_lines.quantity), 1), 1e12))::BIGINT"
"""SQL for a line's quantity in thousandths; a line without a quantity is one unit."""
WEEKS = 13
NEAR_WEEKS = 6
_SHIFT_WEEKS = 200_000
"""Keeps whole division away from negative numbers, which it would round up."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

REFERENCE_COLUMNS = (
    "type_lines",
    "type_discount_ppm",
    "type_private_ppm",
    "type_price_mean",
    "type_price_deviation",
    "actual_discount_ppm",
    "actual_private_ppm",
    "actual_price_mean",
    "actual_price_deviation",
)


def read_reference(connection: duckdb.DuckDBPyConnection, zone: str, settings: FeatureSettings) -> Reference:
    """Make the reference of the tables, and a table `product_numbers` of products and their positions in it.

    `order_lines`, `products`, `visits` and `loyalty_events` have all columns of the contract; those that a
    retailer did not bring are NULL.
    """
    _number_products(connection)
    weeks, first_week = _weeks(connection, zone)
    newcomers, first_order = _newcomers(connection)
    return Reference(
        product_ids=_column(
            connection, "SELECT product_id FROM product_numbers ORDER BY product"
        ).combine_chunks(),
        attributes=_attributes(connection),
        first_week=first_week,
        weeks=weeks,
        newcomers=newcomers,
        first_order=first_order,
        words={"complaint_topics": settings.complaint_topics},
        levels={"tier_points": settings.tier_points},
    )


def _number_products(connection: duckdb.DuckDBPyConnection) -> None:
    everywhere = " UNION ".join(
        f"SELECT DISTINCT product_id FROM {table} WHERE product_id IS NOT NULL"
        for table in ("order_lines", "products", "visits")
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE product_numbers AS SELECT product_id,"
        f" (row_number() OVER (ORDER BY product_id) - 1)::INT AS product FROM ({everywhere})"
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE type_numbers AS SELECT product_type, (row_number() OVER (ORDER BY product_type)"
        f" - 1)::INT AS type FROM (SELECT DISTINCT {PRODUCT_TYPE} AS product_type FROM products)"
        f" WHERE product_type IS NOT NULL"
    )


def _attributes(connection: duckdb.DuckDBPyConnection) -> dict[str, Int]:
    """Codes of each product's type, category and brand, and whether it is the own brand, by position."""
    found = connection.sql(
        f"""
        SELECT coalesce(type, {UNKNOWN})::BIGINT AS {TYPE},
               {_dense("products.category")} AS category, {_dense("products.brand")} AS brand,
               coalesce(products.is_private_label, false)::BIGINT AS is_private_label
        FROM product_numbers LEFT JOIN products USING (product_id)
        LEFT JOIN type_numbers ON product_type = {PRODUCT_TYPE} ORDER BY product
        """
    ).to_arrow_table()
    return {name: found[name].to_numpy().astype(np.int64) for name in found.column_names}


def _dense(column: str) -> str:
    return f"CASE WHEN {column} IS NULL THEN {UNKNOWN} ELSE dense_rank() OVER (ORDER BY {column}) END::BIGINT"


def _newcomers(connection: duckdb.DuckDBPyConnection) -> tuple[pa.Array, Int]:
    """Customers whom others recommended, and when their first order was known."""
    found = connection.sql(
        f"""
        WITH named AS (SELECT DISTINCT referred_customer_id AS customer_id FROM loyalty_events
                       WHERE referred_customer_id IS NOT NULL)
        SELECT customer_id, coalesce(epoch_us(min(greatest(ordered_at, ingested_at)) FILTER (amount > 0)), {NEVER})
               ::BIGINT AS first
        FROM named LEFT JOIN order_lines USING (customer_id) GROUP BY customer_id ORDER BY customer_id
        """
    ).to_arrow_table()
    return found["customer_id"].combine_chunks(), found["first"].to_numpy().astype(np.int64)


def _column(connection: duckdb.DuckDBPyConnection, query: str) -> pa.ChunkedArray:
    return connection.sql(query).to_arrow_table().column(0)


def _weeks(connection: duckdb.DuckDBPyConnection, zone: str) -> tuple[dict[str, Int], int]:
    """REFERENCE_COLUMNS for each type and week, 0 where the type was not sold around it, and the first week.

    Shares are parts per million, log prices thousandths.
    """
    _create_cells(connection, zone)
    spans = {
        "type": ("known_week + 1", f"week + {WEEKS}"),
        "actual": ("week", "week"),
        "near": (f"week - {NEAR_WEEKS}", f"week + {NEAR_WEEKS}"),
    }
    found = {name: connection.sql(_around(*span)).to_arrow_table() for name, span in spans.items()}
    every = np.concatenate([table["week"].to_numpy() for table in found.values()])
    first, last = (int(every.min()), int(every.max())) if len(every) else (0, -1)
    types = int(connection.sql("SELECT count(*) FROM type_numbers").fetchall()[0][0])
    weeks = {}
    for name in REFERENCE_COLUMNS:
        span = "type" if name.startswith("type_") else "actual" if name == "actual_discount_ppm" else "near"
        table, grid = found[span], np.zeros((types, last - first + 1), np.int64)
        values = table[name.removeprefix("type_").removeprefix("actual_")]
        grid[table["type"].to_numpy(), table["week"].to_numpy() - first] = values.to_numpy()
        weeks[name] = grid
    return weeks, first


def _create_cells(connection: duckdb.DuckDBPyConnection, zone: str) -> None:
    """The table `cells`: sums of the sold lines of a product type, by week and by week of becoming known."""
    [(first, last)] = connection.execute(
        "SELECT epoch_us(min(ordered_at)), epoch_us(max(greatest(ordered_at, ingested_at))) FROM order_lines"
    ).fetchall()
    span = [_EPOCH + timedelta(microseconds=instant or 0) for instant in (first, last)]
    week = week_of("ordered_at", zone, *span)
    known_week = week_of("greatest(ordered_at, ingested_at)", zone, *span)
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE cells AS
        WITH typed AS (
            SELECT product_id, type, coalesce(is_private_label, false)::INT AS private
            FROM products JOIN type_numbers ON product_type = {PRODUCT_TYPE}
        ), sold AS (
            SELECT type, private, {week} AS week, {known_week} AS known_week, amount,
                   greatest(coalesce(list_amount, amount), amount) AS listed,
                   round(1000 * ln(greatest(listed, 1) * 1000.0 / greatest({MILLI_UNITS}, 1)))::BIGINT
                       AS log_price
            FROM order_lines JOIN typed USING (product_id)
            WHERE amount > 0
        )
        SELECT type, week, known_week, count(*) AS lines, sum(listed) AS listed,
               sum(listed - amount) AS discount, sum(private) AS private,
               sum(log_price) AS log_price, sum(log_price * log_price) AS log_price_squared
        FROM sold GROUP BY ALL
        """
    )


def week_of(instant: str, zone: str, first: datetime, last: datetime) -> str:
    """SQL for the number of an instant's week in the business zone, see `week_number`.

    The zone's offsets between the first and the last instant are written out: to ask for each row costs more than
    everything else that is done with it.
    """
    offsets = _offsets(ZoneInfo(zone), first, last)
    cases = "".join(f" WHEN epoch_us({instant}) < {until} THEN {offset}" for until, offset in offsets[:-1])
    offset = f"CASE{cases} ELSE {offsets[-1][1]} END" if cases else str(offsets[-1][1])
    shifted = f"epoch_us({instant}) + {offset} + {_SHIFT_WEEKS * 7 * DAY_US}"
    return f"(((({shifted}) // {DAY_US} + 3) // 7) - {_SHIFT_WEEKS})::BIGINT"


def _offsets(zone: ZoneInfo, first: datetime, last: datetime) -> list[tuple[int, int]]:
    """Offsets from UTC (microseconds), each with the instant until which it holds; the last for good."""
    found: list[tuple[int, int]] = []
    at, step = first.astimezone(UTC), timedelta(days=1)
    while at <= last:
        after = at + step
        if after.astimezone(zone).utcoffset() != at.astimezone(zone).utcoffset():
            found.append((_change(zone, at, after), _offset(zone, at)))
        at = after
    return [*found, (0, _offset(zone, at))]


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> int:
    """The instant between two at which the offset changes, microseconds."""
    low, high = ((at - _EPOCH) // timedelta(microseconds=1) for at in (before, after))
    old = _offset(zone, before)
    while high - low > 1:
        middle = (low + high) // 2
        same = _offset(zone, _EPOCH + timedelta(microseconds=middle)) == old
        low, high = (middle, high) if same else (low, middle)
    return high


def _offset(zone: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(zone).utcoffset() or timedelta(0)
    return offset // timedelta(microseconds=1)


def _around(first: str, last: str) -> str:
    """SQL: sums of cells over the weeks to which each cell contributes, `first` to `last`."""
    return f"""
        SELECT type, target AS week, sum(lines)::BIGINT AS lines,
               (1000000 * sum(discount) // greatest(sum(listed), 1))::BIGINT AS discount_ppm,
               (1000000 * sum(private) // sum(lines))::BIGINT AS private_ppm,
               (sum(log_price) // sum(lines))::BIGINT AS price_mean,
               round(sqrt(greatest(sum(log_price_squared) / sum(lines)
                     - (sum(log_price) / sum(lines)) ** 2, 0)))::BIGINT AS price_deviation
        FROM (SELECT *, unnest(generate_series({first}, {last})) AS target FROM cells)
        GROUP BY type, target"""
