"""Bringing the copy of a table level with its source: new rows in, changed rows over, rows that are gone out.

Rows are compared as a whole and counted, so that two lines that are equal stay two. A changed row, told by its key,
keeps the time at which it first became known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from features.tables.casting import identifier, literal
from features.tables.database import known_since
from features.tables.parts import Parts
from features.tables.source import POSITION, Source, parquet, position, row_count

KNOWN_AT = "__known_at"
STAMP = "ingested_at"
ZONED = "TIMESTAMP WITH TIME ZONE"
ADDED = "extract_added"
"""The rows that are new, with `__position`, while an extract is under way."""

MOST_PARTS = 100
"""Beyond so many files, all are written as one."""

_DIFFERENCE, _GONE = "extract_difference", "extract_gone"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Shape:
    """The columns of a copy.

    Attributes:
        columns: DuckDB type by the name in the source.
        key: those that together occur once; empty where nothing tells a row from another.
        known: the one that tells when a row became known, or None.
    """

    columns: dict[str, str]
    key: tuple[str, ...]
    known: str | None

    @property
    def names(self) -> str:
        """The columns, quoted for SQL."""
        return ", ".join(map(identifier, self.columns))

    @property
    def fresh(self) -> str:
        """SQL of when a row that is new became known; NULL is when it happened."""
        return f"NULL::{ZONED}" if self.known is None else identifier(self.known)


def newest_known(
    connection: duckdb.DuckDBPyConnection, parts: Parts, shape: Shape, timezone: str
) -> datetime | None:
    """The latest time, up to now, at which a row held became known; naive for a column without zone.

    A row dated 2099 would otherwise end all extracts.
    """
    if shape.known is None or not parts.names:
        return None
    zoned = shape.columns[shape.known] == ZONED
    known, kind = identifier(shape.known), ZONED if zoned else "TIMESTAMP"
    now = "now()" if zoned else f"timezone({literal(timezone)}, now())"
    query = f"SELECT epoch_us(max({known}::{kind})) FROM {parquet(parts.files)} WHERE {known} <= {now}"
    found = connection.execute(query).fetchall()[0][0]
    if found is None:
        return None
    instant = _EPOCH + timedelta(microseconds=int(found))
    return instant if zoned else instant.replace(tzinfo=None)


def bring_level(
    connection: duckdb.DuckDBPyConnection,
    parts: Parts,
    shape: Shape,
    incoming: str,
    since: datetime | None,
    fresh: str | None = None,
) -> tuple[str, ...]:
    """Write the files that are missing for a copy to be level with its source; they do not count yet.

    Args:
        connection: the database that reads both.
        parts: what is held.
        shape: its columns.
        incoming: SQL of the rows of the source.
        since: `incoming` has only rows known from then on; None is every row.
        fresh: SQL of `__position` and `__known_at` for the rows of `extract_added`; without it, a row became known
            when its own column says.

    Returns:
        The names of the files that hold the copy from now on.
    """
    if not parts.names:
        return _write(
            connection, parts, f"SELECT {shape.names}, {shape.fresh} AS {KNOWN_AT} FROM ({incoming})"
        )
    _compare(connection, parts, shape, incoming, since)
    fresh = fresh or f"SELECT {POSITION}, {shape.fresh} AS {KNOWN_AT} FROM {ADDED}"
    kept = _keep(connection, parts)
    return (*kept, *_write(connection, parts, _added(shape, fresh)))


def _compare(
    connection: duckdb.DuckDBPyConnection, parts: Parts, shape: Shape, incoming: str, since: datetime | None
) -> None:
    """Make tables of the rows that are new and of the places of those that no longer hold."""
    window = known_since(shape.known, since) if shape.known and since else "true"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {_DIFFERENCE} AS SELECT {shape.names}, sum(__side)::BIGINT AS __excess FROM"
        f" (SELECT {shape.names}, 1 AS __side FROM ({incoming})"
        f" UNION ALL SELECT {shape.names}, -1 FROM {parquet(parts.files)} WHERE {window})"
        f" GROUP BY {shape.names} HAVING sum(__side) <> 0"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {ADDED} AS SELECT *, row_number() OVER () - 1 AS {POSITION} FROM"
        f" (SELECT {shape.names} FROM (SELECT *, unnest(range(__excess)) FROM {_DIFFERENCE} WHERE __excess > 0)"
        f" ORDER BY ALL)"
    )
    queries = [_vanished(parts, shape, window)]
    if shape.key and window != "true":
        queries.append(_superseded(parts, shape, window))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {_GONE} AS {' UNION ALL '.join(queries)}")


def _held(parts: Parts) -> str:
    return f"(SELECT *, file_index AS __part, file_row_number AS __row FROM {parquet(parts.files)})"


def _vanished(parts: Parts, shape: Shape, window: str) -> str:
    """SQL of held rows that the source no longer has as they are; of equal ones the last."""
    equal = " AND ".join(f"held.{name} IS NOT DISTINCT FROM less.{name}" for name in _quoted(shape))
    equals = ", ".join(f"held.{name}" for name in _quoted(shape))
    return (
        f"SELECT __part, __row, {KNOWN_AT}{_keys(shape)} FROM (SELECT held.*, __excess,"
        f" row_number() OVER (PARTITION BY {equals} ORDER BY __part DESC, __row DESC) AS __nth"
        f" FROM (SELECT * FROM {_held(parts)} WHERE {window}) AS held"
        f" JOIN (SELECT * FROM {_DIFFERENCE} WHERE __excess < 0) AS less ON {equal}) WHERE __nth <= -__excess"
    )


def _superseded(parts: Parts, shape: Shape, window: str) -> str:
    """SQL of held rows that were not asked for, and of which a newer version has come."""
    keys = ", ".join(map(identifier, shape.key))
    return (
        f"SELECT __part, __row, {KNOWN_AT}{_keys(shape)} FROM {_held(parts)}"
        f" WHERE NOT {window} AND ({keys}) IN (SELECT ({keys}) FROM {ADDED})"
    )


def _quoted(shape: Shape) -> list[str]:
    return [identifier(name) for name in shape.columns]


def _keys(shape: Shape) -> str:
    return "".join(f", {identifier(name)}" for name in shape.key)


def _added(shape: Shape, fresh: str) -> str:
    """SQL of the rows that are new; a changed one keeps when it became known first."""
    columns = ", ".join(f"new.{name}" for name in _quoted(shape))
    if not shape.key:
        new = f"{ADDED} AS new JOIN ({fresh}) USING ({POSITION})"
        return f"SELECT {columns}, {KNOWN_AT} FROM {new} ORDER BY {POSITION}"
    keys = ", ".join(map(identifier, shape.key))
    same = " AND ".join(f"new.{name} = old.{name}" for name in map(identifier, shape.key))
    first = f"CASE WHEN count(*) = count({KNOWN_AT}) THEN min({KNOWN_AT}) END AS __first_known"
    return (
        f"SELECT {columns}, CASE WHEN __was_there THEN __first_known ELSE {KNOWN_AT} END AS {KNOWN_AT}"
        f" FROM {ADDED} AS new JOIN ({fresh}) USING ({POSITION})"
        f" LEFT JOIN (SELECT {keys}, true AS __was_there, {first} FROM {_GONE} GROUP BY {keys}) AS old ON {same}"
        f" ORDER BY {POSITION}"
    )


def _keep(connection: duckdb.DuckDBPyConnection, parts: Parts) -> tuple[str, ...]:
    """The files held, those with rows that are gone written anew without them."""
    touched = {int(row[0]) for row in connection.execute(f"SELECT DISTINCT __part FROM {_GONE}").fetchall()}
    if len(parts.names) >= MOST_PARTS:
        return _rewrite(connection, parts, range(len(parts.names)))
    names: list[str] = []
    for number, name in enumerate(parts.names):
        names += _rewrite(connection, parts, [number]) if number in touched else [name]
    return tuple(names)


def _rewrite(connection: duckdb.DuckDBPyConnection, parts: Parts, numbers: Sequence[int]) -> tuple[str, ...]:
    """Some files, one after the other, as one without the rows that are gone."""
    files = parquet([parts.files[number] for number in numbers])
    rows = f"SELECT *, file_index + {numbers[0]} AS __part, file_row_number AS __row FROM {files}"
    gone = f"SELECT __part, __row FROM {_GONE}"
    kept = f"SELECT * FROM ({rows}) WHERE (__part, __row) NOT IN ({gone}) ORDER BY __part, __row"
    return _write(connection, parts, f"SELECT * EXCLUDE (__part, __row) FROM ({kept})")


def _write(connection: duckdb.DuckDBPyConnection, parts: Parts, query: str) -> tuple[str, ...]:
    """A file with the rows of a query, or none where there are none."""
    with parts.writing() as target:
        copied = connection.execute(
            f"COPY ({query}) TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd)"
        )
        rows = int(copied.fetchall()[0][0])
    return (parts.last,) if rows else ()


def read_copy(connection: duckdb.DuckDBPyConnection, files: Sequence[Path], shape: Shape) -> Source:
    """A copy as the source of a table.

    The column that tells when a row became known has the time at which it first did. Without such a column, the
    copy has `ingested_at` of its own where some rows came late, and is `stamped`.
    """
    counts = [row_count(file) for file in files]
    starts = tuple(sum(counts[:number]) for number in range(len(counts)))
    stamped = (
        bool(files) and shape.known is None and STAMP not in shape.columns and _has_stamps(connection, files)
    )
    columns = shape.columns | ({STAMP: ZONED} if stamped else {})
    told = STAMP if stamped else shape.known
    read = [f"{KNOWN_AT} AS {identifier(name)}" if name == told else identifier(name) for name in columns]
    relation = f"SELECT {', '.join(read)}, {position(starts)} AS {POSITION} FROM {parquet(files)}"
    if not files:
        empty = ", ".join(f"NULL::{kind} AS {identifier(name)}" for name, kind in columns.items())
        relation = f"SELECT {empty}, 0::BIGINT AS {POSITION} WHERE false"
    return Source(relation, columns, sum(counts), has_broken=False, stamped=stamped, noun="table")


def _has_stamps(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> bool:
    found = connection.execute(f"SELECT count({KNOWN_AT}) FROM {parquet(files)}").fetchall()
    return bool(found[0][0])
