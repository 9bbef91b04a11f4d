"""`regulars validate`: read every table, report, quarantine, and say whether the data can carry the tasks."""

from __future__ import annotations

import json
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.context import as_json, hint, open_workspace, progress_bar, show_json, show_table

if TYPE_CHECKING:
    from features.settings import Settings
    from features.tables.report import Report
    from features.workspace import Workspace
    from training.readiness.assess import Readiness

SHOWN = 3
"""Reasons for a grade on the terminal; the page and the JSON have all of them."""


@click.command(epilog="Example:  regulars validate --json > report.json")
@click.option(
    "--full",
    is_flag=True,
    help="Read every row of a database again: what it has deleted leaves the copy in the workspace.",
)
@as_json
@click.pass_obj
def command(folder: Path, full: bool, as_json: bool) -> None:
    """Read every table, quarantine what cannot be used, report.

    Without an error it also says, before any training, whether the data can carry the tasks: each gets a grade, with
    what would lift it. The page workspace/readiness.html shows it all with plots. With an error the exit code is 1
    and the tables that were validated before stay in place.
    """
    from features.tables.validate import validate
    from training.readiness.page import write_page

    settings, workspace = open_workspace(folder)
    with progress_bar() as tell:
        report = validate(settings, workspace, lambda step: tell(step, 0, 0), full=full)
        if not report.errors:
            tell("assessing readiness", 0, 0)
        report, readiness = judge(settings, workspace, report)
    page = write_page(settings, workspace, report, readiness)
    if as_json:
        document = json.loads(report.to_json())
        show_json(document | {"readiness": readiness.to_json() if readiness else None})
    else:
        show_report(report)
        if readiness is not None:
            show_readiness(readiness)
    hint(f"readiness report: {page}")
    if report.errors:
        raise click.exceptions.Exit(1)


def judge(settings: Settings, workspace: Workspace, report: Report) -> tuple[Report, Readiness | None]:
    """The report with what readiness found, and readiness itself; nothing where validation found an error."""
    from training.readiness.assess import assess, with_readiness

    if report.errors:
        return report, None
    readiness = assess(settings, workspace, report)
    return with_readiness(report, readiness), readiness


def show_report(report: Report) -> None:
    """Counts and findings as tables."""
    from features.tables.report import HEADER

    counts = [
        (name, f"{c.rows_in:,}", f"{c.rows_used:,}", f"{c.rows_quarantined:,}", f"{c.guests:,}")
        for name, c in report.tables.items()
    ]
    show_table("Tables", ("table", "rows in", "used", "quarantined", "guests"), counts)
    if report.findings:
        show_table("Findings", HEADER, report.to_table())
    if report.as_of is not None:
        click.echo(f"as of {report.as_of.isoformat()} (from {report.as_of_from.replace('_', ' ')})")


def show_readiness(readiness: Readiness) -> None:
    """The grade of each task, why, and what would lift it: a row for each of the worst reasons."""
    rows = []
    for name, task in readiness.tasks.items():
        reasons = list(zip_longest(task.why, task.lifts, fillvalue=""))
        if len(reasons) > SHOWN:
            reasons[SHOWN:] = [(f"and {len(reasons) - SHOWN} more, see the page", "")]
        for number, (why, lift) in enumerate(reasons):
            rows.append((name if not number else "", task.grade if not number else "", why, lift))
    show_table("Readiness", ("task", "grade", "why", "what would lift it"), rows)
    click.echo(readiness.verdict)
