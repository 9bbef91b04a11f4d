"""What is judged once a table has been read: quarantined rows, empty tables, too little history, consent."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from features.contract import TABLES, Table
from features.settings import Settings
from features.tables.casting import literal
from features.tables.clock import Clock
from features.tables.mends import LOOKED_AT, unreadable_mend
from features.tables.naming import brief
from features.tables.plan import NEVER_AFTER, Plan, source_text
from features.tables.repeats import DUPLICATE, HARMLESS, REPEATED, SUPERSEDED
from features.tables.report import Finding, State, TableCounts
from features.tables.writing import SUPPRESSED, quarantined

UNREADABLE = "unreadable_table"
EXAMPLES = 3
_REPEATS = (DUPLICATE, *HARMLESS)
LONGEST_EXAMPLE = 40
FEATURE_DAYS = 28
"""Days of history before the first training cutoff without which no feature says anything."""

_MENDS = {
    "broken_line": "the line does not split into the columns of the first line, or is not in the encoding of the"
    " file; quote values that hold the delimiter or a quotation mark, write UTF-8 or set [tables.{table}] encoding",
    DUPLICATE: "an earlier row has the same key and other values, and is used; remove the wrong one",
    REPEATED: "the same row is there once more and is used; nothing is lost, export it once to be rid of this",
    SUPERSEDED: "a later part has a newer version of the row, which is used; nothing to mend",
    "after_as_of": "the row lies after the end of the extract; correct the time or set source.as_of",
    SUPPRESSED: "on the suppression list; nothing to mend",
}


def unreadable_finding(plan: Plan, error: Exception) -> Finding:
    """An error where a file that could be opened cannot be read to its end."""
    mend = f"the file is damaged, or its parts do not fit together: {brief(error)}; export it again"
    return Finding(UNREADABLE, "rows", "error", mend, plan.table.name)


def reason_findings(
    connection: duckdb.DuckDBPyConnection, plan: Plan, counts: TableCounts, quarantine: Path | None
) -> list[Finding]:
    """One warning for each reason, with up to three examples from the quarantine."""
    findings = []
    for reason, rows in counts.reasons.items():
        column = _column_of(plan.table, reason)
        examples = _examples(connection, plan, reason, column, quarantine)
        state: State = "recommendation" if reason in (SUPPRESSED, SUPERSEDED) else "warning"
        name = reason.removesuffix(f"_{column}") if column else reason
        mend = _mend(connection, plan, reason, column, quarantine)
        findings.append(Finding(name, "rows", state, mend, plan.table.name, column, rows, examples))
    return findings


def _column_of(table: Table, reason: str) -> str:
    if reason in _MENDS:
        return (table.event_time or "") if reason == "after_as_of" else ""
    return reason.split("_", 1)[1]


def _mend(
    connection: duckdb.DuckDBPyConnection, plan: Plan, reason: str, column: str, quarantine: Path | None
) -> str:
    if reason in _MENDS:
        return _MENDS[reason].format(table=plan.table.name)
    declared = plan.table.column(column)
    if reason.startswith("missing_"):
        needed = f" that has {declared.filled_for!r}" if declared.filled_for else ""
        return f"every row of {plan.table.name!r}{needed} needs a value here"
    if declared.values:
        return "write one of " + ", ".join(declared.values)
    if declared.items:
        return f"write a JSON list of objects with {', '.join(declared.items)}"
    return unreadable_mend(declared, _values(connection, plan, reason, column, quarantine), plan.form)


def _values(
    connection: duckdb.DuckDBPyConnection, plan: Plan, reason: str, column: str, quarantine: Path | None
) -> list[str]:
    """Different values that were quarantined for a reason, of a computed column those of its parts."""
    if quarantine is None:
        return []
    names = plan.computed[column].parts if column in plan.computed else (plan.source_names[column],)
    each = " UNION ".join(
        f"(SELECT DISTINCT trim({quarantined(name)}) FROM read_parquet({literal(str(quarantine))})"
        f" WHERE reason = {literal(reason)} LIMIT {LOOKED_AT})"
        for name in names
    )
    return [str(row[0]) for row in connection.execute(f"{each} ORDER BY ALL").fetchall() if row[0]]


def _examples(
    connection: duckdb.DuckDBPyConnection, plan: Plan, reason: str, column: str, quarantine: Path | None
) -> tuple[str, ...]:
    names = plan.key if reason in _REPEATS else (column,) if column else ()
    if quarantine is None or not names or reason.startswith("missing_") or _is_free_text(plan.table, names):
        return ()
    shown = ", ".join(source_text(plan, name, quarantined) for name in names)
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

    Suppressed rows do not count, nor do rows that another stands for: they are not bad input.
    """
    lost = counts.rows_quarantined - sum(counts.reasons.get(name, 0) for name in (SUPPRESSED, *HARMLESS))
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


def empty_finding(table: Table, noun: str) -> Finding:
    """A table without rows: an error where nothing can be built without it.

    Args:
        table: the table.
        noun: what holds no rows: file, folder, table.
    """
    state: State = "error" if table.mandatory else "warning"
    return Finding("empty_table", "rows", state, f"the {noun} holds no rows; bring them", table.name)


def absent_findings(table: Table, missing: str) -> list[Finding]:
    """A table that was not brought, where that makes a difference today.

    Args:
        table: the table.
        missing: where it was looked for, and how to bring it.
    """
    if table.mandatory:
        return [Finding("missing_table", "locate", "error", missing, table.name)]
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
