"""Move the champion of a task: the alias, then a generation, then the record; all or nothing."""

from __future__ import annotations

import fcntl
import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cli.context import hint, progress_bar

if TYPE_CHECKING:
    from features.settings import Settings
    from features.workspace import Workspace
    from training.promotion import Decision
    from training.registry import Registry

RECORD, LOCK = "promotions.jsonl", "champions.lock"
INSTEAD_OF = "promoted_instead_of"
"""Tag of a version: the champion that it replaced."""


def move(
    settings: Settings,
    workspace: Workspace,
    task: str,
    version: str,
    *,
    action: Literal["promote", "rollback"],
    why: str,
    by: str | None = None,
    evidence: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Make a version the champion, score with it, and record who did it and why.

    Without a champion of every task that a generation needs, nothing is scored yet. The catalogue that is served
    stays.

    Args:
        by: who; the user of this machine where it is not given.
        evidence: what the decision was based on.

    Returns:
        What was recorded.

    Raises:
        ValueError: the generation could not be built; aliases and what is served are as they were.
    """
    from serving.publishing import current_id, restore
    from training.registry import CHAMPION, PREVIOUS, Registry

    registry = Registry(workspace)
    before = {alias: registry.version_of(task, alias) for alias in (CHAMPION, PREVIOUS)}
    served = current_id(workspace.generations)
    record = {
        "at": datetime.now(UTC).isoformat(),
        "action": action,
        "task": task,
        "version": version,
        "instead_of": before[CHAMPION],
        "by": by or getpass.getuser(),
        "why": why,
        "generation": None,
        "evidence": evidence,
    }
    previous = before[CHAMPION] if action == "promote" else _champion_before(registry, task, version)
    try:
        _set(registry, task, {CHAMPION: version, PREVIOUS: previous})
        record["generation"] = _scored(settings, workspace)
    except BaseException as error:
        _set(registry, task, before)
        restore(workspace.generations, served)
        write(workspace, record | {"action": "undone", "undone": action, "error": type(error).__name__})
        raise
    _tag(registry, record)
    write(workspace, record)
    return record


def write(workspace: Workspace, record: dict[str, Any]) -> None:
    """Add a line to the record of what was promoted, refused, rolled back or undone."""
    with (workspace.root / RECORD).open("a", encoding="utf-8") as opened:
        opened.write(json.dumps(record) + "\n")


def write_refusal(workspace: Workspace, decision: Decision, by: str | None) -> None:
    """Record that a challenger was refused, and on what evidence."""
    record = {
        "at": datetime.now(UTC).isoformat(),
        "action": "refuse",
        "task": decision.task,
        "version": decision.challenger,
        "by": by or getpass.getuser(),
        "evidence": decision.to_json(),
    }
    write(workspace, record)


def sync(settings: Settings, workspace: Workspace) -> str | None:
    """Score with the champions as they are; the name of the generation, None while a champion is missing."""
    return _scored(settings, workspace)


def served_catalogue(generations: Path) -> Path | None:
    """The file of the offers that are served; None where nothing is served yet."""
    from serving.generation import OFFERS
    from serving.publishing import current_id

    served = current_id(generations)
    file = generations / (served or "") / OFFERS
    return file if served and file.is_file() else None


@contextmanager
def alone(workspace: Workspace, *, wait: bool = False) -> Iterator[None]:
    """Keep every other run out that moves champions or publishes a generation.

    Args:
        wait: until the other has ended, instead of an error.

    Raises:
        ValueError: another run is at work.
    """
    workspace.root.mkdir(parents=True, exist_ok=True)
    with (workspace.root / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if not wait:
                raise ValueError(
                    f"another run scores or promotes in {workspace.root}; wait until it has ended"
                ) from error
            hint(f"another run scores or promotes in {workspace.root}; waiting until it has ended")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def history(workspace: Workspace) -> list[dict[str, Any]]:
    """Every promotion, refusal, rollback and what was undone, the oldest first."""
    file = workspace.root / RECORD
    if not file.is_file():
        return []
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def _set(registry: Registry, task: str, aliases: dict[str, str | None]) -> None:
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
    served = served_catalogue(workspace.generations)
    with progress_bar() as tell:
        built: Path = score(settings, workspace, offers=served, progress=tell)
    return built.name


def _tag(registry: Registry, record: dict[str, Any]) -> None:
    """Who, when and why as tags: of the champion, and in a rollback of the version that it replaces."""
    from training.registry import WITHDRAWN_AT

    task, version = record["task"], record["version"]
    evidence = record["evidence"] or {}
    tags = {f"gate_{check['name']}": check["state"] for check in evidence.get("checks", [])}
    done = {"promote": "promoted", "rollback": "rolled_back_to"}[record["action"]]
    tags |= {f"{done}_{what}": record[what] for what in ("by", "at", "why")}
    if record["action"] == "promote":
        tags[INSTEAD_OF] = record["instead_of"] or ""
    elif record["instead_of"]:
        withdrawn = {WITHDRAWN_AT: record["at"], "withdrawn_by": record["by"], "withdrawn_why": record["why"]}
        registry.tag(task, record["instead_of"], withdrawn)
    registry.untag(task, version, WITHDRAWN_AT, "withdrawn_by", "withdrawn_why")
    registry.tag(task, version, tags)


def _champion_before(registry: Registry, task: str, version: str) -> str | None:
    """Whom a version had replaced when it was promoted, passing over what was rolled back since."""
    from training.registry import WITHDRAWN_AT

    seen = {version}
    while True:
        earlier = registry.tags(task, version).get(INSTEAD_OF)
        if not earlier or earlier in seen:
            return None
        if WITHDRAWN_AT not in registry.tags(task, earlier):
            return earlier
        seen.add(earlier)
        version = earlier
