"""Who occurs in the validated tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from features.contract import TABLES
from features.tables.casting import identifier, literal


def known_people(folder: Path, ids: Sequence[str]) -> set[str]:
    """Those of the ids that a validated table names in a column of people; none where nothing is validated.

    Args:
        folder: the validated tables.
        ids: as the validated tables write them, see `canonical_id`.
    """
    known: set[str] = set()
    with duckdb.connect() as connection:
        connection.register("asked", pa.table({"id": pa.array(ids, pa.string())}))
        for file, column in _columns(folder):
            within = f"SELECT {identifier(column)} FROM read_parquet({literal(str(file))})"
            found = connection.execute(f"SELECT id FROM asked WHERE id IN ({within})").fetchall()
            known.update(str(row[0]) for row in found)
    return known


def _columns(folder: Path) -> list[tuple[Path, str]]:
    """Each file with each of its columns that names people."""
    files = {folder / f"{name}.parquet": table for name, table in TABLES.items()}
    return [
        (file, column.name)
        for file, table in files.items()
        if file.is_file()
        for column in table.columns
        if column.person and column.name in pq.read_schema(file).names
    ]
