"""Validation: every table of the contract is read, judged and written anew before anything is built on it."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from features.contract import ORDER_LINES, TABLES, Table
from features.settings import Settings
from features.suppression import Suppression
from features.tables import checks
from features.tables.casting import identifier, literal
from features.tables.clock import Clock, read_clock
from features.tables.formats import FormatError
from features.tables.origin import Origin, open_origin
from features.tables.plan import Plan, comparable_sql, make_plan, reading_sql
from features.tables.repeats import find_repeats
from features.tables.report import Finding, Report, State, TableCounts
from features.tables.rows import ordinals
from features.tables.survey import Survey, survey
from features.tables.writing import Written, write_quarantine, write_table
from features.workspace import Workspace, replacing_folder

_ORDER: tuple[State, ...] = ("error", "warning", "recommendation")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Refused(Exception):  # noqa: N818 (never leaves this module)
    """Leaves `replacing_folder` without replacing."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


@dataclass
class _Run:
    """One validation on its way through the tables; `table` is the one that is being read."""

    settings: Settings
    connection: duckdb.DuckDBPyConnection
    scratch: Path
    origin: Origin
    target: Path
    tell: Callable[[str], None]
    findings: list[Finding] = field(default_factory=list)
    plans: dict[str, Plan] = field(default_factory=dict)
    surveys: dict[str, Survey] = field(default_factory=dict)
    written: dict[str, Written] = field(default_factory=dict)
    counts: dict[str, TableCounts] = field(default_factory=dict)
    clock: Clock | None = None
    suppressing: bool = False
    table: str = ""


def validate(
    settings: Settings,
    workspace: Workspace,
    progress: Callable[[str], None] | None = None,
    *,
    full: bool = False,
) -> Report:
    """Read, judge and write every table that the retailer brought.

    With no error in the report, `workspace.tables` is replaced in one go by the validated tables, the
    quarantine and `report.json`. With an error it stays as it was; `report.raise_for_errors()` then stops.

    Args:
        settings: where the tables are and how they read.
        workspace: where they go.
        progress: told in a few words what is being done.
        full: ask a database for every row, not only for those that became known since the last time.

    Raises:
        ValueError: DuckDB refuses `source.memory_limit` or `source.timezone`, the memory does not suffice, or
            the suppression list is damaged.
    """
    workspace.root.mkdir(parents=True, exist_ok=True)
    suppression = Suppression.open(workspace.suppression)
    try:
        with (
            _database(settings, workspace) as (connection, scratch),
            replacing_folder(workspace.tables) as fresh,
        ):
            with _origin(settings, workspace, connection, scratch, full=full) as origin:
                run = _Run(settings, connection, scratch, origin, fresh, progress or (lambda _: None))
                report = _report(run, suppression)
            if report.errors:
                raise _Refused(report)
            report.save(fresh)
    except _Refused as refused:
        return refused.report
    return report


