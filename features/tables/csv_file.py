"""CSV files: every value as text, no line lost.

DuckDB reads a clean file. Where it refuses a line, the whole file is read again line by line, so that each
broken line is counted and a quotation mark that is never closed costs its own line only.
"""

from __future__ import annotations

import csv
import gzip
import io
import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from features.tables.casting import literal

BROKEN = "__broken"
DELIMITERS = (",", ";", "\t", "|")
LONGEST_RECORD = 256
"""Lines that one quoted value may span where a file has broken lines."""

_CHUNK = 50_000


@dataclass(frozen=True)
class CsvFormat:
    """Delimiter and column names, as the first line has them."""

    delimiter: str
    names: tuple[str, ...]


def sniff(file: Path) -> CsvFormat | None:
    """Read the first line; the delimiter is the one of comma, semicolon, tab and bar that makes most columns.

    Returns None for a file without a first line. A column without a name is called `unnamed_N`, N from 1.

    Raises:
        ValueError: two columns have the same name.
    """
    with _opened(file) as raw:
        line = raw.readline().decode("utf-8-sig", errors="replace").strip("\r\n")
    if not line.strip():
        return None
    rows = {mark: next(csv.reader([line], delimiter=mark)) for mark in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda mark: len(rows[mark]))
    named = [name.strip() or f"unnamed_{number}" for number, name in enumerate(rows[delimiter], start=1)]
    lower = [name.lower() for name in named]
    twice = sorted({name for name in named if lower.count(name.lower()) > 1})
    if twice:
        raise ValueError(f"{file.name} names a column twice: {', '.join(twice)}")
    return CsvFormat(delimiter, tuple(named))


def stage_csv(connection: duckdb.DuckDBPyConnection, file: Path, form: CsvFormat, staged: Path) -> None:
    """Write a CSV file as Parquet: its columns as text, in file order.

    Where the file has broken lines, each is a row of empty values with `__broken` true.
    """
    try:
        clean = _stage_clean(connection, file, form, staged)
    except duckdb.Error:
        clean = False
    if not clean:
        _stage_line_by_line(file, form, staged)


def _stage_clean(connection: duckdb.DuckDBPyConnection, file: Path, form: CsvFormat, staged: Path) -> bool:
    connection.execute("DROP TABLE IF EXISTS refused; DROP TABLE IF EXISTS refused_scan")
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in form.names)
    connection.execute(
        f"COPY (SELECT * FROM read_csv({literal(str(file))}, auto_detect=false, header=true,"
        f" columns={{{columns}}},"
        f" delim={literal(form.delimiter)}, quote='\"', escape='\"', strict_mode=true, store_rejects=true,"
        " rejects_table='refused', rejects_scan='refused_scan'))"
        f" TO {literal(str(staged))} (FORMAT parquet, COMPRESSION snappy)"
    )
    refused = connection.execute("SELECT count(*) FROM refused").fetchone()
    return refused == (0,)


def _stage_line_by_line(file: Path, form: CsvFormat, staged: Path) -> None:
    schema = pa.schema([*((name, pa.string()) for name in form.names), (BROKEN, pa.bool_())])
    with _opened(file) as raw, pq.ParquetWriter(staged, schema) as writer:
        raw.readline()
        found = records(raw, form.delimiter, len(form.names))
        while chunk := list(itertools.islice(found, _CHUNK)):
            writer.write_table(_as_table(chunk, form, schema))


def _as_table(chunk: list[bytes | None], form: CsvFormat, schema: pa.Schema) -> Any:
    """Parse records that are known to be whole; a broken one becomes a row of empty values."""
    empty = b'""' + form.delimiter.encode() * (len(form.names) - 1)
    joined = b"".join((empty if record is None else record) + b"\n" for record in chunk)
    table = pyarrow.csv.read_csv(
        pa.BufferReader(joined),
        pyarrow.csv.ReadOptions(column_names=list(form.names), use_threads=False, block_size=len(joined) + 1),
        pyarrow.csv.ParseOptions(delimiter=form.delimiter, newlines_in_values=True, ignore_empty_lines=False),
        pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(form.names, pa.string())),
    )
    broken = pa.array([record is None for record in chunk], pa.bool_())
    return pa.Table.from_arrays([*table.columns, broken], schema=schema)


def records(lines: Iterable[bytes], delimiter: str, width: int) -> Iterator[bytes | None]:
    """Join lines into records of `width` values, without line ends; a line that belongs to none gives None.

    Empty lines are no records, except in a file of one column. After a broken line, reading resumes with the
    next line.
    """
    source = iter(lines)
    waiting: deque[bytes] = deque()
    while (line := _next(waiting, source)) is not None:
        if width > 1 and not line.strip(b"\r\n"):
            continue
        taken = _closed(line, waiting, source)
        record = _whole(b"".join(taken), delimiter, width)
        if record is None:
            waiting.extendleft(reversed(taken[1:]))
        yield record


def _next(waiting: deque[bytes], source: Iterator[bytes]) -> bytes | None:
    return waiting.popleft() if waiting else next(source, None)


def _closed(line: bytes, waiting: deque[bytes], source: Iterator[bytes]) -> list[bytes]:
    """The line, and those after it for as long as a quotation mark is open."""
    taken = [line]
    marks = line.count(b'"')
    while marks % 2 and len(taken) < LONGEST_RECORD:
        following = _next(waiting, source)
        if following is None:
            break
        taken.append(following)
        marks += following.count(b'"')
    return taken


def _whole(record: bytes, delimiter: str, width: int) -> bytes | None:
    """The record without its line end, if it has `width` values; a delimiter at its very end may be too much."""
    try:
        text = record.decode("utf-8").rstrip("\r\n")
        if '"' in text:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
            found = len(rows[0]) if len(rows) == 1 else 0
        else:
            found = text.count(delimiter) + 1 if "\r" not in text else 0
    except (UnicodeDecodeError, csv.Error):
        return None
    if found == width + 1 and text.endswith(delimiter):
        return text[:-1].encode()
    return text.encode() if found == width else None


def _opened(file: Path) -> IO[bytes]:
    return gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb")  # type: ignore[return-value]
