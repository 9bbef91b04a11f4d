"""`regulars monitor`: is the champion still what it was, and did those leave whom the list named?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from cli.context import as_json, open_workspace, progress_bar, show_json, show_table
from cli.train import TASKS

if TYPE_CHECKING:
    from features.settings import Settings
    from features.workspace import Workspace
    from training.monitor import Finding, Monitoring

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
    """What is found of a task's champion, and of the scores that are served."""
    from features.tables.report import load_report
    from serving.lists import matured
    from training.monitor import monitor
    from training.realised import Scored
    from training.registry import CHAMPION, Registry

    as_of = load_report(workspace.tables).as_of
    champion = Registry(workspace).version_of(task, CHAMPION)
    found = None if as_of is None else matured(workspace, as_of, champion or "")
    served = None
    if found is not None:
        ids, probability = found.customer_ids, found.churn_probability
        served = Scored(found.generation, found.model, found.cutoff, ids, probability)
    with progress_bar() as tell:
        told = monitor(task, settings, workspace, served=served, progress=tell)
    return replace(told, findings=(*told.findings, *_served(task, told.version, workspace)))


def _served(task: str, champion: str, workspace: Workspace) -> list[Finding]:
    """Whether the scores that are served are the champion's; nothing where nothing is served yet."""
    from serving.manifest import read_manifest
    from serving.publishing import current_id
    from training.monitor import Finding

    generation = current_id(workspace.generations)
    if generation is None:
        return []
    made_by = read_manifest(workspace.generations / generation).models[task]
    if made_by == champion:
        return [Finding("served", "ok", f"{generation} was scored by version {made_by}", {"model": made_by})]
    said = (
        f"{generation} was scored by version {made_by}, the champion is version {champion}; run: regulars "
        "promote --sync"
    )
    return [Finding("served", "watch", said, {"model": made_by})]


def show_monitoring(found: Monitoring) -> None:
    """Every finding and the verdict, for people."""
    rows = [(finding.name, finding.state, finding.said) for finding in found.findings]
    show_table(f"{found.task} {found.version}: {found.state}", ("looked at", "state", "found"), rows)
