"""Where a table's rows come from: its file or folder, found by name or by configuration, as one SQL relation."""

from __future__ import annotations

import gzip
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.settings import Settings
from features.tables.casting import literal
from features.tables.csv_file import BROKEN, stage_csv
from features.tables.csv_layout import Layout
from features.tables.folder import CSV, PARQUET, list_parts, same_content
from features.tables.formats import Format
from features.tables.naming import brief, listed, shown
from features.tables.report import Finding

POSITION = "__position"
ENDINGS = PARQUET + CSV
_NAMED = 5


@dataclass(frozen=True)
class Source:
    """The rows of one table, as text or typed, with `__position` (0, 1, ... in file order).

    Attributes:
        relation: SQL of a SELECT with every source column and `__position`.
        columns: DuckDB type by whose rules each source column is read, by its name in the source.
        rows: number of rows, broken lines included; -1 for a table of a database that is not copied yet.
        has_broken: some rows are lines that could not be split; `__broken` marks them.
        starts: position of the first row of each part, ascending; one part unless the table is a folder.
        stamped: `ingested_at` is not the retailer's: it tells rows that came late to an extract.
        noun: what holds the rows, for messages: file, folder, table.
        findings: what is to be said about it besides its columns.
        headed: the names of the columns are surely names; those of a CSV file may be values, and are then not shown.
    """

    relation: str
    columns: dict[str, str]
    rows: int
    has_broken: bool
    starts: tuple[int, ...] = (0,)
    stamped: bool = False
    noun: str = "file"
    findings: tuple[Finding, ...] = ()
    headed: bool = True


def find_file(settings: Settings, table: str) -> Path | None:
    """The file, or the folder of parts, that holds a table; None where there is none.

    `[tables.X] file` wins; otherwise `X.parquet`, `X.csv`, `X.csv.gz` or the folder `X` in the source folder.

    Raises:
        ValueError: the configured file does not exist, or several files could be meant.
    """
    configured = configured_file(settings, table)
    if configured is not None:
        return configured
    folder = settings.source_folder
    found = [folder / (table + ending) for ending in ("", *ENDINGS) if _is_there(folder / (table + ending))]
    if len(found) > 1:
        names = " and ".join(path.name for path in found)
        raise ValueError(f"{names} could both be table {table!r}; keep one, or set [tables.{table}] file")
    return found[0] if found else None


def configured_file(settings: Settings, table: str) -> Path | None:
    """The file that `[tables.X] file` names, in the source folder or beside the DuckDB file; None without it.

    Raises:
        ValueError: it does not exist.
    """
    name = settings.tables[table].file if table in settings.tables else None
    if name is None:
        return None
    source = settings.source_folder
    path = (source.parent if source.is_file() else source) / name
    try:
        there = path.exists()
    except OSError as error:
        raise ValueError(
            f"[tables.{table}] file cannot be the name of a file: {name[:40]!r}... ({error.strerror})"
        ) from error
    if not there:
        raise ValueError(f"[tables.{table}] file is {name!r}, and {path} does not exist")
    return path


def _is_there(path: Path) -> bool:
    """A link to nothing is there too: it is said, and not taken for a table that was not brought."""
    return path.exists() or path.is_symlink()


def open_source(connection: duckdb.DuckDBPyConnection, file: Path, scratch: Path, form: Format) -> Source:
    """Describe a file or a folder of parts; CSV is first staged as Parquet in `scratch`.

    The parts of a folder are joined by the names of their columns, in a type that holds all of them. A part
    with the bytes of an earlier one is named in the findings; its rows are there.

    Args:
        connection: the database that will read it.
        file: what `find_file` found.
        scratch: an existing folder for staged files.
        form: the table of the contract, and how its texts are encoded.

    Raises:
        FormatError: a CSV file is in another encoding, or its first line does not name columns.
        ValueError: a file is neither Parquet nor CSV or cannot be read.
    """
    if file.is_dir():
        return _folder_source(connection, file, scratch, form)
    if file.name.endswith(CSV):
        staged, layout = _stage(file, scratch, form)
        if layout is None:
            return Source("", {}, 0, has_broken=False)
        source = _parquet_source(connection, [staged], staged=True)
        return replace(source, findings=tuple(_open_quotes(form.table, {file: layout})), headed=layout.headed)
    if not file.name.endswith(PARQUET):
        raise ValueError(f"{file.name} is not a Parquet or CSV file (.parquet, .csv or .csv.gz)")
    return _parquet_source(connection, [file], staged=False)


