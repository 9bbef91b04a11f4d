"""How much of each column is filled, and how much of the sales the products cover."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from features.contract import TABLES, Column
from features.tables.report import Finding
from training.readiness.features import reading
from training.readiness.lines import Lines

HARDLY = 0.05
MOSTLY = 0.9


@dataclass(frozen=True)
class Reach:
    """What share of the order lines, and of the sales (positive amounts), something is known for."""

    lines: float
    sales: float


@dataclass(frozen=True)
class Coverage:
    """Filled columns and known products.

    Attributes:
        filled: share of the rows with a value, for each optional column that was brought, as `table.column`.
        not_brought: optional columns of the tables that were brought which are not there, as `table.column`.
        tables_not_brought: tables of the contract that are not there.
        product_id, products, category, subcategory: lines that name a product; whose product is in `products`; and
            there has a category, a subcategory.
    """

    filled: dict[str, float]
    not_brought: tuple[str, ...]
    tables_not_brought: tuple[str, ...]
    product_id: Reach
    products: Reach
    category: Reach
    subcategory: Reach


def measure_coverage(lines: Lines) -> Coverage:
    """Count empty values, from the statistics of the Parquet files where they have them, and join the products."""
    filled, absent = {}, []
    for name in lines.rows:
        shares = _filled(lines, lines.folder / f"{name}.parquet", name)
        for column in _optional(name):
            if column.name in shares:
                filled[f"{name}.{column.name}"] = shares[column.name]
            else:
                absent.append(f"{name}.{column.name}")
    return Coverage(
        filled, tuple(absent), tuple(name for name in TABLES if name not in lines.rows), *_reach(lines)
    )


def _optional(table: str) -> list[Column]:
    """Columns that may be absent, but for those that validation makes itself or reads as a clock."""
    other = (TABLES[table].positional, "ingested_at")
    return [column for column in TABLES[table].columns if not column.required and column.name not in other]


def _filled(lines: Lines, file: Path, table: str) -> dict[str, float]:
    metadata = pq.read_metadata(file)
    rows = max(metadata.num_rows, 1)
    names = [column.name for column in _optional(table) if lines.brought(table, column.name)]
    empty = _nulls(metadata, names)
    if unknown := [name for name in names if name not in empty]:
        counts = ", ".join(f"count(*) - count({name})" for name in unknown)
        empty |= dict(
            zip(unknown, lines.one(f"SELECT {counts} FROM read_parquet(?)", str(file)), strict=True)
        )
    return {name: 1 - empty[name] / rows for name in names}


def _nulls(metadata: pq.FileMetaData, names: list[str]) -> dict[str, int]:
    """Empty values by column, of the columns whose statistics are complete."""
    nulls, unknown = dict.fromkeys(names, 0), set()
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    for chunk in (group.column(place) for group in groups for place in range(metadata.num_columns)):
        name, known = chunk.path_in_schema, chunk.statistics
        if known is None or not known.has_null_count:
            unknown.add(name)
        elif name in nulls:
            nulls[name] += known.null_count
    return {name: count for name, count in nulls.items() if name not in unknown}


def _reach(lines: Lines) -> tuple[Reach, Reach, Reach, Reach]:
    """One row for each product sold, then the shares over all of them."""
    conditions = (
        "sold.product_id IS NOT NULL",
        "products.product_id IS NOT NULL",
        "category IS NOT NULL",
        "subcategory IS NOT NULL",
    )
    sums = ", ".join(
        f"coalesce(sum(n) FILTER ({one}), 0) / greatest(sum(n), 1),"
        f" coalesce(sum(sales) FILTER ({one}), 0) / greatest(sum(sales), 1)"
        for one in conditions
    )
    found = lines.one(
        f"""WITH sold AS (SELECT product_id, count(*) AS n, sum(greatest(amount, 0)) AS sales
                          FROM order_lines GROUP BY ALL)
            SELECT {sums} FROM sold LEFT JOIN products ON products.product_id = sold.product_id"""
    )
    shares = [float(share or 0) for share in found]
    return (Reach(*shares[0:2]), Reach(*shares[2:4]), Reach(*shares[4:6]), Reach(*shares[6:8]))


def coverage_findings(coverage: Coverage, lines: Lines) -> list[Finding]:
    """Warnings for products that are not known, recommendations for columns that are nearly empty."""
    findings = []
    if "products" in lines.rows and coverage.products.lines < MOSTLY * coverage.product_id.lines:
        findings.append(_unknown_products(coverage, lines))
    if lines.brought("products", "category") and coverage.category.lines < MOSTLY * coverage.products.lines:
        mend = (
            f"{coverage.category.lines:.0%} of the lines and {coverage.category.sales:.0%} of the sales have a"
            " category; features of product types see nothing else: fill products.category"
        )
        findings.append(Finding("category_missing", "readiness", "warning", mend, "products", "category"))
    for name, share in coverage.filled.items():
        features = reading(name)
        if share < HARDLY and features:
            table, column = name.split(".")
            mend = f"{share:.1%} of the rows have a value; {features} features read it: fill it or map another column"
            findings.append(Finding("hardly_filled", "readiness", "recommendation", mend, table, column))
    return findings


def _unknown_products(coverage: Coverage, lines: Lines) -> Finding:
    examples = lines.fetch(
        """SELECT product_id FROM sample ANTI JOIN products USING (product_id)
           WHERE product_id IS NOT NULL GROUP BY ALL ORDER BY count(*) DESC, product_id LIMIT 3"""
    )
    missing = coverage.product_id.lines - coverage.products.lines
    mend = (
        f"{missing:.0%} of the lines name a product that is not in 'products'; do both tables write ids alike?"
        " bring the missing products"
    )
    rows = round(missing * lines.rows["order_lines"])
    shown = tuple(str(row[0]) for row in examples)
    return Finding("unknown_products", "readiness", "warning", mend, "order_lines", "product_id", rows, shown)
