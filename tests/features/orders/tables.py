"""Small validated tables on disk, as the feeder finds them."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features.contract import TABLES

TYPES = {
    "time": pa.timestamp("us", "UTC"),
    "money": pa.int64(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "flag": pa.bool_(),
}
Row = dict[str, Any]


def write(folder: Path, table: str, rows: Sequence[Row], *, without: Sequence[str] = ()) -> None:
    """Write a validated table; columns named in `without` are absent, values left out of a row are empty."""
    kept = [column for column in TABLES[table].columns if column.name not in without]
    schema = pa.schema([(column.name, TYPES.get(column.kind, pa.string())) for column in kept])
    folder.mkdir(parents=True, exist_ok=True)
    columns = {column.name: [row.get(column.name) for row in rows] for column in kept}
    pq.write_table(pa.table(columns, schema), folder / f"{table}.parquet")


def sale(number: int, at: datetime, amount: int = 100, **other: Any) -> Row:
    """A line of an order of its own, bought by ann unless said otherwise."""
    plain = {
        "order_id": f"o{number}",
        "line_id": "1",
        "customer_id": "ann",
        "ordered_at": at,
        "amount": amount,
    }
    return {"list_amount": amount, "product_id": "green", "quantity": 1.0, **plain, **other}


PRODUCTS = [
    {
        "product_id": "green",
        "category": "drinks",
        "subcategory": "tea",
        "brand": "b1",
        "is_private_label": False,
    },
    {
        "product_id": "black",
        "category": "drinks",
        "subcategory": "tea",
        "brand": "b2",
        "is_private_label": True,
    },
    {"product_id": "mocha", "category": "drinks", "brand": "b1"},
    {"product_id": "strange", "brand": "b2", "is_private_label": True},
]
