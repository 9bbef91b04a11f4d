"""`regulars report`: one page about a model: what it is worth, for whom, what it earns, what it looks at."""

from __future__ import annotations

from pathlib import Path

import click

from cli.context import as_json, open_workspace, progress_bar, show_json
from cli.train import TASKS


@click.command(
    short_help="Write the page about a model.", epilog="Example:  regulars report churn --out churn.html"
)
@click.argument("task", type=click.Choice(TASKS), default="churn")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@click.option("--alias", default="champion", show_default=True, help="The version.")
@click.option("--recorded", is_flag=True, help="The page as training recorded it, nothing judged anew.")
@as_json
@click.pass_obj
def command(folder: Path, task: str, out: Path | None, alias: str, recorded: bool, as_json: bool) -> None:
    """Judge a version of TASK (churn by default) on the newest outcomes and write one HTML page about it.

    Figures with intervals beside every rule, calibration, lift and profit at contact capacities, groups of customers,
    fairness, what the model looks at, and the last backtest of these tables. The page needs no network; by default it
    is workspace/reports/TASK.html.
    """
    from features.workspace import replacing_file
    from training.report import run

    settings, workspace = open_workspace(folder)
    if recorded:
        text = run.recorded(task, alias, workspace)
    else:
        with progress_bar() as tell:
            text = run.report(task, settings, workspace, alias=alias, progress=tell)
    target = out or workspace.reports / f"{task}.html"
    with replacing_file(target) as fresh:
        fresh.write_text(text, encoding="utf-8")
    if as_json:
        show_json({"task": task, "alias": alias, "file": target, "recorded": recorded})
    else:
        click.echo(target)
