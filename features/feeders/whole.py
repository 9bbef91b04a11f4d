"""Streams of sorted batches cut between customers, and several streams kept in step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
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


class Followed:
    """A stream that is read as far as another one has come.

    Args:
        batches: sorted by the number of the customer in the column `customer`.
    """

    def __init__(self, batches: pa.RecordBatchReader, customer: str) -> None:
        self._batches = iter(batches)
        self._customer = customer
        self._held = batches.schema.empty_table()
        self._ended = False

    def until(self, last: int) -> pa.Table:
        """All rows not given yet of customers up to and including number `last`."""
        held = [self._held]
        while not self._ended and self._last(held[-1]) <= last:
            batch = next(self._batches, None)
            self._ended = batch is None
            if batch is not None:
                held.append(pa.Table.from_batches([batch]))
        table = pa.concat_tables(held)
        count = int(np.searchsorted(table[self._customer].to_numpy(), last, side="right"))
        self._held = table.slice(count)
        return table.slice(0, count)

    def _last(self, table: pa.Table) -> int:
        return int(table[self._customer][-1].as_py()) if table.num_rows else -1
