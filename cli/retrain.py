"""`regulars retrain`: train, compare and promote in one go, as a scheduler runs it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.context import as_json, hint, open_workspace, progress_bar, show_json
from cli.train import TASKS

if TYPE_CHECKING:
    from features.settings import Settings
    from features.workspace import Workspace


@click.command(
    short_help="Train, compare and promote in one go.", epilog="Example:  regulars retrain --if-needed"
)
@click.argument("tasks", nargs=-1, type=click.Choice(TASKS))
@click.option(
    "--if-needed", is_flag=True, help="Only where monitoring says that a champion should be trained again."
)
@as_json
@click.pass_context
def command(ctx: click.Context, tasks: tuple[str, ...], if_needed: bool, as_json: bool) -> None:
    """Train TASKS (all by default) and promote each challenger that holds every check.

    A challenger that does not is kept as one, the champion stays, and the exit code is 1. Two runs never work on one
    folder at a time.
    """
    from cli.champions import alone

    folder: Path = ctx.obj
    settings, workspace = open_workspace(folder)
    with alone(workspace):
        done = [_retrained(task, settings, workspace, if_needed=if_needed) for task in tasks or TASKS]
    if as_json:
        show_json({"tasks": done})
    else:
        for one in done:
            click.echo(f"{one['task']}: {one['said']}")
    if any(one["decision"] and not one["decision"]["passed"] for one in done):
        ctx.exit(1)


def _retrained(task: str, settings: Settings, workspace: Workspace, *, if_needed: bool) -> dict[str, Any]:
    """What was done for a task, in words and for programs."""
    from cli.champions import move, write_refusal
    from training.job import train
    from training.promotion import decide
    from training.registry import CHAMPION, Registry

    found: dict[str, Any] = {
        "task": task,
        "verdict": None,
        "trained": None,
        "decision": None,
        "promoted": None,
    }
    champion = Registry(workspace).version_of(task, CHAMPION)
    if if_needed and champion is not None:
        found["verdict"] = _verdict(task, settings, workspace)
        if found["verdict"] != "retrain":
            return found | {"said": f"version {champion} holds ({found['verdict']}); nothing was trained"}
    with progress_bar() as tell:
        trained = train(task, settings, workspace, progress=tell)
    version = trained.registered.version
    found["trained"] = version
    if trained.champion:
        return found | {"said": f"version {version} was trained and is the first champion"}
    with progress_bar() as tell:
        decision = decide(task, settings, workspace, progress=tell)
    found["decision"] = decision.to_json()
    if not decision.passed:
        write_refusal(workspace, decision, None)
        failed = "; ".join(check.said for check in decision.checks if check.state == "failed")
        return found | {"said": f"version {version} was trained and stays challenger: {failed}"}
    found["promoted"] = move(
        settings, workspace, task, version, action="promote", why="retrained", evidence=found["decision"]
    )
    return found | {"said": f"version {version} was trained and promoted, instead of {decision.champion}"}


def _verdict(task: str, settings: Settings, workspace: Workspace) -> str:
    from cli.monitor import monitored

    try:
        return monitored(task, settings, workspace).state
    except ValueError as error:
        hint(f"{task}: {error}")
        return "retrain"
