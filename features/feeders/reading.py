"""Rows of a validated table as the kernel wants them: ids as numbers, texts with few values as codes.

Parquet keeps most columns of texts as a dictionary for each group of rows. So it is the dictionaries that are looked
up, not the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

MOST_WORDS = 10_000
"""A text column with more different values is not made a dictionary."""
_WORDS = pa.dictionary(pa.int16(), pa.string())


class NumberedTable:
    """A file whose ids are read as numbers.

    Args:
        file: Parquet.
        columns: what to read.
        numbers: for columns of ids, the distinct ids by number; an id that is not among them has none.
        words: for columns of texts, the distinct texts, ascending.
        renamed: names that columns have afterwards.
    """

    def __init__(
        self,
        file: Path,
        columns: Sequence[str],
        *,
        numbers: Mapping[str, pa.Array],
        words: Mapping[str, pa.Array],
        renamed: Mapping[str, str],
    ) -> None:
        self._numbers = {name: found for name, found in numbers.items() if name in columns}
        self._words = {name: found for name, found in words.items() if name in columns}
        self._columns = list(columns)
        self._file = pq.ParquetFile(file, read_dictionary=[*self._numbers, *self._words])
        stored = pq.read_schema(file)
        kinds = dict.fromkeys(self._numbers, pa.int32()) | dict.fromkeys(self._words, _WORDS)
        self.schema = pa.schema(
            [(renamed.get(name, name), kinds.get(name, stored.field(name).type)) for name in columns]
        )

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return int(self._file.metadata.num_rows)

    def batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        """Batches of at most `rows` rows, in the order of the file."""
        for groups in self._together():
            table = self._file.read_row_groups(groups, columns=self._columns)
            arrays = [self._read(name, table[name]) for name in self._columns]
            numbered = pa.Table.from_arrays(arrays, schema=self.schema)
            yield from numbered.to_batches(max_chunksize=rows)

    def _together(self) -> Iterator[list[int]]:
        """Groups of rows with, together, no fewer rows than there are ids: each lookup makes a table of all ids."""
        least = max(map(len, self._numbers.values()), default=0)
        metadata, groups, rows = self._file.metadata, [], 0
        for group in range(metadata.num_row_groups):
            groups.append(group)
            rows += metadata.row_group(group).num_rows
            if rows >= least:
                yield groups
                groups, rows = [], 0
        if groups:
            yield groups

    def _read(self, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
        if name in self._numbers:
            return _coded(column, self._numbers[name], pa.int32())
        if name in self._words:
            words = self._words[name]
            coded = _coded(column, words, pa.int16())
            return pa.chunked_array(
                [pa.DictionaryArray.from_arrays(codes, words) for codes in coded.chunks], _WORDS
            )
        return column


def _coded(column: pa.ChunkedArray, among: pa.Array, kind: pa.DataType) -> pa.ChunkedArray:
    """Positions of dictionary texts in `among`, missing where they are not there."""
    if not column.num_chunks:
        return pa.chunked_array([], kind)
    places = pc.index_in(pa.concat_arrays([chunk.dictionary for chunk in column.chunks]), among).cast(kind)
    found, first = [], 0
    for chunk in column.chunks:
        found.append(places.slice(first, len(chunk.dictionary)).take(chunk.indices))
        first += len(chunk.dictionary)
    return pa.chunked_array(found, kind)


def few_words(file: Path, column: str) -> pa.Array | None:
    """The different texts of a column, ascending; None if there are more than MOST_WORDS, or none at all."""
    parquet = pq.ParquetFile(file, read_dictionary=[column])
    known: set[str] = set()
    for group in range(parquet.metadata.num_row_groups):
        for chunk in parquet.read_row_group(group, columns=[column])[column].chunks:
            used = np.zeros(len(chunk.dictionary), bool)
            used[chunk.indices.drop_null().to_numpy()] = True
            if used.sum() > MOST_WORDS:
                return None
            known.update(chunk.dictionary.filter(pa.array(used)).to_pylist())
        if len(known) > MOST_WORDS:
            return None
    return pa.array(sorted(known, key=str.encode), pa.string()) if known else None
