"""`regulars evaluate`: the versions of a task's model side by side, or one of them on today's tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.context import as_json, open_workspace, progress_bar, show_json, show_table
from cli.train import RECOMMENDATION, SENTIMENT, TASKS, VALUE, show_judgement

if TYPE_CHECKING:
    from training.registry import Registered


@click.command(
    short_help="Compare the versions of a model, or judge one anew.",
    epilog="Example:  regulars evaluate churn --alias challenger",
)
@click.argument("task", type=click.Choice((SENTIMENT, *TASKS, VALUE, RECOMMENDATION)))
@click.option("--alias", help="Judge this version on the validated tables instead of listing versions.")
@as_json
@click.pass_obj
def command(folder: Path, task: str, alias: str | None, as_json: bool) -> None:
    """Compare the recorded figures of all versions, or judge one on the newest outcomes."""
    settings, workspace = open_workspace(folder)
    if alias is not None and task not in TASKS:
        raise click.UsageError(
            f"{task} is judged while it is trained, on what came later; leave --alias out to see it"
        )
    if alias is not None:
        from training.job import evaluate

        with progress_bar() as tell:
            judgement = evaluate(task, alias, settings, workspace, progress=tell).judgement
        if as_json:
            show_json(
                {
                    "task": task,
                    "alias": alias,
                    "verdict": judgement.verdict,
                    "design": judgement.design,
                    "rows": len(judgement.outcome),
                    "figures": judgement.figures,
                }
            )
        else:
            show_judgement(task, judgement)
        return
    from training.registry import Registry

    versions = Registry(workspace).versions(task)
    if not versions:
        raise LookupError(f"no version of {task} is registered; train one with: regulars train {task}")
    if as_json:
        show_json({"task": task, "versions": [_document(version) for version in versions]})
        return
    keys = [
        key
        for key in (
            *("auroc", "average_precision", "macro_auroc", "macro_f1", "log_loss", "calibration_excess"),
            *("normalised_gini", "mae", "total_ratio"),
        )
        if key in versions[0].figures
    ]
    rows = [
        (v.version, ", ".join(v.aliases), *(f"{v.figures.get(key, float('nan')):.4f}" for key in keys))
        for v in versions
    ]
    show_table(task, ("version", "alias", *keys), rows)
    click.echo("each version was judged on the newest outcomes of its own tables")


def _document(version: Registered) -> dict[str, Any]:
    """What is recorded of a version; its task is named once, above."""
    return {name: value for name, value in vars(version).items() if name != "task"}