@contextmanager
def _database(settings: Settings, workspace: Workspace) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A database in memory that spills into the workspace, and a folder for staged files."""
    with (
        tempfile.TemporaryDirectory(prefix=".validate-", dir=workspace.root) as name,
        duckdb.connect() as connection,
    ):
        source = settings.source
        try:
            connection.execute(f"SET memory_limit = {literal(source.memory_limit)}")
            connection.execute(f"SET TimeZone = {literal(source.timezone)}")
        except duckdb.Error as error:
            found = f"source.memory_limit = {source.memory_limit!r} or source.timezone = {source.timezone!r}"
            raise ValueError(f"DuckDB cannot use {found}: {error}") from error
        connection.execute(f"SET temp_directory = {literal(str(Path(name) / 'spill'))}")
        if connection.execute("SELECT current_setting('enable_progress_bar')").fetchall()[0][0]:
            # in a notebook without ipywidgets it is off, and touching it is an error
            connection.execute("SET enable_progress_bar = false")
        yield connection, Path(name)


@contextmanager
def _origin(
    settings: Settings,
    workspace: Workspace,
    connection: duckdb.DuckDBPyConnection,
    scratch: Path,
    *,
    full: bool,
) -> Iterator[Origin]:
    """Where the tables are; without it there is nothing to report but that."""
    with ExitStack() as stack:
        try:
            origin = stack.enter_context(open_origin(settings, workspace, connection, scratch, full=full))
        except (ValueError, OSError) as error:
            raise _Refused(
                Report((Finding("unreadable_source", "locate", "error", str(error)),), {})
            ) from error
        yield origin


def _report(run: _Run, suppression: Suppression) -> Report:
    run.findings += checks.unknown_table_findings(run.settings)
    for table in TABLES.values():
        _open(run, table)
    run.findings += checks.consent_findings(run.settings, has_table="consents" in run.plans)
    if any(finding.state == "error" for finding in run.findings):
        return _summary(run)
    try:
        _read_times(run)
        _suppress(run, suppression)
        for plan in run.plans.values():
            _write(run, plan)
    except duckdb.OutOfMemoryException as error:
        limit = run.settings.source.memory_limit
        raise ValueError(
            f"source.memory_limit = {limit!r} is too little for {run.table!r}: {error}"
        ) from error
    except (duckdb.Error, pa.ArrowException) as error:
        run.findings.append(checks.unreadable_finding(run.plans[run.table], error))
    return _summary(run)


def _open(run: _Run, table: Table) -> None:
    """Find a table, match its columns and, from a database, bring its rows; not after an error, which stops all."""
    run.tell(f"opening {table.name}")
    try:
        source = run.origin.describe(table)
        if source is None:
            run.findings += checks.absent_findings(table, run.origin.missing(table.name))
            return
        if source.columns:
            plan, findings = make_plan(table, source, run.settings)
            run.findings += findings
            if plan is not None:
                is_doomed = any(finding.state == "error" for finding in run.findings)
                run.plans[table.name] = plan if is_doomed else run.origin.fetch(plan)
                source = run.plans[table.name].source
        run.findings += source.findings
    except (ValueError, OSError, duckdb.Error, pa.ArrowException) as error:
        name = error.finding if isinstance(error, FormatError) else checks.UNREADABLE
        run.findings.append(Finding(name, "locate", "error", str(error), table.name))
        return
    if not source.rows:
        run.findings.append(checks.empty_finding(table, source.noun))


def _read_times(run: _Run) -> None:
    for name, plan in run.plans.items():
        run.table = name
        run.tell(f"surveying {name}")
        found = run.surveys[name] = survey(run.connection, plan, run.scratch)
        run.plans[name] = replace(plan, plain=found.plain)
    buckets = run.surveys[ORDER_LINES.name].buckets
    stamped = run.plans[ORDER_LINES.name].source.stamped
    known = None if stamped else run.surveys[ORDER_LINES.name].latest_ingested
    run.clock = read_clock(run.settings.source, buckets, known)
    if run.clock is None:
        return
    run.findings += checks.clock_findings(run.clock, read_clock(run.settings.source, buckets, None))
    for name, found in run.surveys.items():
        if found.earliest_ingested is not None:
            earliest = _EPOCH + timedelta(microseconds=found.earliest_ingested)
            run.findings += checks.unknown_yet_findings(run.plans[name].table, earliest, run.clock)


def _suppress(run: _Run, suppression: Suppression) -> None:
    """Make the table `suppressed` of those customers in the tables who are on the list."""
    if not len(suppression):
        return
    run.tell("applying the suppression list")
    people: set[str] = set()
    for plan in run.plans.values():
        run.table = plan.table.name
        for name in plan.people:
            rows = comparable_sql(plan, (name,))
            query = f"SELECT DISTINCT {identifier(name)} FROM ({rows}) WHERE {identifier(name)} IS NOT NULL"
            found = run.connection.sql(query).to_arrow_table().column(0).to_pylist()
            people.update(one for one, hit in zip(found, suppression.mask(found), strict=True) if hit)
    run.connection.register("suppressed", pa.table({"customer_id": pa.array(sorted(people), pa.string())}))
    run.suppressing = bool(people)


def _write(run: _Run, plan: Plan) -> None:
    run.table = name = plan.table.name
    run.tell(f"reading {name}")
    as_of = f"TIMESTAMPTZ {literal(run.clock.as_of.isoformat())}" if run.clock else None
    reading = reading_sql(plan, as_of, suppressing=run.suppressing)
    found = run.surveys.pop(name)
    repeats = find_repeats(run.connection, plan, found, reading, run.scratch)
    numbers = ordinals(found.key_hashes, run.scratch) if plan.is_positional else None
    written = write_table(run.connection, plan, reading, repeats, numbers, run.target)
    quarantine = write_quarantine(run.connection, plan, written, run.target, suppressing=run.suppressing)
    counts = written.counts(plan.source.rows)
    run.written[name], run.counts[name] = written, counts
    run.findings += checks.reason_findings(run.connection, plan, counts, quarantine)
    run.findings += checks.share_findings(plan.table, counts, run.settings)
    if counts.rows_in:
        run.findings += checks.usable_findings(plan.table, counts)


def _summary(run: _Run) -> Report:
    orders = run.written.get(ORDER_LINES.name, Written())
    first, last = _instant(orders.first), _instant(orders.last)
    as_of = run.clock.as_of if run.clock else None
    if as_of is not None and first is not None:
        run.findings += checks.history_findings(run.settings, as_of, first)
    findings = tuple(sorted(run.findings, key=lambda finding: _ORDER.index(finding.state)))
    source = run.clock.source if run.clock else ""
    return Report(findings, run.counts, as_of, source, first, last, _fingerprint(run))


def _fingerprint(run: _Run) -> str:
    """A sha256 over columns, row counts and sums of row hashes."""
    used = {
        name: [run.plans[name].schema.names, written.rows_used, written.hash_sum]
        for name, written in sorted(run.written.items())
    }
    return hashlib.sha256(json.dumps(used).encode()).hexdigest() if used else ""


def _instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)
