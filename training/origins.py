"""What a backtest found: figures at every origin, their mean and spread; kept for the report."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from features.workspace import Workspace, replacing_file


@dataclass(frozen=True)
class Origin:
    """One past cutoff: what a model trained before it was worth on the horizon after it.

    Attributes:
        cutoff: the test cutoff.
        train_cutoffs: how many cutoffs trained, all with outcomes that ended by it.
        baselines: names of the baselines, the prefixes of their figures.
        figures: as of `Judgement.figures`, those that are defined.
        beats_baselines: whether the model was ahead of every baseline.
    """

    cutoff: datetime
    train_cutoffs: int
    baselines: tuple[str, ...]
    figures: dict[str, float]
    beats_baselines: bool


@dataclass(frozen=True)
class Spread:
    """A figure over the origins; `deviation` is that of a sample, NaN for one origin."""

    mean: float
    deviation: float
    least: float
    most: float


@dataclass(frozen=True)
class Backtest:
    """A task judged at every origin that history allows.

    Attributes:
        fingerprint: of the validated tables.
        origins: ascending.
        skipped: why an origin could not be judged, by its date.
    """

    task: str
    horizon_days: int
    fingerprint: str
    origins: tuple[Origin, ...]
    skipped: dict[str, str]

    @property
    def baselines(self) -> tuple[str, ...]:
        """The baselines that stand beside the model."""
        return self.origins[0].baselines

    @property
    def key(self) -> str:
        """The figure that ranks."""
        return "auroc" if "auroc" in self.origins[0].figures else "macro_auroc"

    def spread(self, figure: str) -> Spread:
        """Mean and spread of a figure over the origins."""
        values = np.array([origin.figures[figure] for origin in self.origins])
        deviation = float(values.std(ddof=1)) if len(values) > 1 else math.nan
        return Spread(float(values.mean()), deviation, float(values.min()), float(values.max()))

    @property
    def ahead(self) -> int:
        """At how many origins the model was ahead of every baseline in the figure that ranks."""
        return sum(
            origin.figures[self.key] > max(origin.figures[f"{name}_{self.key}"] for name in origin.baselines)
            for origin in self.origins
        )

    @property
    def verdict(self) -> str:
        """One sentence: mean and spread, and how often the model was ahead."""
        own = self.spread(self.key)
        spread = f" ± {own.deviation:.3f}" if len(self.origins) > 1 else ""
        best = max(self.baselines, key=lambda name: self.spread(f"{name}_{self.key}").mean)
        return (
            f"AUROC {own.mean:.3f}{spread} over {len(self.origins)} origins, {own.least:.3f} to {own.most:.3f}; "
            f"the best baseline ({best}) {self.spread(f'{best}_{self.key}').mean:.3f}; ahead of every baseline at "
            f"{self.ahead} of {len(self.origins)}"
        )

    def to_json(self) -> dict[str, Any]:
        """As JSON values, for programs."""
        figures = sorted(set.intersection(*(set(origin.figures) for origin in self.origins)))
        return {
            "task": self.task,
            "horizon_days": self.horizon_days,
            "fingerprint": self.fingerprint,
            "verdict": self.verdict,
            "origins": [asdict(one) | {"cutoff": one.cutoff.isoformat()} for one in self.origins],
            "summary": {name: _without_nan(asdict(self.spread(name))) for name in figures},
            "skipped": self.skipped,
        }


def save(found: Backtest, workspace: Workspace) -> Path:
    """Keep a backtest beside the tables that it is about, for the report; the last one of the task is replaced."""
    target = _file(workspace, found.task)
    with replacing_file(target) as fresh:
        fresh.write_text(json.dumps(found.to_json(), indent=1), encoding="utf-8")
    return target


def saved(workspace: Workspace, task: str, fingerprint: str) -> Backtest | None:
    """The backtest that was kept; None where there is none, or it is about other tables."""
    file = _file(workspace, task)
    if not file.is_file():
        return None
    document = json.loads(file.read_text(encoding="utf-8"))
    if document["fingerprint"] != fingerprint:
        return None
    origins = tuple(
        Origin(
            **one | {"cutoff": datetime.fromisoformat(one["cutoff"]), "baselines": tuple(one["baselines"])}
        )
        for one in document["origins"]
    )
    return Backtest(
        document["task"], document["horizon_days"], document["fingerprint"], origins, document["skipped"]
    )


def _file(workspace: Workspace, task: str) -> Path:
    return workspace.backtests / f"{task}.json"


def _without_nan(values: dict[str, float]) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in values.items()}
