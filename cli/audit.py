"""`regulars audit`: can anything that the features read know the future?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.context import as_json, instant, open_workspace, progress_bar, show_json, show_table
from cli.train import TASKS

if TYPE_CHECKING:
    from training.audit.check import Audit


@click.command(
    short_help="Look for leaks: features that know the future.", epilog="Example:  regulars audit --canary"
)
@click.argument("task", type=click.Choice(TASKS), default="churn")
@click.option(
    "--cutoff",
    help="Date or instant of the comparison with and without the future; default: the first training cutoff.",
)
@click.option("--canary", is_flag=True, help="Also put leaks in on purpose, which have to be caught.")
@as_json
@click.pass_obj
def command(folder: Path, task: str, cutoff: str | None, canary: bool, as_json: bool) -> None:
    """Audit TASK (churn by default) on the validated tables; the exit code is 1 where a check fails.

    Features of a past cutoff are built from the whole tables and from tables that end there, and compared to the last
    bit; labels are recomputed by plain SQL; label windows may not overlap a split; and no feature may be as good as
    the whole model. Nothing is registered.
    """
    from training.audit.run import audit

    settings, workspace = open_workspace(folder)
    at = instant(cutoff, settings.source.timezone)
    with progress_bar() as tell:
        found = audit(task, settings, workspace, cutoff=at, canary=canary, progress=tell)
    if as_json:
        show_json(found.to_json())
    else:
        show_audit(found)
    if found.failed:
        raise click.exceptions.Exit(1)


def show_audit(found: Audit) -> None:
    """The checks as a table, and the verdict."""
    from training.audit.check import HEADER

    rows = [(check.name.replace("_", " "), check.state, check.found, check.mend) for check in found.checks]
    show_table(f"audit of {found.task}", HEADER, rows)
    click.echo(found.verdict)
