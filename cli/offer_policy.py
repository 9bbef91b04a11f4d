"""Move the effects that offers go by: the file, then a generation, then the record; all or nothing."""

from __future__ import annotations

import getpass
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cli.champions import sync, write

if TYPE_CHECKING:
    from features.settings import Settings
    from features.workspace import Workspace
    from models.named_effects import NamedEffects

TASK, VERSIONS = "offers", "offer_effects"
ASSUMED = 0
"""The version of effects that nobody has promoted."""


def promote_effects(
    settings: Settings, workspace: Workspace, effects: NamedEffects, by: str | None, evidence: dict[str, Any]
) -> str | None:
    """Let offers go by effects from now on; the name of the generation, None while nothing is scored yet.

    Raises:
        ValueError: the generation could not be built; everything is as it was.
    """
    kept, before = workspace.root / VERSIONS, current(workspace)
    kept.mkdir(exist_ok=True)
    version = 1 + max((int(file.stem) for file in kept.glob("*.json")), default=ASSUMED)
    content = json.loads(effects.to_text()) | {"version": version, "instead_of": before}
    (kept / f"{version}.json").write_text(json.dumps(content, indent=1), "utf-8")
    record = entry("promote", by, version=version, instead_of=before, evidence=evidence)
    generation: str | None = _adopt(settings, workspace, record)["generation"]
    return generation


def roll_back_effects(settings: Settings, workspace: Workspace, why: str, by: str | None) -> dict[str, Any]:
    """Let offers go by the effects before those that they go by now; returns what was recorded.

    Raises:
        ValueError: nothing was promoted, or the generation could not be built; everything is as it was.
    """
    version = current(workspace)
    if version == ASSUMED:
        raise ValueError(
            "offers go by what is assumed; there is nothing to go back to: regulars policy promote"
        )
    before = _promoted(workspace)["instead_of"]
    record = entry("rollback", by, version=before, instead_of=version, why=why)
    return _adopt(settings, workspace, record)


def current(workspace: Workspace) -> int:
    """The version of effects that offers go by; ASSUMED before anything was promoted.

    The file of the effects says it, and not the record, so that a run that was killed in between leaves no doubt.
    """
    version: int = _promoted(workspace).get("version", ASSUMED)
    return version


def _promoted(workspace: Workspace) -> dict[str, Any]:
    """The content of the file of effects; empty where there is none."""
    from models.named_effects import PROMOTED

    file = workspace.root / PROMOTED
    found: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return found


def entry(action: Literal["promote", "rollback", "refuse"], by: str | None, **facts: Any) -> dict[str, Any]:
    """A line of the record."""
    at = datetime.now(UTC).isoformat()
    return {"at": at, "action": action, "task": TASK, "by": by or getpass.getuser()} | facts


def _adopt(settings: Settings, workspace: Workspace, record: dict[str, Any]) -> dict[str, Any]:
    from models.named_effects import PROMOTED
    from serving.publishing import current_id, restore

    file, served = workspace.root / PROMOTED, current_id(workspace.generations)
    before = file.read_text("utf-8") if file.is_file() else None
    version = record["version"]
    wanted = (
        None if version == ASSUMED else (workspace.root / VERSIONS / f"{version}.json").read_text("utf-8")
    )
    try:
        _replace(file, wanted)
        record["generation"] = sync(settings, workspace)
    except BaseException as error:
        _replace(file, before)
        restore(workspace.generations, served)
        undone = {"action": "undone", "undone": record["action"], "error": type(error).__name__}
        write(workspace, record | undone)
        raise
    write(workspace, record)
    return record


def _replace(file: Path, text: str | None) -> None:
    from features.workspace import replacing_file

    if text is None:
        file.unlink(missing_ok=True)
        return
    with replacing_file(file) as fresh:
        fresh.write_text(text, "utf-8")
