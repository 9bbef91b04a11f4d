"""The reference of a set of tables: products, and their types week by week: promotions, prices, own brand.

A line's reference comes from complete weeks before the line's own week, of rows known before that week, so it
never depends on the line itself or on anything later. The `actual_` columns look at the same week (discount)
and the weeks around it (price, own brand): they are for labels.

The engine that holds the tables counts and sums; its dialect of SQL is all that differs between engines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.kernel.columns import NEVER, UNKNOWN, Int, flat
from features.kernel.reference import PRODUCT_TYPE as TYPE
from features.kernel.reference import Reference
from features.kernel.stream import DAY_US
from features.orders.product_weeks import REFERENCE_COLUMNS as REFERENCE_COLUMNS
from features.orders.product_weeks import WEEKS as WEEKS
from features.orders.product_weeks import weekly
from features.settings import FeatureSettings

READ = ("order_lines", "products", "visits", "loyalty_events")
"""The tables that a reference is made of."""

_PRODUCT_TYPE = "coalesce(products.subcategory, products.category)"
_MILLI_UNITS = "CAST(round(1000 * least(coalesce(abs(order_lines.quantity), 1), 1e12)) AS BIGINT)"
"""SQL for a line's quantity in thousandths; a line without a quantity is one unit."""
_SHIFT_WEEKS = 200_000
"""Keeps whole division away from negative numbers, which it would round up."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_PRODUCT_IDS = "SELECT product_id FROM ({}) AS everywhere ORDER BY product_id".format(
    " UNION ".join(
        f"SELECT DISTINCT product_id FROM {table} WHERE product_id IS NOT NULL"
        for table in ("order_lines", "products", "visits")
    )
)
_TYPED = f"""
    SELECT product_id, CAST(dense_rank() OVER (ORDER BY {_PRODUCT_TYPE}) - 1 AS BIGINT) AS type,
           CAST(coalesce(is_private_label, false) AS INT) AS private
    FROM products WHERE {_PRODUCT_TYPE} IS NOT NULL"""
"""Product types are numbered in the order of their names."""
_PRODUCTS = f"""
    SELECT products.product_id, type, category, brand,
           CAST(coalesce(is_private_label, false) AS BIGINT) AS is_private_label
    FROM products LEFT JOIN ({_TYPED}) AS typed ON typed.product_id = products.product_id
    ORDER BY products.product_id"""

Ask = Callable[[str], pa.Table]
"""Answers SQL over the tables of READ with all columns of the contract; what a retailer did not bring is NULL."""


@dataclass(frozen=True)
class Dialect:
    """What an engine calls the same thing.

    Attributes:
        micros: the function that gives an instant in microseconds since 1970.
        quotient: the operator of whole division.
    """

    micros: str
    quotient: str


DUCKDB = Dialect("epoch_us", "//")
SPARK = Dialect("unix_micros", "div")


def product_ids(ask: Ask) -> pa.Array:
    """Every product that a table names, ascending: a product's number is its position."""
    return flat(ask(_PRODUCT_IDS)["product_id"])


def reference_of(
    ask: Ask, dialect: Dialect, zone: str, settings: FeatureSettings, products: pa.Array, *, by_week: bool
) -> Reference:
    """Make the reference of an engine's tables.

    Args:
        ask: answers SQL in that dialect.
        zone: business zone, whose Mondays begin the weeks.
        products: from `product_ids`.
        by_week: tell what types were like week by week, for which all order lines are summed.
    """
    attributes = _attributes(ask(_PRODUCTS), products)
    weeks: dict[str, Int] = {}
    first_week = 0
    if by_week:
        types = int(attributes[TYPE].max(initial=UNKNOWN)) + 1
        weeks, first_week = weekly(_cells(ask, dialect, zone), types)
    newcomers = ask(_newcomers(dialect))
    return Reference(
        product_ids=products,
        attributes=attributes,
        first_week=first_week,
        weeks=weeks,
        newcomers=flat(newcomers["customer_id"]),
        first_order=newcomers["first"].fill_null(NEVER).to_numpy().astype(np.int64),
        words={"complaint_topics": settings.complaint_topics},
        levels={"tier_points": settings.tier_points},
    )


