"""Streams of sorted batches cut between customers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc


def whole_customers(batches: Iterable[pa.RecordBatch], customer: str, rows: int = 1) -> Iterator[pa.Table]:
    """Cut a stream of sorted batches into tables of at least `rows` rows, no customer split between two."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        if not batch.num_rows:
            continue
        ids = batch.column(customer)
        starts = int(pc.index(ids, ids[-1]).as_py())  # row at which the last customer of the batch starts
        ended = starts > 0 or (held and not held[-1].column(customer)[-1].equals(ids[-1]))
        if ended and sum(part.num_rows for part in held) + starts >= rows:
            yield pa.Table.from_batches([*held, batch.slice(0, starts)])
            held = []
            batch = batch.slice(starts)
        held.append(batch)
    if held:
        yield pa.Table.from_batches(held)
