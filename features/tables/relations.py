"""Whether the tables speak of the same customers, products and offers: ids that occur in two of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from features.contract import OFFERS, ORDER_LINES, PRODUCTS
from features.tables.plan import Plan
from features.tables.quoting import identifier, literal
from features.tables.report import Finding

LEAST_SHARE = 0.05
"""Of the ids of a table, so many at least occur in the other where both speak of the same things."""

FEWEST = 20
"""With fewer ids than this, only none in common is worth a word."""

_FORMS = {
    "letters in one case": "lower({0})",
    "leading zeros stripped": "coalesce(nullif(ltrim({0}, '0'), ''), '0')",
    "letters and marks before the digits stripped": "regexp_replace({0}, '^[^0-9]+', '')",
    "both": "coalesce(nullif(regexp_replace({0}, '^[^1-9]+', ''), ''), '0')",
}


@dataclass(frozen=True)
class _Side:
    """One column of ids in a validated table."""

    table: str
    column: str
    rows: str

    def ids(self, form: str = "{0}") -> str:
        """SQL of the different ids, written in a form."""
        written = form.format(identifier(self.column))
        return f"SELECT DISTINCT {written} AS id FROM {self.rows} WHERE {identifier(self.column)} IS NOT NULL"


def relation_findings(
    connection: duckdb.DuckDBPyConnection, folder: Path, plans: Mapping[str, Plan]
) -> list[Finding]:
    """A warning for each two tables whose ids do not meet, with what would make them meet where that can be told.

    Compared are the customers and products of every table with those of the order lines, products also with the
    products table and offers with the offers table.

    Args:
        connection: the database; its memory limit holds.
        folder: the validated tables, `<table>.parquet`.
        plans: how they were read, by table.
    """
    findings = []
    for column, home in _HOMES:
        there = _side(folder, plans, home, column)
        if there is None:
            continue
        for name in plans:
            here = _side(folder, plans, name, column)
            if here is not None and name != home:
                findings += _compared(connection, here, there)
    return findings


_HOMES = (
    ("customer_id", ORDER_LINES.name),
    ("product_id", PRODUCTS.name),
    ("offer_id", OFFERS.name),
)


def _side(folder: Path, plans: Mapping[str, Plan], table: str, column: str) -> _Side | None:
    file = folder / f"{table}.parquet"
    if table not in plans or column not in plans[table].source_names or not file.is_file():
        return None
    return _Side(table, column, f"read_parquet({literal(str(file))})")


def _compared(connection: duckdb.DuckDBPyConnection, here: _Side, there: _Side) -> list[Finding]:
    """Held against the smaller of the two, since a table may speak of few customers of many."""
    sizes = [_count(connection, side.ids()) for side in (here, there)]
    common = _common(connection, here, there, "{0}")
    smaller = min(sizes)
    if not smaller or common >= (LEAST_SHARE * smaller if smaller >= FEWEST else 1):
        return []
    examples = tuple(_example(connection, side) for side in (here, there))
    found = (
        f"{common:,} of {sizes[0]:,} different {here.column} occur in {there.table!r}, which has {sizes[1]:,}"
    )
    mend = f"{found}; {_remedy(connection, here, there, smaller)}"
    rows = _count(connection, f"SELECT 1 FROM {here.rows} WHERE {identifier(here.column)} IS NOT NULL")
    return [Finding("ids_do_not_meet", "relations", "warning", mend, here.table, here.column, rows, examples)]


def _remedy(connection: duckdb.DuckDBPyConnection, here: _Side, there: _Side, smaller: int) -> str:
    for name, form in _FORMS.items():
        common = _common(connection, here, there, form)
        if 2 * common > smaller:
            how = "leading zeros and what stands before them stripped" if name == "both" else name
            return f"with {how} {common:,} would; export the ids of both tables in one form"
    return "map the column that holds the same ids as the other table, or export both from one system"


def _count(connection: duckdb.DuckDBPyConnection, rows: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM ({rows})").fetchall()[0][0])


def _common(connection: duckdb.DuckDBPyConnection, here: _Side, there: _Side, form: str) -> int:
    return _count(connection, f"{here.ids(form)} INTERSECT {there.ids(form)}")


def _example(connection: duckdb.DuckDBPyConnection, side: _Side) -> str:
    return str(connection.execute(f"SELECT min(id) FROM ({side.ids()})").fetchall()[0][0])
