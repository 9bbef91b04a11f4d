"""Parquet files that grow table by table; rows wait until there are enough for a row group."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP = 200_000


class Files:
    """One Parquet file for each name in a folder.

    Args:
        folder: where the files go.
        row_group: rows that wait in memory for a file before they are written.
    """

    def __init__(self, folder: Path, row_group: int = ROW_GROUP) -> None:
        self._folder = folder
        self._row_group = row_group
        self._waiting: dict[str, list[pa.Table]] = {}
        self._writers: dict[str, pq.ParquetWriter] = {}

    def __enter__(self) -> Files:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            for name in self._waiting:
                self._write(name)
        for writer in self._writers.values():
            writer.close()

    def add(self, name: str, table: pa.Table) -> None:
        """Append rows to a file; a file of no rows is written too."""
        waiting = self._waiting.setdefault(name, [])
        waiting.append(table)
        if sum(one.num_rows for one in waiting) >= self._row_group:
            self._write(name)

    def _write(self, name: str) -> None:
        if not self._waiting[name]:
            return
        table = pa.concat_tables(self._waiting[name])
        self._waiting[name] = []
        if name not in self._writers:
            path = self._folder / f"{name}.parquet"
            self._writers[name] = pq.ParquetWriter(path, table.schema, compression="zstd")
        self._writers[name].write_table(table)
