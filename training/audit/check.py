"""What an audit found: one entry for each check, and whether the whole passed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

State = Literal["passed", "failed", "skipped"]
HEADER = ("check", "state", "found", "what would mend it")


@dataclass(frozen=True)
class Check:
    """One check of an audit.

    Attributes:
        name: what was checked, `snake_case`, stable.
        state: `skipped` where the tables or the plan give nothing to check.
        found: what was seen, one sentence.
        mend: what would mend it; empty unless it failed.
        details: JSON values behind the sentence.
    """

    name: str
    state: State
    found: str
    mend: str = ""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Audit:
    """The checks of one task on one set of tables.

    Attributes:
        task: the task's name.
        horizon_days: length of its label window.
        cutoff: the past instant at which features were built with and without the future.
        checks: in the order in which they ran.
    """

    task: str
    horizon_days: int
    cutoff: datetime
    checks: tuple[Check, ...]

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that did not pass."""
        return tuple(check for check in self.checks if check.state == "failed")

    @property
    def verdict(self) -> str:
        """One sentence: no leak was found, or which checks failed."""
        ran = sum(check.state != "skipped" for check in self.checks)
        if not self.failed:
            return f"no leak found: {ran} of {len(self.checks)} checks ran and passed"
        names = ", ".join(check.name for check in self.failed)
        return f"{len(self.failed)} of {ran} checks failed: {names}"

    def to_json(self) -> dict[str, Any]:
        """As JSON values, for programs."""
        return {
            "task": self.task,
            "horizon_days": self.horizon_days,
            "cutoff": self.cutoff.isoformat(),
            "passed": not self.failed,
            "verdict": self.verdict,
            "checks": [asdict(check) for check in self.checks],
        }
