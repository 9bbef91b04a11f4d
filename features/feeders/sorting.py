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
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

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


class Batches(Protocol):
    """Rows of one table in any order."""

    schema: pa.Schema

    def batches(self, rows: int) -> Iterable[pa.RecordBatch]:
        """All rows, at most so many at a time."""


class SortedParts:
    """One table, part by part.

    Args:
        read: the rows, with the number of the customer in the column `customer`; rows without one are left out.
        time, key: the columns of the order; a row without a time comes first.
        folder: where files may be written; they are removed with it.
    """

    def __init__(
        self,
        read: Batches,
        parts: Parts,
        *,
        customer: str,
        time: str,
        key: Sequence[str],
        folder: Path,
    ) -> None:
        self._schema: pa.Schema = read.schema
        self._customer, self._time, self._key = customer, time, key
        self._folder = folder
        self._held: list[pa.Table] | None = None
        if len(parts) == 1:
            self._held = [pa.Table.from_batches(read.batches(BATCH_ROWS), self._schema)]
        else:
            self._take_apart(read.batches(BATCH_ROWS), parts)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """The sorted rows of each part, in turn; once."""
        for table in self._held or self._read():
            yield self._sorted(table)

    def _take_apart(self, batches: Iterable[pa.RecordBatch], parts: Parts) -> None:
        self._files = [self._folder / f"{part}.arrow" for part in range(len(parts))]
        writers = [pa.ipc.new_stream(str(file), self._schema) for file in self._files]
        edges = np.arange(len(parts) + 1, dtype=np.int64)
        for batch in batches:
            customer, kept = self._numbered(batch)
            part = (customer // parts.size).astype(np.uint8)
            row = np.argsort(part, kind="stable")
            together = _taken(batch, row if kept is None else kept[row])
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

    def _numbered(self, batch: pa.RecordBatch) -> tuple[Int, Int | None]:
        """Numbers of customers, and the rows that have one where not all have."""
        number = batch.column(self._customer)
        if not number.null_count:
            return number.to_numpy(), None
        kept = np.flatnonzero(number.is_valid().to_numpy(zero_copy_only=False))
        return number.drop_null().to_numpy(), kept

    def _sorted(self, table: pa.Table) -> pa.RecordBatch:
        columns = {name: flat(table[name]) for name in table.column_names}
        batch = pa.RecordBatch.from_arrays(list(columns.values()), schema=table.schema)
        customer, kept = self._numbered(batch)
        if kept is not None:
            batch = _taken(batch, kept)
        there = self._time in columns
        time = microseconds(batch.column(self._time) if there else pa.nulls(len(batch), pa.int64()))
        keys = {name: batch.column(name) for name in self._key}
        return _taken(batch, put_in_order(customer, time, keys))


def _taken(batch: pa.RecordBatch, row: Int) -> pa.RecordBatch:
    """Rows that are known to be there."""
    return pc.take(batch, pa.array(row), boundscheck=False)


def pieces_of_customers(customer: Int, rows: int) -> Iterator[tuple[int, int]]:
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
