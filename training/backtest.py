"""Rolling origin: at each past cutoff train on what was known then, and judge on the horizon that followed.

One test cutoff says how good a model was once; the spread over many says how far to trust it. The model is fitted
anew at every origin, origins lie a horizon or a little more apart so that no outcome is judged twice, and the rows of
all of them are built in one go (Tashman, International Journal of Forecasting 2000; 16:437-450).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from features.feeders.embedded import open_feeder
from features.settings import Settings
from features.tables.report import load_report
from features.workspace import Workspace, replacing_file
from models.season import Season
from training.cutoffs import CutoffPlan, distance_days, with_whole_population
from training.evaluation import Judgement
from training.job import (
    Progress,
    build_rows,
    fit_and_judge,
    look_back_days,
    make_task,
    season_of,
    silent,
    span,
    with_enough_of_each,
)
from training.rows import TrainingRows
from training.sentiment import fill_sentiment
from training.tasks import Task

MODEL = "model"


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


def backtest(
    task_name: str,
    settings: Settings,
    workspace: Workspace,
    *,
    most: int | None = None,
    progress: Progress | None = None,
) -> Backtest:
    """Judge a task at every origin that the validated tables allow; nothing is registered.

    Args:
        most: only so many origins, the latest.

    Raises:
        FileNotFoundError: the tables have not been validated.
        ValueError: an unknown task, history for no origin, or none of them could be judged.
    """
    report = load_report(workspace.tables)
    as_of, first = span(report)
    tell = progress or silent
    fill_sentiment(settings, workspace, progress=tell)
    with open_feeder(settings, workspace) as feeder:
        task = make_task(task_name, settings, feeder, as_of)
        plans = lay_origins(task, settings, first, as_of)
        plans = plans if most is None else plans[-most:]
        every = CutoffPlan(tuple(sorted({cutoff for plan in plans for cutoff in plan.all})), ())
        rows = build_rows(task, feeder, every, settings, workspace, tell)
        seasons = [season_of(task, feeder, plan, first) for plan in plans]
    origins, skipped = _judged(task, rows, plans, seasons, settings, tell)
    if not origins:
        raise ValueError(f"no origin could be judged: {next(iter(skipped.values()))}")
    return Backtest(task.name, task.horizon_days, report.fingerprint, tuple(origins), skipped)


def _judged(
    task: Task,
    rows: TrainingRows,
    plans: Sequence[CutoffPlan],
    seasons: Sequence[Season | None],
    settings: Settings,
    tell: Progress,
) -> tuple[list[Origin], dict[str, str]]:
    """The origins, and why those that are missing could not be judged."""
    origins, skipped = [], {}
    step = f"{task.name}: origins"
    for number, (plan, season) in enumerate(zip(plans, seasons, strict=True)):
        tell(step, number, len(plans))
        try:
            own, chosen = with_enough_of_each(task, rows.at(plan.all), plan)
            _, judgement = fit_and_judge(own, chosen, plan, settings, silent, season=season)
            origins.append(_origin(plan, judgement))
        except ValueError as error:  # too few outcomes so early; others may do
            skipped[f"{plan.test[0]:%Y-%m-%d}"] = str(error)
    tell(step, len(plans), len(plans))
    return origins, skipped


def _origin(plan: CutoffPlan, judgement: Judgement) -> Origin:
    return Origin(
        plan.test[0],
        len(plan.train),
        tuple(judgement.baselines),
        {name: value for name, value in judgement.figures.items() if not math.isnan(value)},
        judgement.beats_baselines,
    )


def lay_origins(task: Task, settings: Settings, first: datetime, as_of: datetime) -> list[CutoffPlan]:
    """A plan for each origin, ascending: one test cutoff, and the training cutoffs with outcomes that ended by it.

    All cutoffs lie on one grid, so that rows are built once; origins are the fewest steps apart that make a horizon.

    Raises:
        ValueError: history is too short for one origin.
    """
    days, training = task.horizon_days, settings.training
    every = distance_days(days, training.cutoff_every_days)
    horizon, step = timedelta(days=days), timedelta(days=every)
    last, earliest = as_of - horizon, first + horizon
    grid = [last - step * back for back in range(max(0, (last - earliest) // step + 1))][::-1]
    tests = grid[:: -math.ceil(days / every)][::-1]
    plans = []
    for test in tests:
        train = tuple(cutoff for cutoff in grid if cutoff + horizon <= test)[-training.max_cutoffs :]
        if len(train) > 1 and train[-1] - train[0] >= horizon:
            plans.append(CutoffPlan(with_whole_population(train, first, look_back_days(task), days), (test,)))
    if not plans:
        raise ValueError(
            f"a backtest with a horizon of {days} days needs {4 * days + every} days of history, there are "
            f"{(as_of - first).days}; bring more or set a shorter horizon"
        )
    return plans


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
