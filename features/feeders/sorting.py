"""Rows of numbered customers, in any order and more than memory holds, sorted by (customer, time, key).

Customers are divided into parts of consecutive numbers. Batches are taken apart as they come, each part's rows
appended to a file of its own, and a part is sorted in memory when it is read. A table that fits one part never
touches the disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.kernel.columns import Int, flat, microseconds
from features.kernel.order import put_in_order

PART_ROWS = 700_000
"""Rows that a part should have: a few dozen megabytes."""
MOST_PARTS = 256
"""So many files are open at once, and parts are numbered by a byte."""
BATCH_ROWS = 120_000
"""Rows that are taken apart at a time: so many stay in the processor's cache."""


@dataclass(frozen=True)
class Parts:
    """Consecutive numbers of customers, divided into parts of the same size.

    Attributes:
        customers: how many there are.
        size: customers in each part, the last one may have fewer.
    """

    customers: int
    size: int

    @classmethod
    def of(cls, customers: int, rows: int, part_rows: int = PART_ROWS) -> Parts:
        """As many parts as keep each near `part_rows` of `rows`."""
        count = max(1, min(MOST_PARTS, -(-rows // part_rows), customers))
        return cls(customers, max(1, -(-customers // count)))

    def __len__(self) -> int:
        return max(1, -(-self.customers // self.size))


class SortedParts:
    """One table, part by part.

    Args:
        batches: the rows, with the number of the customer in the column `customer`.
        time, key: the columns of the order; a row without a time comes first.
        folder: where files may be written; they are removed with it.
    """

    def __init__(
        self,
        batches: pa.RecordBatchReader,
        parts: Parts,
        *,
        customer: str,
        time: str,
        key: Sequence[str],
        folder: Path,
    ) -> None:
        self._schema: pa.Schema = batches.schema
        self._customer, self._time, self._key = customer, time, key
        self._folder = folder
        self._held: list[pa.Table] | None = None
        if len(parts) == 1:
            self._held = [pa.Table.from_batches(batches, self._schema)]
        else:
            self._take_apart(batches, parts)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """The sorted rows of each part, in turn; once."""
        for table in self._held or self._read():
            yield self._sorted(table)

    def _take_apart(self, batches: Iterable[pa.RecordBatch], parts: Parts) -> None:
        self._files = [self._folder / f"{part}.arrow" for part in range(len(parts))]
        writers = [pa.ipc.new_stream(str(file), self._schema) for file in self._files]
        edges = np.arange(len(parts) + 1, dtype=np.int64)
        for batch in batches:
            part = (batch.column(self._customer).to_numpy() // parts.size).astype(np.uint8)
            row = np.argsort(part, kind="stable")
            together = batch.take(pa.array(row))
            place = np.searchsorted(part[row], edges).tolist()
            for writer, (first, end) in zip(writers, pairwise(place), strict=True):
                if end > first:
                    writer.write_batch(together.slice(first, end - first))
        for writer in writers:
            writer.close()

    def _read(self) -> Iterator[pa.Table]:
        for file in self._files:
            yield pa.ipc.open_stream(pa.memory_map(str(file))).read_all()
            file.unlink()

    def _sorted(self, table: pa.Table) -> pa.RecordBatch:
        columns = {name: flat(table[name]) for name in table.column_names}
        batch = pa.RecordBatch.from_arrays(list(columns.values()), schema=table.schema)
        customer: Int = columns[self._customer].to_numpy()
        time = microseconds(columns.get(self._time, pa.nulls(len(table), pa.int64())))
        keys = {name: columns[name] for name in self._key}
        return batch.take(pa.array(put_in_order(customer, time, keys)))


def whole_customers(customer: Int, rows: int) -> Iterator[tuple[int, int]]:
    """The first and last of some neighbouring customers who have about `rows` rows, again and again.

    Args:
        customer: ascending, shape (rows,).
    """
    ends = np.append(np.flatnonzero(np.diff(customer)) + 1, len(customer))
    pieces = max(1, round(len(customer) / rows))
    wanted = np.arange(1, pieces + 1) * len(customer) // pieces
    first = 0
    for end in ends[np.unique(np.searchsorted(ends, wanted))].tolist() if len(customer) else []:
        yield int(customer[first]), int(customer[end - 1])
        first = end
