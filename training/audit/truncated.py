"""The tables as they were at a past cutoff: what happened or became known later is taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from features.contract import INGESTED_AT, TABLES
from features.tables.casting import identifier, literal

ANSWERED_LATER: dict[str, dict[str, tuple[str, ...]]] = {
    "order_lines": {"delivered_at": ("delivered_at",)},
    "interactions": {
        "first_response_at": ("first_response_at",),
        "resolved_at": ("resolved_at",),
        "reopened_at": ("reopened_at",),
        "csat_at": ("csat_at", "csat"),
    },
}
"""Columns that a row gets after it began: by table, the instant from which each holds and the columns that it fills.

A plan (`due_at`, `promised_at`, `expires_at`) is known from the beginning and is not among them.
"""


def truncated_tables(files: Mapping[str, Path], cutoff: datetime, folder: Path) -> dict[str, Path]:
    """Write the tables without what was not known before a cutoff.

    Rows whose event time or `ingested_at` is not before the cutoff are left out, and columns that a row got after it
    are empty. Tables without an event time stay as they are and are not written.

    Args:
        files: Parquet of validated tables, by name.
        folder: where to write.

    Returns:
        The files that were written, by name.
    """
    written = {}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, file in files.items():
            if TABLES[name].event_time is None:
                continue
            written[name] = folder / f"{name}.parquet"
            connection.execute(
                f"COPY ({truncated_sql(name, file, cutoff)}) TO {literal(str(written[name]))} (FORMAT parquet)"
            )
    return written


def truncated_sql(name: str, file: Path, cutoff: datetime) -> str:
    """SQL of a table's rows that were known before a cutoff, with what was known of them."""
    there = list(pq.read_schema(file).names)
    at = instant_sql(cutoff)
    times = [TABLES[name].event_time or "", INGESTED_AT.name]
    # an empty time is from ever (customers), or not late
    kept = [f"({column} IS NULL OR {column} < {at})" for column in times if column in there]
    return (
        f"SELECT {_columns(name, there, at)} FROM read_parquet({literal(str(file))})"
        f" WHERE {' AND '.join(kept) or 'true'}"
    )


def instant_sql(at: datetime) -> str:
    """An instant as SQL."""
    return f"{literal(at.astimezone(UTC).isoformat(' '))}::TIMESTAMPTZ"


def _columns(name: str, there: Sequence[str], at: str) -> str:
    """All columns in their order; those that were filled later only where that was before `at`."""
    later = {
        column: instant
        for instant, filled in ANSWERED_LATER.get(name, {}).items()
        for column in filled
        if instant in there
    }
    return ", ".join(
        f"CASE WHEN {later[column]} < {at} THEN {identifier(column)} END AS {identifier(column)}"
        if column in later
        else identifier(column)
        for column in there
    )
