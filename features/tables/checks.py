"""What is judged once a table has been read: quarantined rows, empty tables, too little history, consent."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from features.contract import TABLES, Table
from features.settings import Settings
from features.tables.casting import literal
from features.tables.clock import Clock
from features.tables.plan import NEVER_AFTER, Plan
from features.tables.report import Finding, State, TableCounts
from features.tables.writing import DUPLICATE, SUPPRESSED, quarantined

UNREADABLE = "unreadable_table"
EXAMPLES = 3
LONGEST_EXAMPLE = 40
FEATURE_DAYS = 28
"""Days of history before the first training cutoff without which no feature says anything."""

_MENDS = {
    "broken_line": "the line does not split into the columns of the first line; quote values that hold the"
    " delimiter or a quotation mark, write UTF-8",
    DUPLICATE: "an earlier row has the same key and is used; remove the repeated rows",
    "after_as_of": "the row lies after the end of the extract; correct the time or set source.as_of",
    SUPPRESSED: "on the suppression list; nothing to mend",
}
_KIND_MENDS = {
    "id": "write text or whole numbers of at most 128 visible characters",
    "time": "write ISO 8601 such as 2024-05-31T14:00:00+02:00",
    "money": "write a finite decimal number with a point, without currency sign or thousands separator",
    "number": "write a finite decimal number with a point",
    "integer": "write a whole number",
    "flag": "write true or false",
    "list": "write valid JSON",
    "text": "write text",
}


def unreadable_finding(plan: Plan, error: Exception) -> Finding:
    """An error where a file that could be opened cannot be read to its end."""
    found = str(error).splitlines()[0]
    mend = f"the file is damaged, or its parts do not fit together: {found}; export it again"
    return Finding(UNREADABLE, "rows", "error", mend, plan.table.name)


def reason_findings(
    connection: duckdb.DuckDBPyConnection, plan: Plan, counts: TableCounts, quarantine: Path | None
) -> list[Finding]:
    """One warning for each reason, with up to three examples from the quarantine."""
    findings = []
    for reason, rows in counts.reasons.items():
        column = _column_of(plan.table, reason)
        examples = _examples(connection, plan, reason, column, quarantine)
        state: State = "recommendation" if reason == SUPPRESSED else "warning"
        name = reason.removesuffix(f"_{column}") if column else reason
        mend = _mend(plan.table, reason, column)
        findings.append(Finding(name, "rows", state, mend, plan.table.name, column, rows, examples))
    return findings


def _column_of(table: Table, reason: str) -> str:
    if reason in _MENDS:
        return (table.event_time or "") if reason == "after_as_of" else ""
    return reason.split("_", 1)[1]


def _mend(table: Table, reason: str, column: str) -> str:
    if reason in _MENDS:
        return _MENDS[reason]
    declared = table.column(column)
    if reason.startswith("missing_"):
        return f"every row of {table.name!r} needs a value here"
    if declared.values:
        return "write one of " + ", ".join(declared.values)
    if declared.items:
        return f"write a JSON list of objects with {', '.join(declared.items)}"
    return _KIND_MENDS[declared.kind]


def _examples(
    connection: duckdb.DuckDBPyConnection, plan: Plan, reason: str, column: str, quarantine: Path | None
) -> tuple[str, ...]:
    names = plan.key if reason == DUPLICATE else (column,) if column else ()
    if quarantine is None or not names or reason.startswith("missing_") or _is_free_text(plan.table, names):
        return ()
    shown = ", ".join(quarantined(plan.source_names[name]) for name in names)
    rows = connection.execute(
        f"SELECT concat_ws(' / ', {shown}) AS example FROM read_parquet({literal(str(quarantine))})"
        f" WHERE reason = {literal(reason)} GROUP BY example ORDER BY min(row) LIMIT {EXAMPLES}"
    ).fetchall()
    return tuple(_shortened(str(row[0])) for row in rows)


def _is_free_text(table: Table, names: tuple[str, ...]) -> bool:
    columns = [table.column(name) for name in names]
    return any(column.kind == "text" and not column.values for column in columns)


def _shortened(text: str) -> str:
    visible = text.encode("unicode_escape").decode("ascii") if not text.isprintable() else text
    return visible if len(visible) <= LONGEST_EXAMPLE else visible[:LONGEST_EXAMPLE] + "..."


def share_findings(table: Table, counts: TableCounts, settings: Settings) -> list[Finding]:
    """An error where more than the configured share is quarantined, or any row of a lossless table.

    Suppressed rows do not count: they are not bad input.
    """
    lost = counts.rows_quarantined - counts.reasons.get(SUPPRESSED, 0)
    allowed = settings.source.max_quarantined_share
    findings = []
    if lost > allowed * counts.rows_in:
        mend = (
            f"{lost:,} of {counts.rows_in:,} rows are quarantined, more than the {allowed:.1%} of"
            " source.max_quarantined_share; mend what the warnings of this table name, or raise the share"
        )
        findings.append(Finding("too_many_quarantined", "rows", "error", mend, table.name, rows=lost))
    unread = lost - counts.reasons.get(DUPLICATE, 0)
    if table.lossless and unread:
        mend = "every row has to be readable here, since a lost one might be a refusal"
        findings.append(Finding("unreadable_rows", "rows", "error", mend, table.name, rows=unread))
    return findings


def empty_finding(table: Table) -> Finding:
    """A table without rows: an error where nothing can be built without it."""
    state: State = "error" if table.mandatory else "warning"
    return Finding("empty_table", "rows", state, "the file holds no rows; export it again", table.name)


def absent_findings(table: Table) -> list[Finding]:
    """A table that was not brought, where that makes a difference today."""
    if table.mandatory:
        mend = (
            f"no {table.name}.parquet or {table.name}.csv in the source folder;"
            f" put it there, or set source.path or [tables.{table.name}] file in regulars.toml"
        )
        return [Finding("missing_table", "locate", "error", mend, table.name)]
    if not table.without:
        return []
    return [Finding("absent_table", "locate", "recommendation", f"not brought; {table.without}", table.name)]


def unknown_table_findings(settings: Settings) -> list[Finding]:
    """An error for each section `[tables.X]` that the contract does not know."""
    known = ", ".join(TABLES)
    return [
        Finding(
            "unknown_table",
            "locate",
            "error",
            f"[tables.{name}] is not a table; the tables are {known}",
            name,
        )
        for name in settings.tables
        if name not in TABLES
    ]


def usable_findings(table: Table, counts: TableCounts) -> list[Finding]:
    """An error where order lines are left but none of a customer, or none at all."""
    if counts.rows_used == 0:
        mend = "no row can be used; mend what the warnings of this table name"
        return [
            Finding("no_usable_rows", "rows", "error" if table.mandatory else "warning", mend, table.name)
        ]
    if table.mandatory and counts.guests == counts.rows_used:
        mend = "every row is a guest sale; bring the customer of each order, or map the right column"
        return [Finding("no_customers", "rows", "error", mend, table.name, "customer_id", counts.guests)]
    return []


def clock_findings(clock: Clock, by_days: Clock | None) -> list[Finding]:
    """A warning where the end of the extract is a guess."""
    if clock.source == "last_line":
        mend = "too few days to tell where the extract ends, the last line was taken; set source.as_of"
        return [Finding("as_of_guessed", "clock", "warning", mend)]
    if (
        clock.source == "ingested_at"
        and by_days
        and clock.as_of > by_days.as_of + timedelta(days=FEATURE_DAYS)
    ):
        mend = (
            f"the latest ingested_at, {clock.as_of:%Y-%m-%d}, lies long after the last ordinary day of sales,"
            f" before {by_days.as_of:%Y-%m-%d}; correct it or set source.as_of"
        )
        return [Finding("as_of_far", "clock", "warning", mend)]
    return []


def unknown_yet_findings(table: Table, earliest_ingested: datetime, clock: Clock) -> list[Finding]:
    """A warning where no row of a table was known by the end of the extract; tables of the product are later."""
    if earliest_ingested < clock.as_of or table.name in NEVER_AFTER:
        return []
    mend = (
        f"every ingested_at, from {earliest_ingested.isoformat()}, lies after the end of the extract,"
        f" {clock.as_of.isoformat()}, so that no row counts at it; correct it or set source.as_of"
    )
    return [Finding("known_after_as_of", "clock", "warning", mend, table.name, "ingested_at")]


def history_findings(settings: Settings, as_of: datetime, first_order: datetime) -> list[Finding]:
    """A warning where the history is shorter than two horizons and 28 days; it says how much is needed."""
    horizon = settings.churn.horizon_days
    if horizon is None:
        return []
    needed = timedelta(days=2 * horizon + FEATURE_DAYS)
    history = as_of - first_order
    if history >= needed:
        return []
    more = -(-(needed - history) // timedelta(days=1))
    mend = (
        f"{history.days} days of orders; a horizon of {horizon} days needs {needed.days}"
        f" (two horizons and {FEATURE_DAYS} days), {more} more;"
        " bring older orders or lower churn.horizon_days"
    )
    return [Finding("too_little_history", "history", "warning", mend, "order_lines", "ordered_at")]


def consent_findings(settings: Settings, *, has_table: bool) -> list[Finding]:
    """An error where neither a consents table nor a basis says that customers may be profiled."""
    if has_table or settings.consent.basis is not None:
        return []
    mend = "no consents table and no basis; bring the table, or set [consent] basis in regulars.toml"
    return [Finding("no_consent_basis", "consent", "error", mend, "consents")]
