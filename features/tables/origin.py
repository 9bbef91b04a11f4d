"""Where all tables of a retailer come from: a folder of files, a DuckDB file, or a database on a server."""

from __future__ import annotations

import fcntl
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import duckdb

from features.contract import ORDER_LINES, Table
from features.settings import Settings
from features.tables.database import Database, Name, find_table
from features.tables.duckdb_file import DuckDBFile
from features.tables.extract import ADDED, Shape, bring_level, newest_known, read_copy
from features.tables.formats import format_of
from features.tables.late import end_of_data, stamps_sql
from features.tables.naming import listed, shown
from features.tables.parts import Parts
from features.tables.plan import Plan, make_plan
from features.tables.report import Finding
from features.tables.source import POSITION, Source, configured_file, find_file, open_source
from features.workspace import Workspace

_TAKEN = ("file_row_number", "file_index", "filename")


class Origin(Protocol):
    """Finds tables and brings their rows."""

    def describe(self, table: Table) -> Source | None:
        """The columns of a table, or None where it is not brought.

        Raises:
            ValueError: it cannot be read, or several could be meant.
        """

    def fetch(self, plan: Plan) -> Plan:
        """The plan with rows that can be read as often as one likes, always at the same positions.

        Raises:
            ValueError: the rows cannot be read.
        """

    def missing(self, table: str) -> str:
        """Where a table was looked for, and how to bring it."""


@contextmanager
def open_origin(
    settings: Settings,
    workspace: Workspace,
    connection: duckdb.DuckDBPyConnection,
    scratch: Path,
    *,
    full: bool = False,
) -> Iterator[Origin]:
    """The origin of the settings, for as long as its tables are read.

    Args:
        settings: `source.url`, else `source.path`.
        workspace: where copies of tables of a database are kept.
        connection: the database that reads.
        scratch: an existing folder for files on their way.
        full: ask a database for every row, not only for those that became known since the last time.

    Raises:
        ValueError: the database cannot be opened, or another process copies from one into this workspace.
    """
    if settings.source.url is None and not settings.source_folder.is_file():
        yield Folder(settings, connection, scratch)
        return
    with _alone(workspace.extracts):
        database = _database(settings, connection, scratch)
        try:
            yield Copies(settings, workspace.extracts, connection, scratch, database, full=full)
        finally:
            database.close()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ValueError(
                f"another validation copies tables into {folder}; wait until it has ended"
            ) from error
        yield


def _database(settings: Settings, connection: duckdb.DuckDBPyConnection, scratch: Path) -> Database:
    if settings.source.url is None:
        return DuckDBFile(connection, settings.source_folder)
    # SQLAlchemy takes a while to import, and most folders of files never need it
    from features.tables.relational import RelationalDatabase

    return RelationalDatabase(settings.source.url.get_secret_value(), settings.root, scratch)


class Folder:
    """Files and folders of parts, read where they are."""

    def __init__(self, settings: Settings, connection: duckdb.DuckDBPyConnection, scratch: Path) -> None:
        self._settings = settings
        self._connection = connection
        self._scratch = scratch

    def describe(self, table: Table) -> Source | None:
        """The file or folder of a table."""
        file = find_file(self._settings, table.name)
        form = format_of(self._settings, table.name)
        return None if file is None else open_source(self._connection, file, self._scratch, form)

    def fetch(self, plan: Plan) -> Plan:
        """The plan as it is."""
        return plan

    def missing(self, table: str) -> str:
        """Names the file and the settings."""
        return (
            f"no {table}.parquet or {table}.csv in the source folder;"
            f" put it there, or set source.path or [tables.{table}] file in regulars.toml"
        )


