"""Where a table's rows come from: its file, found by name or by configuration, as one SQL relation."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from features.settings import Settings
from features.tables.casting import literal
from features.tables.csv_file import BROKEN, CsvFormat, sniff, stage_csv

POSITION = "__position"
ENDINGS = (".parquet", ".csv", ".csv.gz")


@dataclass(frozen=True)
class Source:
    """The rows of one table, as text or typed, with `__position` (0, 1, ... in file order).

    Attributes:
        relation: SQL of a SELECT with every source column and `__position`.
        columns: DuckDB type of each source column, by its name in the source.
        rows: number of rows, broken lines included.
        has_broken: some rows are lines that could not be split; `__broken` marks them.
    """

    relation: str
    columns: dict[str, str]
    rows: int
    has_broken: bool


def find_file(settings: Settings, table: str) -> Path | None:
    """The file, or the folder of Parquet files, that holds a table; None where there is none.

    `[tables.X] file` wins; otherwise `X.parquet`, `X.csv`, `X.csv.gz` or the folder `X` in the source folder.

    Raises:
        ValueError: the configured file does not exist, or several files could be meant.
    """
    folder = settings.source_folder
    configured = settings.tables[table].file if table in settings.tables else None
    if configured is not None:
        path = folder / configured
        if not path.exists():
            raise ValueError(f"[tables.{table}] file is {configured!r}, and {path} does not exist")
        return path
    found = [folder / (table + ending) for ending in ("", *ENDINGS) if (folder / (table + ending)).exists()]
    if len(found) > 1:
        names = " and ".join(path.name for path in found)
        raise ValueError(f"{names} could both be table {table!r}; keep one, or set [tables.{table}] file")
    return found[0] if found else None


def open_source(connection: duckdb.DuckDBPyConnection, file: Path, scratch: Path) -> Source:
    """Describe a file; a CSV file is first staged as Parquet in `scratch`.

    The Parquet files of a folder are joined by the names of their columns, in a type that holds all of them.

    Raises:
        ValueError: the file is neither Parquet nor CSV, cannot be read or is empty of columns.
    """
    if file.name.endswith((".csv", ".csv.gz")):
        return _csv_source(connection, file, scratch)
    files = sorted(file.rglob("*.parquet")) if file.is_dir() else [file]
    if not files or any(not part.name.endswith(".parquet") for part in files):
        raise ValueError(f"{file.name} is not a Parquet or CSV file (.parquet, .csv or .csv.gz)")
    return _parquet_source(connection, files)


def _csv_source(connection: duckdb.DuckDBPyConnection, file: Path, scratch: Path) -> Source:
    staged = scratch / f"{file.name}.parquet"
    try:
        form = sniff(file)
        if form is None:
            return Source("", {}, 0, has_broken=False)
        stage_csv(connection, file, form, staged)
    except (EOFError, zlib.error) as error:
        raise ValueError(f"{file.name} is damaged or cut short: {error}; export it again") from error
    return _parquet_source(connection, [staged], form)


def _parquet_source(
    connection: duckdb.DuckDBPyConnection, files: list[Path], form: CsvFormat | None = None
) -> Source:
    offsets, rows = [], 0
    for file in files:
        offsets.append(rows)
        rows += _row_count(file)
    names = ", ".join(literal(str(file)) for file in files)
    start = f"{offsets}[file_index::BIGINT + 1] + " if len(files) > 1 else ""
    relation = (
        f"SELECT *, {start}file_row_number AS {POSITION}"
        f" FROM read_parquet([{names}], union_by_name=true, hive_partitioning=false)"
    )
    columns = _described(connection, relation, files[0])
    return Source(
        relation,
        {name: kind for name, kind in columns.items() if name not in (POSITION, BROKEN)},
        rows,
        has_broken=form is not None and BROKEN in columns,
    )


def _row_count(file: Path) -> int:
    try:
        return int(pq.ParquetFile(file).metadata.num_rows)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{file.name} is not readable as Parquet: {error}") from error


def _described(connection: duckdb.DuckDBPyConnection, relation: str, file: Path) -> dict[str, str]:
    try:
        described = connection.execute(f"DESCRIBE {relation}").fetchall()
    except duckdb.Error as error:
        raise ValueError(f"{file.name} is not readable as Parquet: {error}") from error
    return {str(row[0]): str(row[1]) for row in described}
