"""Move the champion of a task: the alias, then a generation, then the record; all or nothing."""

from __future__ import annotations

import getpass
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.context import progress_bar

if TYPE_CHECKING:
    from features.settings import Settings
    from features.workspace import Workspace

RECORD = "promotions.jsonl"


def move(
    settings: Settings,
    workspace: Workspace,
    task: str,
    version: str,
    *,
    action: str,
    why: str,
    by: str | None = None,
    evidence: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Make a version the champion, score with it, and record who did it and why.

    Without a champion of every task that a generation needs, nothing is scored yet.

    Args:
        action: `promote` or `rollback`.
        by: who; the user of this machine where it is not given.
        evidence: what the decision was based on.

    Returns:
        What was recorded.

    Raises:
        ValueError: the generation could not be built; aliases are as they were.
    """
    from training.registry import CHAMPION, PREVIOUS, Registry

    registry = Registry(workspace)
    before = {alias: registry.version_of(task, alias) for alias in (CHAMPION, PREVIOUS)}
    # what is rolled back to has no version before it that is known to be good
    previous = before[CHAMPION] if action == "promote" else None
    _set(registry, task, {CHAMPION: version, PREVIOUS: previous})
    try:
        generation = _scored(settings, workspace)
    except BaseException:
        _set(registry, task, before)
        raise
    record = {
        "at": datetime.now(UTC).isoformat(),
        "action": action,
        "task": task,
        "version": version,
        "instead_of": before[CHAMPION],
        "by": by or getpass.getuser(),
        "why": why,
        "generation": generation,
        "evidence": evidence,
    }
    registry.tag(task, version, _tags(record))
    with (workspace.root / RECORD).open("a", encoding="utf-8") as opened:
        opened.write(json.dumps(record) + "\n")
    return record


def sync(settings: Settings, workspace: Workspace) -> str | None:
    """Score with the champions as they are; the name of the generation, None while a champion is missing."""
    return _scored(settings, workspace)


def history(workspace: Workspace) -> list[dict[str, Any]]:
    """Every promotion and rollback, the oldest first."""
    file = workspace.root / RECORD
    if not file.is_file():
        return []
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def _set(registry: Any, task: str, aliases: dict[str, str | None]) -> None:
    for alias, version in aliases.items():
        if version is not None:
            registry.set_alias(task, alias, version)
        elif registry.version_of(task, alias) is not None:
            registry.drop_alias(task, alias)


def _scored(settings: Settings, workspace: Workspace) -> str | None:
    from cli.score import score
    from cli.train import TASKS
    from training.registry import CHAMPION, Registry

    registry = Registry(workspace)
    if any(registry.version_of(task, CHAMPION) is None for task in TASKS):
        return None
    with progress_bar() as tell:
        built: Path = score(settings, workspace, progress=tell)
    return built.name


def _tags(record: dict[str, Any]) -> dict[str, str]:
    evidence = record["evidence"] or {}
    gates = {f"gate_{check['name']}": check["state"] for check in evidence.get("checks", [])}
    done = {"promote": "promoted", "rollback": "rolled_back_to"}[record["action"]]
    return gates | {f"{done}_{what}": record[what] for what in ("by", "at", "why")}
