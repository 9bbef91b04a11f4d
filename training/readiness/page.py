"""The readiness report as one HTML page that needs nothing else: no script, no other file, no other host."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from features.settings import Settings
from features.tables.report import Finding, Report
from features.workspace import Workspace, replacing_file
from training.readiness import plots
from training.readiness.assess import Readiness
from training.readiness.cards import card
from training.readiness.grades import MEANINGS
from training.sheet import figures, opening, sheet, table

FILE_NAME = "readiness.html"
_METHOD = (
    "Grades are computed, not guessed: from how many customers and outcomes on a figure is precise enough (Riley et"
    " al., BMJ 2020; 368:m441; Hanley and McNeil, Radiology 1982; 143:29-36), from the horizon that training would"
    " choose, and from the problems above. docs/readiness.md has every rule."
)
_ORDER = ("error", "warning", "recommendation")


def write_page(
    settings: Settings, workspace: Workspace, report: Report, readiness: Readiness | None = None
) -> Path:
    """Write `readiness.html` into the workspace, replacing the last one in one go; return where it is.

    Args:
        settings: for the currency.
        workspace: the folder.
        report: counts and findings of the validation.
        readiness: what was assessed; None where validation ended in an error.
    """
    target = workspace.root / FILE_NAME
    with replacing_file(target) as fresh:
        fresh.write_text(page(settings, report, readiness), encoding="utf-8")
    return target


def page(settings: Settings, report: Report, readiness: Readiness | None = None) -> str:
    """The page as text."""
    if readiness is None:
        parts = [_opening(report, _stopped(report)), _findings(report.findings)]
        parts += [_tables(report)] if report.tables else []
    else:
        findings = tuple(dict.fromkeys((*report.findings, *readiness.findings)))
        parts = [
            _opening(report, readiness.verdict),
            f'<div class="pair">{"".join(card(task) for task in readiness.tasks.values())}</div>',
            _figures(report, readiness),
            _findings(findings),
            _history(readiness, settings),
            _customers(readiness),
            _columns(readiness),
            _tables(report, readiness),
            f"<section><h2>How to read this</h2>{_meanings()}<p>{escape(_METHOD)}</p></section>",
        ]
    return sheet("Regulars: data readiness", parts)


def _stopped(report: Report) -> str:
    errors = len(report.errors)
    return f"The tables cannot be used yet: {errors} error{'s' if errors != 1 else ''} to mend first."


def _opening(report: Report, verdict: str) -> str:
    origin = f"written {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    if report.as_of is not None:
        source = report.as_of_from.replace("_", " ")
        origin = f"Data up to {report.as_of:%Y-%m-%d %H:%M} UTC (from {source}), {origin}"
    return opening("data readiness", verdict, origin)


def _figures(report: Report, readiness: Readiness) -> str:
    people, horizon = readiness.people, readiness.tasks["churn"].horizon_days
    lines = report.tables["order_lines"]
    quarantined = sum(table.rows_quarantined for table in report.tables.values())
    known = [
        (f"{readiness.history_days:,}", "days of history"),
        (f"{horizon:,} days" if horizon else "none", "churn horizon"),
        (f"{lines.rows_used:,}", "order lines used"),
        (f"{quarantined:,}", "rows quarantined"),
        (f"{people.customers:,}", "customers"),
        (f"{people.profiled:,}", "may be profiled"),
        (f"{people.guest_share:.1%}", "guest lines"),
        (f"{readiness.features.available} of {readiness.features.declared}", "features"),
    ]
    return figures(known)


def _findings(findings: Sequence[Finding]) -> str:
    if not findings:
        return "<section><h2>Findings</h2><p>Nothing to mend.</p></section>"
    rows = "".join(_finding(one) for one in sorted(findings, key=lambda one: _ORDER.index(one.state)))
    names = ("State", "Finding", "Where", "Rows", "Examples", "What would mend it")
    return f"<section><h2>Findings</h2>{table(names, rows, numbers=('Rows',))}</section>"


def _finding(one: Finding) -> str:
    where = ".".join(name for name in (one.table, one.column) if name)
    rows = f"{one.rows:,}" if one.rows else ""
    return (
        f'<tr><td><span class="grade {one.state}">{one.state}</span></td>'
        f'<td class="finding">{escape(one.name.replace("_", " "))}</td><td><code>{escape(where)}</code></td>'
        f'<td class="number">{rows}</td><td class="examples">{escape(", ".join(one.examples))}</td>'
        f'<td class="mend">{escape(one.mend)}</td></tr>'
    )


def _history(readiness: Readiness, settings: Settings) -> str:
    drawn = plots.history(readiness, settings.source.minor_digits, settings.source.currency)
    return f"<section><h2>History</h2>{drawn}</section>"


def _customers(readiness: Readiness) -> str:
    sections = [
        ("How long customers wait", plots.cadence(readiness)),
        ("How many leave", plots.churn_over_time(readiness)),
        ("Orders per customer", plots.orders_per_customer(readiness)),
        ("Days of the week", plots.weekdays(readiness)),
    ]
    drawn = "".join(f"<section><h2>{title}</h2>{plot}</section>" for title, plot in sections)
    return f'<div class="pair">{drawn}</div>'


def _columns(readiness: Readiness) -> str:
    return f'<div class="pair">{_coverage(readiness)}{_features(readiness)}</div>'


def _coverage(readiness: Readiness) -> str:
    found = readiness.coverage
    reach = [
        ("name a product", found.product_id),
        ("product is known", found.products),
        ("has a category", found.category),
        ("has a subcategory", found.subcategory),
    ]
    rows = [(name, one.lines, f"{one.lines:.0%} · {one.sales:.0%}") for name, one in reach]
    filled = [(name, share, f"{share:.0%}") for name, share in found.filled.items()]
    absent = ", ".join(found.not_brought) or "none"
    tables = ", ".join(found.tables_not_brought) or "none"
    return (
        "<section><h2>Coverage</h2><h3>Share of order lines, and of sales, that …</h3>"
        f"{plots.meters(rows)}<h3>Optional columns that are filled</h3>{plots.meters(filled)}"
        f'<p class="note">Columns not brought: {escape(absent)}. Tables not brought: {escape(tables)}.</p></section>'
    )


def _features(readiness: Readiness) -> str:
    found = readiness.features
    by_driver = found.by_driver.items()
    drivers = [(name, have / max(all_of, 1), f"{have} of {all_of}") for name, (have, all_of) in by_driver]
    rows = "".join(
        f'<tr><td><code>{escape(one.column)}</code></td><td class="number">{one.features}</td>'
        f'<td class="number">{one.alone}</td></tr>'
        for one in found.wanting
    )
    names = ("Column not brought", "Read by", "Would bring alone")
    wanting = table(names, rows, numbers=names[1:]) if rows else ""
    return (
        f"<section><h2>Features</h2><h3>{found.available} of {found.declared} can be computed, by driver</h3>"
        f"{plots.meters(drivers)}{wanting}<h3>Loyalty types that the tables can show</h3>"
        f"<p>{escape(', '.join(found.types))}</p></section>"
    )


def _tables(report: Report, readiness: Readiness | None = None) -> str:
    rows = "".join(
        f'<tr><td><code>{escape(name)}</code></td><td class="number">{one.rows_in:,}</td>'
        f'<td class="number">{one.rows_used:,}</td><td class="number">{one.rows_quarantined:,}</td>'
        f'<td class="number">{one.guests:,}</td><td>{escape(_reasons(one.reasons))}</td></tr>'
        for name, one in report.tables.items()
    )
    names = ("Table", "Rows in", "Used", "Quarantined", "Guests", "Quarantined because")
    consent = "" if readiness is None else f'<p class="note">{escape(_consent(readiness))}</p>'
    return f"<section><h2>Tables</h2>{table(names, rows, numbers=names[1:5])}{consent}</section>"


def _consent(readiness: Readiness) -> str:
    people = readiness.people
    ground = "the table of consents" if people.consent == "table" else f"the basis {people.consent!r}"
    return (
        f"By {ground}, {people.profiled:,} of {people.customers:,} customers may be profiled. The suppression list"
        f" holds {people.suppression_list:,} people and kept {people.suppressed_rows:,} rows out."
    )


def _reasons(reasons: dict[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in reasons.items())


def _meanings() -> str:
    return (
        "<p>" + " ".join(f"<b>{grade.capitalize()}</b>: {text}." for grade, text in MEANINGS.items()) + "</p>"
    )
