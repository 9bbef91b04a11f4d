"""Who bought what when: one row for each item of an order, as recommendations count them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.tables.casting import literal

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

DAY_US = 86_400_000_000
LEVELS = ("product", "type")
"""What an item is: a product, or a product type (`subcategory`, else `category`)."""
NO_GROUP = -1
_TYPE = "coalesce(products.subcategory, products.category)"


@dataclass(frozen=True, eq=False)
class Items:
    """What can be recommended.

    Attributes:
        ids: (items,) str objects, ascending.
        group: (items,) code of the narrower group that an item belongs to, NO_GROUP where none is known: the type of
            a product, the category of a type.
        wide: (items,) code of the wider group, the category of a product; of a type the same as `group`.
        groups: name of each code of `group`.
        wides: name of each code of `wide`.
    """

    ids: NDArray[np.object_]
    group: Ints
    wide: Ints
    groups: tuple[str, ...]
    wides: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, eq=False)
class Purchases:
    """Items bought, ordered by (customer, time, order, item); returns and guests are not among them.

    An item counts once for each order, however many lines or units it has there.

    Attributes:
        customer_ids: (customers,) str objects, ascending.
        items: what was bought.
        customer: (rows,) place in `customer_ids`.
        item: (rows,) place in `items`.
        order: (rows,) number of the order; ascending within a customer.
        at: (rows,) microseconds since 1970, UTC.
        known: (rows,) when the row became known, never before `at`.
        store: (rows,) code of the store; one for all where stores are not told.
        amount: (rows,) paid, minor units.
        quantity: (rows,) units, 1 where it is not told.
    """

    customer_ids: NDArray[np.object_]
    items: Items
    customer: Ints
    item: Ints
    order: Ints
    at: Ints
    known: Ints
    store: Ints
    amount: Floats
    quantity: Floats

    def __len__(self) -> int:
        return len(self.at)

    def where(self, mask: Mask) -> Purchases:
        """The rows of a mask (rows,); customers and items keep their places."""
        own = ("customer", "item", "order", "at", "known", "store", "amount", "quantity")
        return replace(self, **{name: getattr(self, name)[mask] for name in own})

    def before(self, cutoff: datetime) -> Purchases:
        """What had happened, and was known, before an instant."""
        return self.where(self.known < micros(cutoff))

    def between(self, start: datetime, end: datetime) -> Purchases:
        """What happened in [start, end), whenever it became known: outcomes, never features."""
        return self.where((self.at >= micros(start)) & (self.at < micros(end)))

    @property
    def pair(self) -> Ints:
        """One number for each customer and item, (rows,)."""
        return self.customer * len(self.items) + self.item


def micros(instant: datetime) -> int:
    """Microseconds since 1970 of an instant with a time zone.

    Raises:
        ValueError: the instant has no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone; give one, such as UTC")
    return round(instant.timestamp() * 1_000_000)


def read_purchases(tables: Path, level: str = "product") -> Purchases:
    """Read what customers bought from validated tables.

    Args:
        tables: the folder of validated Parquet files.
        level: one of LEVELS.

    Raises:
        FileNotFoundError: there are no validated order lines.
        ValueError: the level is unknown, or the tables do not say which products were bought.
    """
    if level not in LEVELS:
        raise ValueError(f"there is no level {level!r} of items; choose one of {', '.join(LEVELS)}")
    lines, products = tables / "order_lines.parquet", tables / "products.parquet"
    if not lines.is_file():
        raise FileNotFoundError(f"no validated order_lines at {lines}; run: regulars validate")
    there = set(pq.read_schema(lines).names)
    if "product_id" not in there:
        raise ValueError(
            "table 'order_lines' has no column 'product_id', which recommendations need; map it in "
            "[tables.order_lines] of regulars.toml"
        )
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE VIEW products AS {_products(products)}")
        connection.execute(f"CREATE VIEW bought AS {_bought(lines, there, level)}")
        rows = connection.sql(_ROWS).to_arrow_table()
        people = connection.sql("SELECT DISTINCT customer_id AS id FROM bought ORDER BY id").to_arrow_table()
        named = connection.sql(_items(level)).to_arrow_table()
    if not rows.num_rows:
        raise ValueError("no order line names a customer and an item; recommendations need both")
    return Purchases(
        customer_ids=_objects(people["id"]),
        items=_as_items(named),
        **{
            name: rows[name].to_numpy().astype(np.int64)
            for name in ("customer", "item", "order", "at", "known", "store")
        },
        **{name: rows[name].to_numpy().astype(np.float64) for name in ("amount", "quantity")},
    )


