"""What a worker holds: the current generation, the suppression list, the store; and what they forbid."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from features.settings import Settings, load_settings
from features.suppression import Suppression
from features.workspace import Workspace
from serving import metrics
from serving.address import store_address
from serving.decisions import DecisionDesk
from serving.generation import Generation
from serving.problems import ProblemError, not_found
from serving.store import Store
from serving.watcher import GenerationWatcher

SETTINGS_VARIABLE = "REGULARS_SERVICE"
WORKERS_VARIABLE = "REGULARS_WORKERS"
WORKSPACE = "workspace"


def environment(settings: Settings, workspace: Workspace) -> dict[str, str]:
    """The environment variable by which workers, in another working folder, get settings and workspace."""
    absolute = settings.model_copy(update={"root": settings.root.resolve()})
    content = {"settings": absolute.model_dump(mode="json"), "workspace": str(workspace.root.resolve())}
    return {SETTINGS_VARIABLE: json.dumps(content)}


def configuration(variables: Mapping[str, str] | None = None) -> tuple[Settings, Workspace]:
    """Settings and workspace from the environment; without it, from `regulars.toml` of the working folder."""
    given = (os.environ if variables is None else variables).get(SETTINGS_VARIABLE)
    if given is None:
        settings = load_settings(".")
        return settings, Workspace(settings.root / WORKSPACE)
    content = json.loads(given)
    return Settings(**content["settings"]), Workspace(Path(content["workspace"]))


@dataclass(frozen=True)
class ServingState:
    """Everything that handlers share; one in each worker."""

    watcher: GenerationWatcher
    suppression: Suppression
    store: Store
    desk: DecisionDesk

    @classmethod
    def open(cls, settings: Settings, workspace: Workspace) -> ServingState:
        """Open the store and load the current generation, if there is one yet."""
        store = Store.open(store_address(settings, workspace))
        watcher = GenerationWatcher(
            workspace.generations,
            on_refused=metrics.REFUSED.inc,
            on_served=lambda served: metrics.CREATED.set(served.manifest.created_at.timestamp()),
        )
        watcher.refresh()
        return cls(watcher, Suppression.open(workspace.suppression), store, DecisionDesk(store))

    def generation(self) -> Generation:
        """The generation to answer from.

        Raises:
            ProblemError: 503, there is none yet.
        """
        found = self.watcher.current()
        if found is None:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "no-generation",
                "nothing is scored yet; run: regulars score",
            )
        return found

    def pinned(self, generation_id: str) -> Generation:
        """The generation that a cursor belongs to.

        Raises:
            ProblemError: 410, it is gone.
        """
        found = self.watcher.pinned(generation_id)
        if found is None:
            raise ProblemError(
                HTTPStatus.GONE, "cursor-gone", "the list was replaced; start again without a cursor"
            )
        return found

    def row(self, generation: Generation, customer_id: str) -> int:
        """The row of a customer who may be spoken of.

        Raises:
            ProblemError: 404, unknown, suppressed or without consent to profiling; which one is not told.
        """
        row = generation.row(customer_id)
        if row is None or self.hidden(generation)(customer_id):
            raise not_found("unknown-customer", "no customer with this id was scored")
        return row

    def recommended_row(self, generation: Generation, customer_id: str) -> int | None:
        """The row of a customer who may be recommended to by what they did; None is a stranger.

        Strangers are also those who are suppressed, or do not consent to profiling or personalisation: they see
        what everybody else sees, and which of these it is is not told.
        """
        row = generation.row(customer_id)
        if row is None or self.hidden(generation)(customer_id):
            return None
        return row if generation.consents.allows(customer_id, "personalisation", datetime.now(UTC)) else None

    def hidden(self, generation: Generation, now: datetime | None = None) -> Callable[[str], bool]:
        """A test for customers that must not appear although the generation holds a row.

        That is the suppression list as it is on disk now, consent to profiling that has ended since, and a
        refusal that the current generation knows of where an earlier one is asked about.
        """
        self.suppression.reload()
        suppressed, at = self.suppression.contains, now or datetime.now(UTC)
        asked = {found.id: found.consents for found in (generation, self.watcher.current() or generation)}
        consents = tuple(asked.values())
        return lambda customer_id: (
            suppressed(customer_id)
            or not all(known.allows(customer_id, "profiling", at) for known in consents)
        )

    def is_suppressed(self, customer_id: str | None) -> bool:
        """Whether a customer is on the suppression list as it is on disk now."""
        self.suppression.reload()
        return customer_id is not None and self.suppression.contains(customer_id)

    def close(self) -> None:
        """Close the store."""
        self.store.close()
