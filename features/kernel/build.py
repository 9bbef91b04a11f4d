"""The kernel: sorted rows of whole customers in, one row for each (customer, cutoff) out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa

from features.kernel.declare import Feature
from features.kernel.rows import Int, Rows, Stream
from features.kernel.windows import Floats, Frame


def build(
    stream: Stream,
    features: Sequence[Feature],
    columns: pa.Table,
    cutoffs: Sequence[datetime],
    *,
    zone: str = "UTC",
) -> pa.Table:
    """Compute features of whole customers at one or several cutoffs.

    A row counts at a cutoff when it happened before it and, where the table has `ingested_at`, had become
    known before it. Customers with no such row have no row in the result.

    Args:
        stream: what the table's columns mean.
        features: what to compute, one float32 column each.
        columns: rows sorted by (customer, time, key), whole customers only.
        cutoffs: instants with a zone, any order, no two the same.
        zone: business zone for days, weekdays and hours.

    Returns:
        Columns customer, `cutoff` (timestamp, UTC) and the features; ordered by (customer, cutoff).

    Raises:
        ValueError: rows out of order, a cutoff without a zone or given twice.
    """
    instants = _instants(cutoffs)
    days = tuple(sorted(set().union(*(feature.trace().windows for feature in features))))
    rows = Rows.from_arrow(stream, columns, zone=zone)
    frame = Frame(rows, instants, days)
    values = _compute(features, frame)
    present = np.ones(frame.size, bool)
    for index, customers in _late(rows, instants):
        _correct(rows, features, days, frame, values, present, index, customers, int(instants[index]))
    return _table(stream, features, frame, values, present)


def _compute(features: Sequence[Feature], frame: Frame) -> list[Floats]:
    return [feature.values(frame).astype(np.float32) for feature in features]


def _late(rows: Rows, cutoffs: Int) -> list[tuple[int, Int]]:
    """For each cutoff that has them, the customers with a row that had happened but was not known yet."""
    if rows.known is rows.time:
        return []
    first = np.searchsorted(cutoffs, rows.time, side="right")
    until = np.searchsorted(cutoffs, rows.known, side="right")
    late = np.flatnonzero(until > first)
    return [
        (index, np.unique(rows.customer[chosen]))
        for index in range(len(cutoffs))
        if len(chosen := late[(first[late] <= index) & (index < until[late])])
    ]


def _correct(
    rows: Rows,
    features: Sequence[Feature],
    days: tuple[int, ...],
    frame: Frame,
    values: list[Floats],
    present: np.ndarray[tuple[int], np.dtype[np.bool_]],
    index: int,
    customers: Int,
    cutoff: int,
) -> None:
    """Compute the customers with late rows again from what was known at one cutoff.

    Gaps and first orders depend on which rows are there, so a late row is not subtracted but left out.
    """
    pairs = np.flatnonzero((frame.cutoff == index) & np.isin(frame.customer, customers))
    seen = Frame(rows.visible_at(cutoff, customers), np.array([cutoff]), days)
    known = np.isin(frame.customer[pairs], customers[seen.customer])
    present[pairs[~known]] = False
    for column, corrected in zip(values, _compute(features, seen), strict=True):
        column[pairs[known]] = corrected


def _table(
    stream: Stream,
    features: Sequence[Feature],
    frame: Frame,
    values: list[Floats],
    present: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> pa.Table:
    keep = np.flatnonzero(present)
    ids = frame.rows.ids.take(pa.array(frame.customer[keep]))
    cutoff = pa.array(frame.cutoffs[frame.cutoff[keep]]).cast(pa.timestamp("us", "UTC"))
    names = [stream.customer, "cutoff", *(feature.name for feature in features)]
    return pa.table([ids, cutoff, *(pa.array(column[keep]) for column in values)], names=names)


def _instants(cutoffs: Sequence[datetime]) -> Int:
    for cutoff in cutoffs:
        if cutoff.tzinfo is None:
            raise ValueError(f"cutoff {cutoff.isoformat()} has no time zone; give an instant, such as +00:00")
    instants = np.array(sorted(_epoch_us(cutoff) for cutoff in cutoffs), np.int64)
    if len(np.unique(instants)) != len(cutoffs) or not len(cutoffs):
        raise ValueError(f"{len(cutoffs)} cutoffs were given; at least one is needed, each once")
    return instants


def _epoch_us(instant: datetime) -> int:
    from datetime import UTC, timedelta

    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
