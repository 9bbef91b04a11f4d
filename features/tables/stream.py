"""Arrow batches of a query, with the errors that DuckDB would have raised."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

_OUT_OF_MEMORY = "Out of Memory"
_OF_DUCKDB = re.compile(r"[A-Z][A-Za-z -]* (Error|Exception): ")


def batches(connection: duckdb.DuckDBPyConnection, query: str, rows: int) -> Iterator[Any]:
    """The rows of a query as record batches of at most `rows`.

    Arrow hides the kind of an error that DuckDB meets once the stream is on its way: it arrives as an `OSError`
    that is told by its words alone. Which of the two meets it is a matter of timing.

    Raises:
        duckdb.OutOfMemoryException: `memory_limit` does not suffice.
        duckdb.Error: the rows cannot be read.
        OSError: the operating system refused, such as a full disk.
    """
    try:
        yield from connection.sql(query).to_arrow_reader(rows)
    except (OSError, pa.ArrowException) as error:
        if isinstance(error, OSError) and not _OF_DUCKDB.match(str(error)):
            raise
        kind = duckdb.OutOfMemoryException if _OUT_OF_MEMORY in str(error) else duckdb.Error
        raise kind(str(error)) from error


def in_order(found: Iterable[Any], position: str) -> Iterator[Any]:
    """The rows in their order: threads that read several files may finish out of turn.

    Args:
        found: batches in which each position from 0 on occurs once; those that come early are held.
        position: name of the int64 column of positions.

    Yields:
        Tables of the rows whose turn it is.
    """
    expected, held = 0, {}
    for batch in found:
        positions = batch.column(batch.schema.get_field_index(position)).to_numpy()
        edges = np.flatnonzero(np.diff(positions, prepend=-2, append=-2) != 1).tolist()
        for start, end in itertools.pairwise(edges):
            held[int(positions[start])] = batch.slice(start, end - start)
        ready = []
        while expected in held:
            ready.append(held.pop(expected))
            expected += ready[-1].num_rows
        if ready:
            yield pa.Table.from_batches(ready)
    if held:
        yield pa.Table.from_batches([held[start] for start in sorted(held)])