_ROWS = """
    WITH people AS (SELECT customer_id, row_number() OVER (ORDER BY customer_id) - 1 AS customer
                    FROM (SELECT DISTINCT customer_id FROM bought)),
    things AS (SELECT item_id, row_number() OVER (ORDER BY item_id) - 1 AS item
               FROM (SELECT DISTINCT item_id FROM bought)),
    placed AS (SELECT customer_id, order_id, min(moment) AS placed FROM bought GROUP BY ALL),
    orders AS (SELECT *, row_number() OVER (ORDER BY customer_id, placed, order_id) - 1 AS number FROM placed),
    counted AS (SELECT customer_id, order_id, item_id, known, min(moment) AS moment, sum(amount) AS amount,
                       sum(quantity) AS quantity, min(store) AS store
                FROM bought GROUP BY ALL)
    SELECT customer, item, number AS "order", moment AS "at", known, amount, quantity,
           dense_rank() OVER (ORDER BY store) - 1 AS store
    FROM counted JOIN people USING (customer_id) JOIN things USING (item_id)
        JOIN orders USING (customer_id, order_id)
    ORDER BY number, item, known"""


def _products(file: Path) -> str:
    """SQL for products with the columns that name them, empty where they were not brought."""
    columns = ("product_id", "category", "subcategory")
    there = set(pq.read_schema(file).names) if file.is_file() else set()
    wanted = [name if name in there else f"NULL::VARCHAR AS {name}" for name in columns]
    source = f"FROM read_parquet({literal(str(file))})" if there else "WHERE false"
    return f"SELECT {', '.join(wanted)} {source}"


def _bought(lines: Path, there: set[str], level: str) -> str:
    """SQL for order lines that count, with `item_id`."""
    item = "order_lines.product_id" if level == "product" else _TYPE
    known = (
        "greatest(ordered_at, coalesce(ingested_at, ordered_at))" if "ingested_at" in there else "ordered_at"
    )
    store = "coalesce(CAST(store_id AS VARCHAR), '')" if "store_id" in there else "''"
    quantity = "coalesce(abs(quantity), 1)" if "quantity" in there else "1"
    return f"""
        SELECT customer_id, order_id, {item} AS item_id, epoch_us(ordered_at) AS moment, epoch_us({known}) AS known,
               amount, {quantity} AS quantity, {store} AS store
        FROM read_parquet({literal(str(lines))}) AS order_lines
        LEFT JOIN products ON products.product_id = order_lines.product_id
        WHERE customer_id IS NOT NULL AND {item} IS NOT NULL AND amount > 0"""


def _items(level: str) -> str:
    """SQL for items with the names of their groups."""
    if level == "product":
        named = f"SELECT product_id AS id, {_TYPE} AS narrow, category AS wide FROM products"
    else:
        named = (
            f"SELECT {_TYPE} AS id, min(category) AS narrow, min(category) AS wide FROM products GROUP BY id"
        )
    return f"""
        SELECT id, narrow, wide FROM (SELECT DISTINCT item_id AS id FROM bought) AS items
        LEFT JOIN ({named}) AS named USING (id) ORDER BY id"""


def _as_items(named: pa.Table) -> Items:
    narrow, groups = _codes(named["narrow"])
    wide, wides = _codes(named["wide"])
    return Items(_objects(named["id"]), narrow, wide, groups, wides)


def _codes(names: pa.ChunkedArray) -> tuple[Ints, tuple[str, ...]]:
    """The place of each name among all, ascending, NO_GROUP where there is none; and all names."""
    distinct = sorted({name for name in names.to_pylist() if name is not None})
    place: dict[Any, int] = {name: code for code, name in enumerate(distinct)} | {None: NO_GROUP}
    return np.array([place[name] for name in names.to_pylist()], np.int64), tuple(distinct)


def _objects(column: pa.ChunkedArray) -> NDArray[np.object_]:
    return np.array(column.to_pylist(), dtype=object)
