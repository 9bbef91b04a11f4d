"""`regulars validate`: read every table, report, quarantine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.context import as_json, open_workspace, progress_bar, show_json, show_table

if TYPE_CHECKING:
    from features.tables.report import Report


@click.command(epilog="Example:  regulars validate --json > report.json")
@as_json
@click.pass_obj
def command(folder: Path, as_json: bool) -> None:
    """Read every table, quarantine what cannot be used, report.

    With an error the exit code is 1 and the tables that were validated before stay in place.
    """
    from features.tables.validate import validate

    settings, workspace = open_workspace(folder)
    with progress_bar() as tell:
        report = validate(settings, workspace, lambda step: tell(step, 0, 0))
    if as_json:
        show_json(json.loads(report.to_json()))
    else:
        show_report(report)
    if report.errors:
        raise click.exceptions.Exit(1)


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
