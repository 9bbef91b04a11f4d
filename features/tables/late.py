"""Rows that come late to a copy whose source does not say when a row became known.

A row that is new to an extract although it happened before the end of the extract before is late. It became known
just before the end of the extract that brings it: it counts at that end, and at no earlier cutoff.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb

from features.settings import SourceSettings
from features.tables.casting import identifier, literal
from features.tables.clock import BUCKET_SECONDS, read_clock
from features.tables.extract import KNOWN_AT, ZONED
from features.tables.plan import Plan, comparable_sql
from features.tables.source import POSITION

_TICK = timedelta(microseconds=1)


def end_of_data(
    connection: duckdb.DuckDBPyConnection, plan: Plan | None, settings: SourceSettings
) -> datetime | None:
    """The end of the extract by the rules of `read_clock`, told from order lines; None where it cannot be told.

    Args:
        connection: the database that reads them.
        plan: the order lines, if there are any.
        settings: zone, and `as_of`, which needs no rows.
    """
    if plan is None or settings.as_of is not None:
        clock = read_clock(settings, {}, None)
        return clock.as_of if clock else None
    event = plan.table.event_time or ""
    has_known = "ingested_at" in plan.source_names and not plan.source.stamped
    rows = comparable_sql(plan, (event, "ingested_at") if has_known else (event,))
    found = connection.execute(
        f"SELECT epoch_us({event}) // {BUCKET_SECONDS * 1_000_000} AS bucket, count(*),"
        f" max({'epoch_us(ingested_at)' if has_known else 'NULL::BIGINT'})"
        f" FROM ({rows}) WHERE {event} IS NOT NULL GROUP BY bucket"
    ).fetchall()
    known = [int(latest) for _, _, latest in found if latest is not None]
    clock = read_clock(
        settings, {int(bucket): int(lines) for bucket, lines, _ in found}, max(known, default=None)
    )
    return clock.as_of if clock else None


def stamps_sql(plan: Plan, previous: datetime, end: datetime) -> str:
    """SQL of `__position` and `__known_at` of the rows that are new: NULL unless they are late.

    Args:
        plan: a table with an event time, whose source is the rows that are new.
        previous: end of the extract before.
        end: end of this extract.
    """
    event = plan.table.event_time or ""
    stamp = f"{literal((end - _TICK).isoformat(' '))}::{ZONED}"
    is_late = f"{identifier(event)} < {literal(previous.isoformat(' '))}::{ZONED}"
    rows = comparable_sql(plan, (event,))
    return f"SELECT {POSITION}, CASE WHEN {is_late} THEN {stamp} END AS {KNOWN_AT} FROM ({rows})"