class Copies:
    """Tables of a database, copied into the workspace; `[tables.X] file` brings one from a file instead."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        connection: duckdb.DuckDBPyConnection,
        scratch: Path,
        database: Database,
        *,
        full: bool,
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._connection = connection
        self._scratch = scratch
        self._database = database
        self._full = full
        self._known_names = database.names()
        self._names: dict[str, Name] = {}
        self._orders: Plan | None = None

    def describe(self, table: Table) -> Source | None:
        """The columns of a table of the database; its rows are not read yet."""
        file = configured_file(self._settings, table.name)
        if file is not None:
            return open_source(self._connection, file, self._scratch, format_of(self._settings, table.name))
        section = self._settings.tables.get(table.name)
        name = find_table(self._known_names, table.name, section.table if section else None)
        if name is None:
            return None
        self._names[table.name] = name
        return Source("", self._database.columns(name), -1, has_broken=False, noun="table")

    def fetch(self, plan: Plan) -> Plan:
        """Bring the copy level with the database, and read the copy."""
        if plan.table.name in self._names:
            plan = self._copied(plan, self._names[plan.table.name])
        if plan.table.name == ORDER_LINES.name:
            self._orders = plan
        return plan

    def missing(self, table: str) -> str:
        """Names the database and the settings."""
        return (
            f"no table {table} in {self._database.address};"
            f" set [tables.{table}] table or [tables.{table}] file in regulars.toml"
        )

    def _copied(self, plan: Plan, name: Name) -> Plan:
        shape = self._shape(plan)
        parts = Parts.open(self._folder / plan.table.name, self._origin(plan, name, shape))
        since = self._since(parts, shape, name)
        incoming = self._database.rows(name, list(shape.columns), shape.known, since)
        end, stamps = self._lateness(plan, parts, shape, incoming)
        names = bring_level(self._connection, parts, shape, incoming, since, stamps)
        if (names, end) != (parts.names, parts.end) or parts.changed:
            parts.commit(names, end)
        findings = (_anew(plan.table, parts),) if parts.changed else ()
        source = read_copy(self._connection, parts.files, shape)
        return self._plan(plan.table, replace(source, findings=findings))

    def _shape(self, plan: Plan) -> Shape:
        """What is copied: the columns that the plan reads, and those from which it computes others."""
        read = {name for ours, name in plan.source_names.items() if ours not in plan.computed}
        read |= {part for expression in plan.computed.values() for part in expression.parts}
        columns = {name: kind for name, kind in plan.source.columns.items() if name in read}
        _check_names(columns)
        key = tuple(plan.source_names[name] for name in plan.key)
        known = plan.source_names.get("ingested_at")
        return Shape(
            columns,
            key if not plan.is_positional and set(key) <= set(columns) else (),
            known if known in columns else None,
        )

    def _origin(self, plan: Plan, name: Name, shape: Shape) -> dict[str, object]:
        return {
            "database": self._database.address,
            "table": str(name),
            "columns": shape.columns,
            "key": list(shape.key),
            "ingested_at": shape.known,
            "event_time": plan.source_names.get(plan.table.event_time or ""),
        }

    def _since(self, parts: Parts, shape: Shape, name: Name) -> datetime | None:
        """From when on rows are asked for; None is every row."""
        if self._full or shape.known is None or not self._database.is_ordered(name, shape.known):
            return None
        newest = newest_known(self._connection, parts, shape, self._settings.source.timezone)
        try:
            overlap = timedelta(hours=self._settings.source.overlap_hours)
            return None if newest is None else (newest - overlap).replace(microsecond=0)
        except OverflowError:
            return None

    def _lateness(
        self, plan: Plan, parts: Parts, shape: Shape, incoming: str
    ) -> tuple[datetime | None, str | None]:
        """The end of the data, and SQL of which new rows are late, where the source does not say so itself."""
        times = {column.name for column in plan.table.columns} & {"ingested_at"}
        if shape.known is not None or not times or plan.table.event_time not in plan.source_names:
            return None, None
        settings, orders = self._settings.source, self._orders
        if plan.table.name == ORDER_LINES.name:
            rows = f"SELECT *, 0::BIGINT AS {POSITION} FROM ({incoming})"
            orders = self._plan(plan.table, Source(rows, shape.columns, -1, has_broken=False, noun="table"))
        end = end_of_data(self._connection, orders, settings)
        if end is None or parts.end is None or not parts.names:
            return end or parts.end, None
        added = Source(f"SELECT * FROM {ADDED}", shape.columns, -1, has_broken=False, noun="table")
        return end, stamps_sql(self._plan(plan.table, added), parts.end, end)

    def _plan(self, table: Table, source: Source) -> Plan:
        """The plan of what was copied, which has the columns of the plan by which it was."""
        plan, findings = make_plan(table, source, self._settings)
        if plan is None:
            raise ValueError("; ".join(finding.mend for finding in findings))
        return plan


def _check_names(columns: Collection[str]) -> None:
    """Refuse names that cannot be told apart, and those that copying needs itself."""
    mend = "read the table through a view that names it otherwise"
    if len({name.lower() for name in columns}) < len(columns):
        raise ValueError(f"two columns differ in upper and lower case only, among {listed(columns)}; {mend}")
    taken = [name for name in columns if name.startswith("__") or name.lower() in _TAKEN]
    if taken:
        raise ValueError(f"column {shown(taken[0])!r} has a name that reading needs itself; {mend}")


def _anew(table: Table, parts: Parts) -> Finding:
    what = ", ".join(parts.changed)
    mend = f"every row was copied again, since {what} of the copy before was different; nothing to mend"
    return Finding("copied_anew", "locate", "recommendation", mend, table.name)