def _attributes(products: pa.Table, product_ids: pa.Array) -> dict[str, Int]:
    """Codes of each product's type, category and brand, and whether it is the own brand, by position."""
    place = pc.index_in(product_ids, flat(products["product_id"])).fill_null(UNKNOWN).to_numpy()
    own = {
        TYPE: products["type"].fill_null(UNKNOWN).to_numpy(),
        "category": _codes(products["category"]),
        "brand": _codes(products["brand"]),
        "is_private_label": products["is_private_label"].to_numpy(),
    }
    without = {"is_private_label": 0}
    return {
        name: np.append(values, without.get(name, UNKNOWN))[place].astype(np.int64)
        for name, values in own.items()
    }


def _codes(column: pa.ChunkedArray) -> Int:
    """Numbers of texts in the order in which they come up."""
    codes: Int = flat(column).dictionary_encode().indices.fill_null(UNKNOWN).to_numpy()
    return codes


def _newcomers(dialect: Dialect) -> str:
    """SQL: customers whom others recommended, and when their first order was known."""
    known = "greatest(ordered_at, ingested_at)"
    return f"""
        SELECT named.customer_id, {dialect.micros}(min({known}) FILTER (WHERE amount > 0)) AS first
        FROM (SELECT DISTINCT referred_customer_id AS customer_id FROM loyalty_events
              WHERE referred_customer_id IS NOT NULL) AS named
        LEFT JOIN order_lines ON order_lines.customer_id = named.customer_id
        GROUP BY named.customer_id ORDER BY named.customer_id"""


def _cells(ask: Ask, dialect: Dialect, zone: str) -> pa.Table:
    """Sums of the sold lines of a product type, by week and by week of becoming known."""
    [span] = ask(
        f"SELECT {dialect.micros}(min(ordered_at)) AS first,"
        f" {dialect.micros}(max(greatest(ordered_at, ingested_at))) AS last FROM order_lines"
    ).to_pylist()
    first, last = (_EPOCH + timedelta(microseconds=span[name] or 0) for name in ("first", "last"))
    week = week_of("ordered_at", dialect, zone, first, last)
    known_week = week_of("greatest(ordered_at, ingested_at)", dialect, zone, first, last)
    # the order of the three operations is that of floating point, and the same in every engine
    price = f"CAST(greatest(listed, 1) AS DOUBLE) * 1000 / CAST(greatest({_MILLI_UNITS}, 1) AS DOUBLE)"
    return ask(
        f"""
        WITH typed AS ({_TYPED}), sold AS (
            SELECT type, private, {week} AS week, {known_week} AS known_week, amount, quantity,
                   greatest(coalesce(list_amount, amount), amount) AS listed
            FROM order_lines JOIN typed ON typed.product_id = order_lines.product_id
            WHERE amount > 0
        ), priced AS (
            SELECT *, CAST(round(1000 * ln({price})) AS BIGINT) AS log_price FROM sold AS order_lines
        )
        SELECT type, week, known_week, count(*) AS lines, CAST(sum(listed) AS BIGINT) AS listed,
               CAST(sum(listed - amount) AS BIGINT) AS discount, CAST(sum(private) AS BIGINT) AS private,
               CAST(sum(log_price) AS BIGINT) AS log_price,
               CAST(sum(log_price * log_price) AS BIGINT) AS log_price_squared
        FROM priced GROUP BY type, week, known_week"""
    )


def week_of(instant: str, dialect: Dialect, zone: str, first: datetime, last: datetime) -> str:
    """SQL for the number of an instant's week in the business zone, see `week_number`.

    The zone's offsets between the first and the last instant are written out: to ask for each row costs more than
    everything else that is done with it.
    """
    micros = f"{dialect.micros}({instant})"
    offsets = _offsets(ZoneInfo(zone), first, last)
    cases = "".join(f" WHEN {micros} < {until} THEN {offset}" for until, offset in offsets[:-1])
    offset = f"CASE{cases} ELSE {offsets[-1][1]} END" if cases else str(offsets[-1][1])
    shifted = f"{micros} + {offset} + {_SHIFT_WEEKS * 7 * DAY_US}"
    days = f"({shifted}) {dialect.quotient} {DAY_US}"
    return f"CAST((({days}) + 3) {dialect.quotient} 7 - {_SHIFT_WEEKS} AS BIGINT)"


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
