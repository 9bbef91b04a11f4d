"""One narrow pass over a table before it is written: its keys, lines a day, what became known last."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from features.tables.casting import identifier
from features.tables.clock import BUCKET_SECONDS
from features.tables.plain import is_plain
from features.tables.plan import Plan, comparable_sql
from features.tables.rows import row_array
from features.tables.source import POSITION
from features.tables.stream import batches

_BATCH = 1 << 20
_FOUND = 4
"""Columns of a batch before those of the ids."""


@dataclass
class Survey:
    """What the pass found.

    Attributes:
        key_hashes: uint64 (rows,), the hash of each row's key, by position in the file.
        plain: columns of ids that need no reading, see `is_plain`.
        buckets: lines in each quarter of an hour since 1970, by event time.
        earliest_ingested, latest_ingested: microseconds since 1970 of the first and last `ingested_at`, or None.
    """

    key_hashes: npt.NDArray[np.uint64]
    plain: frozenset[str] = frozenset()
    buckets: Counter[int] = field(default_factory=Counter)
    earliest_ingested: int | None = None
    latest_ingested: int | None = None


def survey(connection: duckdb.DuckDBPyConnection, plan: Plan, scratch: Path) -> Survey:
    """Read key, ids and times of every row, once; a second time where the ids of the key are not plain.

    Args:
        connection: the database.
        plan: the table.
        scratch: a folder for what does not fit into memory.
    """
    hashes = row_array(plan.source.rows, np.uint64, scratch)
    found = _survey(connection, replace(plan, plain=plan.text_ids), hashes)
    if plan.text_ids & set(plan.key) <= found.plain:
        return found
    plain = found.plain
    return replace(_survey(connection, replace(plan, plain=plain), hashes), plain=plain)


def _survey(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    hashes: npt.NDArray[np.uint64],
) -> Survey:
    """One pass, with the ids that are taken to be plain as they stand; leaves out those that are not."""
    event, known = plan.table.event_time, "ingested_at"
    times = [name for name in (event, known) if name in plan.source_names]
    ids = sorted(plan.plain)
    read = dict.fromkeys([*plan.key, *(name for name in times if name is not None), *ids])
    narrow = comparable_sql(plan, tuple(read))
    keys = ", ".join(identifier(name) for name in plan.key)
    bucket = f"epoch_us({event}) // {BUCKET_SECONDS * 1_000_000}" if event in times else "NULL::BIGINT"
    latest = f"epoch_us({known})" if known in times else "NULL::BIGINT"
    listed = "".join(f", {identifier(name)}" for name in ids)
    query = f"SELECT {POSITION}, hash({keys}) AS key, {bucket} AS bucket, {latest} AS known{listed} FROM ({narrow})"
    result = Survey(hashes, plan.plain)
    for batch in batches(connection, query, _BATCH):
        _add(result, batch)
        strange = [name for name in result.plain if not is_plain(batch.column(_FOUND + ids.index(name)))]
        result.plain -= set(strange)
    return result


def _add(result: Survey, batch: Any) -> None:
    positions = batch.column(0).to_numpy(zero_copy_only=False)
    result.key_hashes[positions] = batch.column(1).to_numpy(zero_copy_only=False)
    count_buckets(result.buckets, batch.column(2).drop_null().to_numpy())
    known = batch.column(3).drop_null().to_numpy()
    if len(known):
        earliest, latest = int(known.min()), int(known.max())
        before, after = result.earliest_ingested, result.latest_ingested
        result.earliest_ingested = earliest if before is None else min(earliest, before)
        result.latest_ingested = latest if after is None else max(latest, after)


def count_buckets(lines: Counter[int], buckets: npt.NDArray[np.int64]) -> None:
    """Add up; a few years are counted in an array, which is cheaper than sorting."""
    if not len(buckets):
        return
    first, last = int(buckets.min()), int(buckets.max())
    if last - first < len(buckets):
        counts = np.bincount(buckets - first)
        different = np.flatnonzero(counts)
        counts, different = counts[different], different + first
    else:
        different, counts = np.unique(buckets, return_counts=True)
    for bucket, count in zip(different.tolist(), counts.tolist(), strict=True):
        lines[bucket] += count
