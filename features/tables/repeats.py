"""Rows that are there more than once: which version counts, and what the others are.

Within a file the first row of a key counts. Of the parts of a folder the last one counts, by the order of their
names: a later export knows better. The time at which the row first became known is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.tables.casting import identifier
from features.tables.plan import REASON, Plan, comparable_sql
from features.tables.rows import ordinals_within, row_array, sections
from features.tables.source import POSITION
from features.tables.stream import batches
from features.tables.survey import Survey

DUPLICATE = "duplicate_key"
REPEATED = "repeated_row"
SUPERSEDED = "superseded_row"
REASONS = (DUPLICATE, REPEATED, SUPERSEDED)

HARMLESS = frozenset({REPEATED, SUPERSEDED})
"""Nothing is lost with these rows: another one says the same, or better."""

_BATCH = 1 << 20
_NONE = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Repeats:
    """Rows that do not count because another does.

    Attributes:
        positions: int64 (n,), ascending.
        reasons: uint8 (n,), each an index of `REASONS`.
        kept: int64 (m,), ascending positions of rows that count although they became known before.
        known: int64 (m,), microseconds since 1970 at which each of those first became known; -1 for the time
            of the event itself.
    """

    positions: npt.NDArray[np.int64] = field(default_factory=_NONE.copy)
    reasons: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    kept: npt.NDArray[np.int64] = field(default_factory=_NONE.copy)
    known: npt.NDArray[np.int64] = field(default_factory=_NONE.copy)


def find_repeats(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    found: Survey,
    reading: str,
    scratch: Path,
) -> Repeats:
    """Look for rows that are there more than once; usually there are none, which costs one sort.

    Args:
        connection: the database.
        plan: the table.
        found: its survey, with the hash of every key.
        reading: SQL of its canonical rows, from `reading_sql`.
        scratch: a folder for what does not fit into memory.
    """
    if plan.is_positional:
        return _repeated_lines(connection, plan, scratch)
    ordered = np.sort(found.key_hashes)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(twice):
        return Repeats()
    connection.register(
        "candidates", pa.table({"candidate": np.flatnonzero(np.isin(found.key_hashes, twice))})
    )
    connection.register("parts", pa.table({"start": pa.array(plan.source.starts, pa.int64())}))
    try:
        return _judged(connection.sql(_versions(plan, reading)).to_arrow_table())
    finally:
        connection.unregister("candidates")
        connection.unregister("parts")


def _with_equal_hashes(key_hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Positions of the rows whose hash another row has too."""
    found = [_NONE]
    for rows in sections(key_hashes):
        hashes = key_hashes[rows]
        ordered = np.sort(hashes)
        twice = ordered[1:][ordered[1:] == ordered[:-1]]
        if len(twice):
            found.append(rows[np.isin(hashes, twice)])
    return np.concatenate(found)


def _versions(plan: Plan, reading: str) -> str:
    """SQL of the usable candidates beside the row that counts among those of their key.

    Keys are compared themselves, not their hashes, so that a collision of hashes quarantines nobody.
    """
    keys = ", ".join(identifier(name) for name in plan.key)
    named = "".join(
        f" AND {identifier(name)} IS NOT NULL" for name in plan.key if plan.column(name).filled_for
    )
    content = ", ".join(identifier(name) for name in plan.source_names if name != "ingested_at")
    known = "epoch_us(ingested_at)" if "ingested_at" in plan.source_names else "NULL::BIGINT"
    return (
        "SELECT position, start AS part, content, known,"
        " first_value(position) OVER ranked AS winner, first_value(start) OVER ranked AS winning_part,"
        " first_value(content) OVER ranked AS winning_content,"
        " CASE WHEN bool_or(known IS NULL) OVER same THEN -1 ELSE min(known) OVER same END AS first_known"
        f" FROM (SELECT {POSITION} AS position, {keys}, hash({content}) AS content, {known} AS known"
        f" FROM ({reading}) WHERE {REASON} IS NULL{named}"
        f" AND {POSITION} IN (SELECT candidate FROM candidates)) AS rows"
        " ASOF JOIN parts ON rows.position >= parts.start"
        f" WINDOW same AS (PARTITION BY {keys}), ranked AS (PARTITION BY {keys} ORDER BY start DESC, position)"
        " ORDER BY position"
    )


def _judged(versions: pa.Table) -> Repeats:
    columns = {name: versions.column(name) for name in versions.column_names}
    position, winner = columns["position"].to_numpy(), columns["winner"].to_numpy()
    same = columns["content"].to_numpy() == columns["winning_content"].to_numpy()
    older = columns["part"].to_numpy() < columns["winning_part"].to_numpy()
    reasons = np.where(same, REASONS.index(REPEATED), np.where(older, REASONS.index(SUPERSEDED), 0))
    lost = position != winner
    first = columns["first_known"].to_numpy()
    own = columns["known"].fill_null(-1).to_numpy()
    earlier = ~lost & (own != first)
    return Repeats(
        position[lost].astype(np.int64),
        reasons[lost].astype(np.uint8),
        position[earlier].astype(np.int64),
        first[earlier].astype(np.int64),
    )


def _repeated_lines(connection: duckdb.DuckDBPyConnection, plan: Plan, scratch: Path) -> Repeats:
    """Rows without a key of their own that an earlier part has as well, each as often as it is there.

    Two equal lines of one part are two lines, such as the same product rung up twice.
    """
    starts = np.array(plan.source.starts, np.int64)
    if len(starts) < 2:
        return Repeats()
    content = _content_hashes(connection, plan, scratch)
    lost = [_NONE]
    for rows in sections(content):
        part = np.searchsorted(starts, rows, side="right").astype(np.uint64)
        nth = ordinals_within(_mixed(content[rows], part)).astype(np.uint64)
        lost.append(rows[ordinals_within(_mixed(content[rows], nth)) > 1])
    positions = np.sort(np.concatenate(lost))
    return Repeats(positions, np.full(len(positions), REASONS.index(REPEATED), np.uint8))


def _content_hashes(
    connection: duckdb.DuckDBPyConnection, plan: Plan, scratch: Path
) -> npt.NDArray[np.uint64]:
    """uint64 (rows,), the hash of each row without `ingested_at`, by position."""
    names = tuple(name for name in plan.source_names if name != "ingested_at")
    listed = ", ".join(identifier(name) for name in names)
    query = f"SELECT {POSITION}, hash({listed}) FROM ({comparable_sql(plan, names)})"
    hashes = row_array(plan.source.rows, np.uint64, scratch)
    for batch in batches(connection, query, _BATCH):
        hashes[batch.column(0).to_numpy()] = batch.column(1).to_numpy()
    return hashes


def _mixed(hashes: npt.NDArray[np.uint64], salt: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Hashes that also differ by the salt (splitmix64, Steele et al. 2014)."""
    mixed = hashes + salt * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))
