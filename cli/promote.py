"""`regulars promote`: a challenger takes the champion's place, if the evidence allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.context import as_json, hint, open_workspace, progress_bar, show_json, show_table
from cli.train import RECOMMENDATION, SENTIMENT, TASKS, VALUE

if TYPE_CHECKING:
    from training.promotion import Decision


@click.command(
    short_help="Let a challenger take the champion's place, on evidence.",
    epilog='Example:  regulars promote churn --why "the weekly training"',
)
@click.argument("task", type=click.Choice((SENTIMENT, *TASKS, VALUE, RECOMMENDATION)), required=False)
@click.option("--by", metavar="NAME", help="Who decides; default: the user of this machine.")
@click.option("--why", metavar="TEXT", default="passed every check", help="Recorded with the version.")
@click.option("--force", metavar="REASON", help="Promote without the evidence; the reason is recorded.")
@click.option("--dry-run", is_flag=True, help="Only say whether it would be promoted.")
@click.option(
    "--sync", is_flag=True, help="Score with the champions as they are, after an alias was moved by hand."
)
@as_json
@click.pass_context
def command(
    ctx: click.Context,
    task: str | None,
    by: str | None,
    why: str,
    force: str | None,
    dry_run: bool,
    sync: bool,
    as_json: bool,
) -> None:
    """Compare the challenger of TASK with its champion and, if it holds every check, promote it and score.

    Compared are outcomes that neither has seen. The service takes the new generation up by itself. Where a check
    fails nothing changes but the record, and the exit code is 1.
    """
    from cli.champions import alone, move, write_refusal
    from cli.champions import sync as score_champions

    settings, workspace = open_workspace(ctx.obj)
    with alone(workspace):
        if sync:
            generation = score_champions(settings, workspace)
            show_json({"generation": generation}) if as_json else click.echo(f"serving {generation}")
            return
        if task is None:
            raise click.UsageError("name the task to promote, or give --sync")
        decision = _evidence(task, settings, workspace) if force else _decide(task, settings, workspace)
        document: dict[str, Any] = {"decision": decision.to_json() if decision else None, "promoted": None}
        if decision is not None and not as_json:
            show_decision(decision)
        allowed = force is not None or (decision is not None and decision.passed)
        if allowed and not dry_run:
            version = decision.challenger if decision else _challenger(task, workspace)
            document["promoted"] = move(
                settings,
                workspace,
                task,
                version,
                action="promote",
                why=force or why,
                by=by,
                evidence=document["decision"],
            )
        if decision is not None and not allowed and not dry_run:
            write_refusal(workspace, decision, by)
    if as_json:
        show_json(document)
    elif document["promoted"]:
        _show_moved(document["promoted"])
    if not allowed:
        ctx.exit(1)


def _evidence(task: str, settings: Any, workspace: Any) -> Decision | None:
    """What the comparison would have said, where there can be one; recorded with what is forced."""
    if task not in TASKS:
        return None
    try:
        return _decide(task, settings, workspace)
    except ValueError as error:
        hint(f"{task}: no comparison: {error}")
        return None


def _decide(task: str, settings: Any, workspace: Any) -> Decision:
    from training.promotion import decide

    if task not in TASKS:
        raise click.UsageError(
            f"{task} is judged while it is trained, on what came later: see regulars evaluate {task}, then "
            "promote it with --force REASON"
        )
    with progress_bar() as tell:
        return decide(task, settings, workspace, progress=tell)


def _challenger(task: str, workspace: Any) -> str:
    from training.registry import CHALLENGER, Registry

    version = Registry(workspace).version_of(task, CHALLENGER)
    if version is None:
        raise LookupError(f"there is no challenger of {task}; train one with: regulars train {task}")
    return version


def show_decision(decision: Decision) -> None:
    """Every check, for people."""
    rows = [(check.name, check.state, check.said) for check in decision.checks]
    against = f"champion {decision.champion}" if decision.champion else "no champion"
    show_table(f"{decision.task} {decision.challenger} against {against}", ("check", "state", "found"), rows)


def _show_moved(record: dict[str, Any]) -> None:
    served = f"; serving {record['generation']}" if record["generation"] else ""
    click.echo(f"{record['task']} {record['version']} is champion{served}")
