"""CSV files: every value as text, no line lost, in memory that does not grow with the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from features.tables.csv_layout import LONGEST_HEADER, Layout, read_layout
from features.tables.csv_lines import Records, records
from features.tables.encoding import UTF_8, check_utf_8, encoding_of, open_bytes, transcode
from features.tables.formats import Format

BROKEN = "__broken"


def stage_csv(file: Path, staged: Path, form: Format) -> Layout | None:
    """Write a CSV file as Parquet: its columns as text, in file order.

    A broken line is a row of empty values with `__broken` true.

    Args:
        file: plain or packed (`.gz`).
        staged: the file to write; one beside it may be needed meanwhile.
        form: the encoding, where no byte order mark tells it, and the table, for messages.

    Returns:
        None for a file without any text, of which nothing is written.

    Raises:
        FormatError: the file is in another encoding, or its first line does not name columns.
        ValueError: it has a line of more than 16 MiB.
    """
    file, is_copy = _in_utf_8(file, staged, form)
    try:
        layout = read_layout(file, form)
        if layout is not None and _stage(file, layout, staged) and not is_copy:
            check_utf_8(file, form)
        return layout
    finally:
        if is_copy:
            file.unlink()


def _in_utf_8(file: Path, staged: Path, form: Format) -> tuple[Path, bool]:
    """The file itself, or a copy in UTF-8 with line feeds."""
    encoding = encoding_of(file, form)
    with open_bytes(file) as source:
        start = source.read(LONGEST_HEADER)
        returns = b"\r" in start and b"\n" not in start
        if encoding == UTF_8 and not returns:
            return file, False
        copy = staged.with_name(f"{file.name.removesuffix('.gz')}.utf-8")
        source.seek(0)
        with copy.open("wb") as target:
            transcode(source, target, encoding, returns=returns)
    return copy, True


def _stage(file: Path, layout: Layout, staged: Path) -> int:
    """Write the records; returns how many lines are not UTF-8."""
    schema = pa.schema([*((name, pa.string()) for name in layout.names), (BROKEN, pa.bool_())])
    undecodable = 0
    with (
        open_bytes(file) as raw,
        # read a few times and thrown away: quick to write rather than small
        pq.ParquetWriter(
            staged, schema, compression="lz4", use_dictionary=False, write_statistics=False
        ) as writer,
    ):
        for _ in range(layout.head):
            raw.readline()
        for found in records(raw, layout.delimiter, len(layout.names)):
            undecodable += found.undecodable
            writer.write_table(_as_table(found, layout, schema))
    return undecodable


def _as_table(found: Records, layout: Layout, schema: pa.Schema) -> Any:
    content = b"".join(found.parts)
    table = pyarrow.csv.read_csv(
        pa.BufferReader(content),
        pyarrow.csv.ReadOptions(
            column_names=list(layout.names), use_threads=False, block_size=len(content) + 1
        ),
        pyarrow.csv.ParseOptions(
            delimiter=layout.delimiter, newlines_in_values=True, ignore_empty_lines=False
        ),
        pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(layout.names, pa.string()), null_values=[""], strings_can_be_null=True
        ),
    )
    broken = np.zeros(found.rows, bool)
    broken[found.broken] = True
    return pa.Table.from_arrays([*table.columns, pa.array(broken)], schema=schema)
