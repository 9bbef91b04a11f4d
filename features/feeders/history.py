"""The sorted rows of every customer as files, in which one customer's are found at once.

A table is an Arrow file whose batches are the chunks that the kernel was given, and an array of offsets: row i of the
offsets is where customer i of the ids begins. Both are mapped into memory, so that processes share them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.kernel.chunk import Chunk
from features.kernel.columns import Int, Mask
from features.permission import Permit

_IDS, _TABLES = "ids.npy", "tables.json"


class HistoryWriter:
    """Writes chunks, in order, into a new folder.

    Args:
        permit: mask of the customers who may be profiled; the rows of others are not written.
        number: the column of customer numbers that the feeder adds, which is left out.
    """

    def __init__(self, folder: Path, permit: Permit | None = None, number: str = "") -> None:
        folder.mkdir()
        self._folder = folder
        self._permit = permit
        self._number = number
        self._ids: list[str] = []
        self._files: dict[str, pa.RecordBatchFileWriter] = {}
        self._counts: dict[str, list[Int]] = {}

    def __enter__(self) -> HistoryWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._files.values():
            writer.close()
        if kind is None:
            self._finish()

    def add(self, chunk: Chunk) -> None:
        """Write a chunk's rows."""
        ids = chunk.ids.to_numpy(zero_copy_only=False).astype(object)
        allowed: Mask = self._permit(ids) if self._permit is not None else np.ones(len(ids), bool)
        self._ids += ids[allowed].tolist()
        for name, (table, customer) in chunk.tables.items():
            kept = table if allowed.all() else table.filter(pa.array(allowed[customer]))
            kept = kept.drop_columns([self._number]) if self._number else kept
            if name not in self._files:
                self._files[name] = pa.ipc.new_file(str(self._folder / f"{name}.arrow"), kept.schema)
                self._counts[name] = []
            self._files[name].write_batch(
                kept.combine_chunks().to_batches()[0] if kept else _none(kept.schema)
            )
            self._counts[name].append(np.bincount(customer, minlength=len(ids))[allowed])

    def _finish(self) -> None:
        np.save(self._folder / _IDS, np.array([name.encode() for name in self._ids] or [b""], np.bytes_))
        batches = {name: [int(count.sum()) for count in counts] for name, counts in self._counts.items()}
        for name, counts in self._counts.items():
            starts = np.concatenate(([0], np.cumsum(np.concatenate(counts)))).astype(np.int64)
            np.save(self._folder / f"{name}.npy", starts)
        (self._folder / _TABLES).write_text(json.dumps(batches), "utf-8")


class History:
    """The rows of every customer, mapped into memory.

    Attributes:
        tables: an empty batch of each table, which tells its columns.
    """

    def __init__(self, folder: Path) -> None:
        batches: Mapping[str, list[int]] = json.loads((folder / _TABLES).read_bytes())
        self._ids: NDArray[np.bytes_] = np.load(folder / _IDS, mmap_mode="r", allow_pickle=False)
        self._starts = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in batches}
        self._batches: dict[str, list[pa.RecordBatch]] = {}
        self._first: dict[str, Int] = {}
        for name, sizes in batches.items():
            reader = pa.ipc.open_file(pa.memory_map(str(folder / f"{name}.arrow")))
            self._batches[name] = [reader.get_batch(number) for number in range(len(sizes))]
            self._first[name] = np.concatenate(([0], np.cumsum(np.array(sizes, np.int64))))
        self.tables = {name: found[0].slice(0, 0) for name, found in self._batches.items()}

    def of(self, customer_id: str) -> dict[str, pa.RecordBatch]:
        """The rows of a customer in every table, sorted by (time, key); none where the customer is unknown."""
        place = self._place(customer_id)
        if place is None:
            return dict(self.tables)
        return {name: self._slice(name, place) for name in self._batches}

    def nearest(self, rows: int, count: int) -> list[str]:
        """The customers with the numbers of rows nearest to `rows`, in all tables together."""
        total = sum(np.diff(starts) for starts in self._starts.values())
        chosen = np.argsort(np.abs(np.asarray(total) - rows), kind="stable")[:count]
        return [bytes(self._ids[place]).decode() for place in chosen]

    def _place(self, customer_id: str) -> int | None:
        key = customer_id.encode()
        if len(key) > self._ids.itemsize or not key:
            return None
        found = int(np.searchsorted(self._ids, np.array(key, self._ids.dtype)))
        return found if found < len(self._ids) and self._ids[found] == key else None

    def _slice(self, name: str, place: int) -> pa.RecordBatch:
        start, end = self._starts[name][place : place + 2].tolist()
        if start == end:
            return self.tables[name]
        first = self._first[name]
        batch = int(np.searchsorted(first, start, side="right")) - 1
        return self._batches[name][batch].slice(start - int(first[batch]), end - start)


def _none(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in schema], schema=schema)
