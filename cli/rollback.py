"""`regulars rollback`: the champion before takes its place again."""

from __future__ import annotations

from pathlib import Path

import click

from cli.context import as_json, open_workspace, show_json
from cli.train import RECOMMENDATION, SENTIMENT, TASKS, VALUE


@click.command(
    short_help="Give the champion before its place back.",
    epilog='Example:  regulars rollback churn --why "complaints about the list"',
)
@click.argument("task", type=click.Choice((SENTIMENT, *TASKS, VALUE, RECOMMENDATION)))
@click.option("--by", metavar="NAME", help="Who decides; default: the user of this machine.")
@click.option("--why", metavar="TEXT", default="rolled back", help="Recorded with the version.")
@as_json
@click.pass_obj
def command(folder: Path, task: str, by: str | None, why: str, as_json: bool) -> None:
    """Make the previous champion of TASK champion again and score with it.

    The service takes the new generation up by itself. The version that is rolled back is not promoted again without
    a reason.
    """
    from cli.champions import alone, move
    from training.registry import PREVIOUS, Registry

    settings, workspace = open_workspace(folder)
    with alone(workspace):
        version = Registry(workspace).version_of(task, PREVIOUS)
        if version is None:
            raise LookupError(f"{task} has no champion before this one; nothing was promoted since")
        record = move(settings, workspace, task, version, action="rollback", why=why, by=by)
    if as_json:
        show_json(record)
    else:
        served = f"; serving {record['generation']}" if record["generation"] else ""
        click.echo(f"{task} {version} is champion again, instead of {record['instead_of']}{served}")
