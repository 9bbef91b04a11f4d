"""Rolling origin: at each past cutoff train on what was known then, and judge on the horizon that followed.

One test cutoff says how good a model was once; the spread over many says how far to trust it. The model is fitted
anew at every origin, origins lie a horizon or a little more apart so that no outcome is judged twice, and the rows of
all of them are built in one go (Tashman, International Journal of Forecasting 2000; 16:437-450).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from features.feeders.embedded import open_feeder
from features.settings import Settings
from features.tables.report import load_report
from features.workspace import Workspace
from models.season import Season
from training.cutoffs import CutoffPlan, distance_days, with_whole_population
from training.evaluation import Judgement
from training.job import (
    Progress,
    build_rows,
    fit_and_judge,
    make_task,
    season_of,
    silent,
    span,
    with_enough_of_each,
)
from training.origins import Backtest, Origin
from training.rows import TrainingRows
from training.sentiment import fill_sentiment
from training.tasks import Task


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
    suited: Mapping[str, Any] | None = None
    step = f"{task.name}: origins"
    for number, (plan, season) in enumerate(zip(plans, seasons, strict=True)):
        tell(step, number, len(plans))
        try:
            own, rows_of = with_enough_of_each(task, rows.at(plan.all), plan)
            model, judgement = fit_and_judge(
                own, rows_of, plan, settings, silent, season=season, chosen=suited
            )
            # what suits these data is found at the first origin, which later ones may know
            suited = model.metadata["chosen_parameters"]
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
            plans.append(CutoffPlan(with_whole_population(train, first, task.look_back_days, days), (test,)))
    if not plans:
        raise ValueError(
            f"a backtest with a horizon of {days} days needs {4 * days + every} days of history, there are "
            f"{(as_of - first).days}; bring more or set a shorter horizon"
        )
    return plans