def _folder_source(
    connection: duckdb.DuckDBPyConnection, folder: Path, scratch: Path, form: Format
) -> Source:
    parts, others = list_parts(folder)
    read, is_csv = {part: part for part in parts}, parts[0].name.endswith(CSV)
    layouts: dict[Path, Layout] = {}
    if is_csv:
        staged = {part: _stage(part, scratch, form) for part in parts}
        layouts = {part: layout for part, (_, layout) in staged.items() if layout is not None}
        read = {part: staged[part][0] for part in layouts}
    if not read:
        return Source("", {}, 0, has_broken=False, noun="folder")
    source = _parquet_source(connection, list(read.values()), staged=is_csv)
    counts = dict(zip(read, np.diff([*source.starts, source.rows]).tolist(), strict=True))
    findings = [
        _repeated_part(form.table, part, earlier, counts[part])
        for part, earlier in same_content(read).items()
    ]
    findings += [_ignored(form.table, others)] if others else []
    findings += _open_quotes(form.table, layouts)
    headed = all(layout.headed for layout in layouts.values())
    return replace(source, noun="folder", findings=tuple(findings), headed=headed)


def _repeated_part(table: str, part: Path, earlier: Path, rows: int) -> Finding:
    mend = f"{part.name} has the same content as {earlier.name}; remove one of them"
    return Finding("repeated_part", "locate", "warning", mend, table, rows=rows)


def _ignored(table: str, files: list[Path]) -> Finding:
    names = ", ".join(file.name for file in files[:_NAMED]) + (", ..." if len(files) > _NAMED else "")
    mend = f"not read, since they are no parts of this kind: {names}; export them again, or take them away"
    return Finding("ignored_files", "locate", "recommendation", mend, table)


def _open_quotes(table: str, layouts: dict[Path, Layout]) -> list[Finding]:
    """A warning for each file whose names end in an open quotation mark."""
    mend = (
        "the first line of {} opens a quotation mark that it does not close; the lines below are read each for"
        " itself, and what follows the mark as one name; close the mark or take it away"
    )
    return [
        Finding("open_quote", "locate", "warning", mend.format(file.name), table)
        for file, layout in layouts.items()
        if layout.is_open
    ]


def _stage(file: Path, scratch: Path, form: Format) -> tuple[Path, Layout | None]:
    """A CSV file as Parquet in a folder of its own; nothing is written where it has no first line."""
    try:
        staged = Path(tempfile.mkdtemp(dir=scratch)) / f"{file.name}.parquet"
        layout = stage_csv(file, staged, form)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{file.name} is damaged or cut short; export it again") from error
    return staged, layout


def _parquet_source(connection: duckdb.DuckDBPyConnection, files: list[Path], *, staged: bool) -> Source:
    counts = [row_count(file) for file in files]
    for file in files:
        _check_names(file, staged=staged)
    starts = tuple(int(start) for start in np.cumsum([0, *counts[:-1]]))
    relation = f"SELECT *, {position(starts)} AS {POSITION} FROM {parquet(files)}"
    columns = _described(connection, relation, files[0])
    return Source(
        relation,
        {name: kind for name, kind in columns.items() if name not in (POSITION, BROKEN)},
        sum(counts),
        has_broken=staged and BROKEN in columns,
        starts=starts,
    )


def _check_names(file: Path, *, staged: bool) -> None:
    """Refuse columns under names that reading needs itself."""
    names = [name.lower() for name in pq.read_schema(file).names]
    taken = [name for name in (POSITION, "file_row_number", "file_index") if name in names]
    taken += [BROKEN] if names.count(BROKEN) > staged else []
    if taken:
        raise ValueError(
            f"{file.stem} has a column {shown(taken[0])!r}, a name that reading needs itself; rename it"
        )


def parquet(files: Sequence[Path]) -> str:
    """SQL of Parquet files read as one."""
    names = ", ".join(literal(str(file)) for file in files)
    return f"read_parquet([{names}], union_by_name=true, hive_partitioning=false)"


def position(starts: tuple[int, ...]) -> str:
    """SQL of `__position` over files that begin at those positions."""
    start = f"{list(starts)}[file_index::BIGINT + 1] + " if len(starts) > 1 else ""
    return f"{start}file_row_number"


def row_count(file: Path) -> int:
    """Rows of a Parquet file, from its footer.

    Raises:
        ValueError: it is not Parquet, or two columns have the same name but for upper and lower case.
    """
    try:
        footer = pq.read_metadata(file)
        names = [name.lower() for name in footer.schema.to_arrow_schema().names]
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{file.name} is not readable as Parquet: {brief(error)}") from error
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{file.name} names a column twice: {listed(twice)}; give each a name of its own")
    return int(footer.num_rows)


def _described(connection: duckdb.DuckDBPyConnection, relation: str, file: Path) -> dict[str, str]:
    try:
        described = connection.execute(f"DESCRIBE {relation}").fetchall()
    except duckdb.Error as error:
        raise ValueError(f"{file.name} is not readable as Parquet: {brief(error)}") from error
    return {str(row[0]): str(row[1]) for row in described}
