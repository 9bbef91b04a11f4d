"""`regulars monitor`: is the champion still what it was, and did those leave whom the list named?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from cli.context import as_json, open_workspace, progress_bar, show_json, show_table
from cli.train import TASKS

if TYPE_CHECKING:
    from features.settings import Settings
    from features.workspace import Workspace
    from training.monitor import Monitoring, Scored

DRIFTED = 3
"""Exit code where a champion should be trained again."""


@click.command(
    short_help="Say whether the champions still hold.",
    epilog="Example:  regulars monitor --json || regulars retrain",
)
@click.argument("tasks", nargs=-1, type=click.Choice(TASKS))
@as_json
@click.pass_context
def command(ctx: click.Context, tasks: tuple[str, ...], as_json: bool) -> None:
    """Look at features, scores and outcomes of the champions of TASKS (all by default) on the validated tables.

    The exit code is 3 where one of them should be trained again, so that a scheduler can act.
    """
    settings, workspace = open_workspace(ctx.obj)
    found = [monitored(task, settings, workspace) for task in tasks or TASKS]
    if as_json:
        show_json({"tasks": [one.to_json() for one in found]})
    else:
        for one in found:
            show_monitoring(one)
    if any(one.state == "retrain" for one in found):
        ctx.exit(DRIFTED)


def monitored(task: str, settings: Settings, workspace: Workspace) -> Monitoring:
    """What is found of a task's champion."""
    from training.monitor import monitor

    with progress_bar() as tell:
        return monitor(task, settings, workspace, served=matured(workspace), progress=tell)


def matured(workspace: Workspace) -> Scored | None:
    """The newest list that was served and is a horizon old at the end of the data; None where there is none yet."""
    from features.tables.report import load_report
    from serving.generation import Generation
    from serving.manifest import GenerationError, is_generation_id
    from training.monitor import Scored

    as_of = load_report(workspace.tables).as_of
    folders = (
        [] if not workspace.generations.is_dir() else sorted(workspace.generations.iterdir(), reverse=True)
    )
    lists: list[tuple[datetime, Any]] = []
    for folder in folders:
        if not is_generation_id(folder.name):
            continue
        try:
            generation = Generation.open(folder)
        except GenerationError:
            continue  # of another release, or half gone: it tells nothing
        manifest = generation.manifest
        if as_of is not None and manifest.cutoff + timedelta(days=manifest.horizon_days) <= as_of:
            lists.append((manifest.cutoff, generation))
    if not lists:
        return None
    cutoff, newest = max(lists, key=lambda one: one[0])
    ids = [newest.customer_id(row) for row in range(len(newest.ids))]
    import numpy as np

    return Scored(newest.id, cutoff, np.array(ids, dtype=object), np.array(newest.churn_probability))


def show_monitoring(found: Monitoring) -> None:
    """Every finding and the verdict, for people."""
    rows = [(finding.name, finding.state, finding.said) for finding in found.findings]
    show_table(f"{found.task} {found.version}: {found.state}", ("looked at", "state", "found"), rows)
