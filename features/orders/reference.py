"""Reference tables: what a product type's promotions, prices and own-brand share were, week by week.

A line's reference comes from complete weeks before the line's own week, of rows known before that week, so it
never depends on the line itself or on anything later. The `actual_` columns look at the same week (discount)
and the weeks around it (price, own brand): they are for labels.
"""

from __future__ import annotations

import duckdb

PRODUCT_TYPE = "coalesce(products.subcategory, products.category)"
MILLI_UNITS = "round(1000 * least(coalesce(abs(order_lines.quantity), 1), 1e12))::BIGINT"
"""SQL for a line's quantity in thousandths; a line without a quantity is one unit."""
WEEKS = 13

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


def week_of(instant: str, zone: str) -> str:
    """SQL for the Monday of an instant's week in the business zone."""
    return f"date_trunc('week', timezone('{zone}', {instant}))::DATE"


def create_reference(connection: duckdb.DuckDBPyConnection, zone: str) -> None:
    """Create the table `reference` (product_type, week, REFERENCE_COLUMNS) from order_lines and products.

    Both have all columns of the contract; those that a retailer did not bring are NULL.

    Weeks are those in which the type was sold. Shares are parts per million, log prices thousandths; `type_`
    columns are NULL (and `type_lines` 0) where the type was not sold in the 13 weeks before.
    """
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE cells AS
        WITH sold AS (
            SELECT {PRODUCT_TYPE} AS product_type,
                   {week_of("ordered_at", zone)} AS week,
                   {week_of("greatest(ordered_at, ingested_at)", zone)} AS known_week,
                   greatest(coalesce(order_lines.list_amount, amount), amount) AS listed,
                   amount, coalesce(is_private_label, false)::INT AS private,
                   round(1000 * ln(greatest(listed, 1) * 1000.0 / greatest({MILLI_UNITS}, 1)))::BIGINT
                       AS log_price
            FROM order_lines JOIN products USING (product_id)
            WHERE amount > 0 AND {PRODUCT_TYPE} IS NOT NULL
        )
        SELECT product_type, week, known_week, count(*) AS lines, sum(listed) AS listed,
               sum(listed - amount) AS discount, sum(private) AS private,
               sum(log_price) AS log_price, sum(log_price * log_price) AS log_price_squared
        FROM sold GROUP BY ALL
        """
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE reference AS
        WITH weeks AS (SELECT DISTINCT product_type, week FROM cells),
        past AS ({_around("known_week + 7", f"week + {7 * WEEKS}")}),
        same AS ({_around("week", "week")}),
        near AS ({_around("week - 42", "week + 42")})
        SELECT weeks.product_type, weeks.week,
               coalesce(past.lines, 0) AS type_lines,
               past.discount_ppm AS type_discount_ppm, past.private_ppm AS type_private_ppm,
               past.price_mean AS type_price_mean, past.price_deviation AS type_price_deviation,
               same.discount_ppm AS actual_discount_ppm, near.private_ppm AS actual_private_ppm,
               near.price_mean AS actual_price_mean, near.price_deviation AS actual_price_deviation
        FROM weeks LEFT JOIN past USING (product_type, week)
        LEFT JOIN same USING (product_type, week) LEFT JOIN near USING (product_type, week)
        """
    )


def _around(first: str, last: str) -> str:
    """SQL: sums of cells over the weeks to which each cell contributes, `first` to `last`."""
    return f"""
        SELECT product_type, target::DATE AS week, sum(lines)::BIGINT AS lines,
               (1000000 * sum(discount) // greatest(sum(listed), 1))::BIGINT AS discount_ppm,
               (1000000 * sum(private) // sum(lines))::BIGINT AS private_ppm,
               (sum(log_price) // sum(lines))::BIGINT AS price_mean,
               round(sqrt(greatest(sum(log_price_squared) / sum(lines)
                     - (sum(log_price) / sum(lines)) ** 2, 0)))::BIGINT AS price_deviation
        FROM (SELECT *, unnest(generate_series(({first})::TIMESTAMP, ({last})::TIMESTAMP, INTERVAL 7 DAY))
                     AS target FROM cells)
        GROUP BY product_type, target"""
