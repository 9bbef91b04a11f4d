"""Arrow batches of a query, with the errors that DuckDB would have raised."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import duckdb
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
