"""Can the data carry the churn task? History, churners to learn from, churners to judge on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from features.permission import Permit
from features.settings import Settings, TrainingSettings
from features.tables.checks import FEATURE_DAYS
from training.choosing import churn_task
from training.cutoffs import CutoffPlan, distance_days, plan_cutoffs, training_cutoffs
from training.horizon import SPARE
from training.readiness.grades import Requirement, TaskReadiness, not_possible, require
from training.readiness.lines import Lines
from training.readiness.minimums import rows_to_judge, rows_to_learn
from training.readiness.outcomes import Outcome, apart, churn_outcome, membership_outcome
from training.readiness.rhythm import history_days, mean_gaps
from training.tasks import AnyChurn, Churn, MembershipChurn

FIGURES = 5
"""Parameters of the simplest useful model: the logistic regression on five figures that is a baseline."""

FOLDS = 5
"""With fewer of an outcome than folds, some fold has to do without, and training stops."""

ROUGH, PRECISE = 0.05, 0.025
"""Standard errors of an AUROC at which it tells little, and at which models can be compared."""

SERIES = 26
MONTH_DAYS = 30.44

LEARN = (
    "Riley et al. 2020: overall risk within 0.05; shrinkage 0.9 of {usable} and {good} candidate parameters"
)
JUDGE = "Hanley and McNeil 1982: standard error of an AUROC of 0.75 at most 0.05, and 0.025"
HISTORY = (
    "two horizons, to look back and ahead, and 28 days; eight leave room to train (training.horizon.SPARE)"
)


@dataclass(frozen=True)
class ChurnFigures:
    """What the churn grade rests on.

    Attributes:
        series: population and churners at cutoffs a horizon apart, oldest first; the last is the newest labelled.
        learned: population and churners of the training cutoffs whose label windows do not overlap, added up.
    """

    series: tuple[Outcome, ...]
    learned_rows: int
    learned_churners: int


NOTHING = ChurnFigures((), 0, 0)


def assess_churn(
    lines: Lines, settings: Settings, first: datetime, as_of: datetime, features: int, permit: Permit
) -> tuple[TaskReadiness, ChurnFigures]:
    """The churn task as training would choose it, ungraded by other problems of the data.

    Args:
        first: the first order line.
        as_of: end of the extract.
        features: how many features the tables allow.
        permit: who may be profiled.
    """
    training = settings.training
    try:
        task = churn_task(settings.churn, lambda: (mean_gaps(lines, as_of), history_days(lines, as_of)))
        plan = plan_cutoffs(
            first,
            as_of,
            task.horizon_days,
            every_days=distance_days(task.horizon_days, training.cutoff_every_days),
            most=training.max_cutoffs,
            look_back_days=task.look_back_days,
        )
        newest, count = plan.all[-1], _counted(lines, task, permit)
        outcome = count(newest)
    except ValueError as error:
        return not_possible(Churn.name, str(error)), NOTHING
    if problem := _refusal(outcome, task):
        known = {"horizon_days": task.horizon_days, "cutoff": newest, "population": outcome.population}
        return not_possible(Churn.name, problem, **known), NOTHING
    figures = _figures(count, task, plan, first)
    requirements = (
        _history(task, first, as_of),
        _to_learn(task, figures, plan, features, training, first),
        _to_judge(task, outcome),
    )
    return _ungraded(task, plan, outcome, requirements), figures


def _counted(lines: Lines, task: AnyChurn, permit: Permit) -> Callable[[datetime], Outcome]:
    """Gives population and churners at a cutoff."""
    if isinstance(task, MembershipChurn):
        return lambda cutoff: membership_outcome(lines, task, permit, cutoff)
    return lambda cutoff: churn_outcome(lines, task, cutoff)


def _ungraded(
    task: AnyChurn, plan: CutoffPlan, outcome: Outcome, requirements: Sequence[Requirement]
) -> TaskReadiness:
    return TaskReadiness(
        task=task.name,
        grade="good",
        why=(),
        horizon_days=task.horizon_days,
        rule={"active_days": task.active_days} if isinstance(task, Churn) else {"members": 1},
        cutoff=outcome.cutoff,
        population=outcome.population,
        labels={"retained": outcome.population - outcome.churners, "churned": outcome.churners},
        judged="across customers" if plan.by_customer else "later",
        requirements=tuple(requirements),
    )


def _refusal(outcome: Outcome, task: AnyChurn) -> str:
    """Why training would stop at this cutoff; empty where it would not."""
    day = f"{outcome.cutoff:%Y-%m-%d}"
    if not outcome.population:
        if isinstance(task, MembershipChurn):
            return f"nobody who may be profiled had a running membership at {day}"
        return f"nobody who may be profiled ordered in the {task.active_days} days before {day}"
    churners, stayers = outcome.churners, outcome.population - outcome.churners
    fewer, count = ("left", churners) if churners <= stayers else ("stayed", stayers)
    if count >= FOLDS:
        return ""
    return (
        f"{count} of {outcome.population} customers {fewer} in the {task.horizon_days} days from {day}; a model"
        f" needs {FOLDS} at the very least, since some fold would have to do without"
    )


def _figures(
    count: Callable[[datetime], Outcome], task: AnyChurn, plan: CutoffPlan, first: datetime
) -> ChurnFigures:
    train = [count(one) for one in apart(plan.train, task.horizon_days)]
    newest, horizon = plan.all[-1], task.horizon_days
    back = training_cutoffs(first, newest, horizon, every_days=horizon, most=SERIES - 1)
    series = [count(one) for one in (*back, newest)]
    return ChurnFigures(
        tuple(series), sum(one.population for one in train), sum(one.churners for one in train)
    )


def _history(task: AnyChurn, first: datetime, as_of: datetime) -> Requirement:
    horizon = task.horizon_days
    return require(
        "history_days",
        "days of history",
        (as_of - first).total_seconds() / 86_400,
        (2 * horizon + FEATURE_DAYS, SPARE * horizon),
        unit="days",
        lift="bring older orders",
        source=HISTORY,
    )


def _to_learn(
    task: AnyChurn,
    figures: ChurnFigures,
    plan: CutoffPlan,
    features: int,
    settings: TrainingSettings,
    first: datetime,
) -> Requirement:
    rows, churners = figures.learned_rows, figures.learned_churners
    name, found = _rarer(rows, churners)
    share = min(max(found / max(rows, 1), 1 / max(rows, 2)), 0.5)
    wanted = [math.ceil(share * rows_to_learn(share, count)) for count in (FIGURES, max(features, FIGURES))]
    times = wanted[found >= wanted[0]] / found if found else math.inf
    return require(
        "outcomes_to_learn",
        f"{name} to learn from",
        found,
        (wanted[0], wanted[1]),
        unit=name,
        lift=_more_cutoffs(task, plan, settings, first, times),
        source=LEARN.format(usable=FIGURES, good=features),
    )


def _more_cutoffs(
    task: AnyChurn, plan: CutoffPlan, settings: TrainingSettings, first: datetime, times: float
) -> str:
    """What gives so many times the outcomes at today's rate: more of the history there is, or a longer one."""
    if math.isinf(times):
        return "bring a longer history or more customers"
    every, most = distance_days(task.horizon_days, settings.cutoff_every_days), settings.max_cutoffs
    apart_days = every * math.ceil(task.horizon_days / every)
    windows = math.ceil(times * len(apart(plan.train, task.horizon_days)))
    needed = windows * apart_days // every
    said = f"raise training.max_cutoffs from {most} to {needed}" if needed > most else ""
    days = windows * apart_days - (plan.train[-1] - first).days
    if days <= 0:
        return said or "more customers are needed"
    span = f"{days / MONTH_DAYS:,.0f} more months" if days >= 1.5 * MONTH_DAYS else f"{days} more days"
    history = f"at today's rate about {span} of history, or more customers"
    return f"{history}; and {said}" if said else history


def _to_judge(task: AnyChurn, outcome: Outcome) -> Requirement:
    name, found = _rarer(outcome.population, outcome.churners)
    share = found / outcome.population
    wanted = [math.ceil(share * rows_to_judge(outcome.share, error)) for error in (ROUGH, PRECISE)]
    target = wanted[found >= wanted[0]]
    return require(
        "outcomes_to_judge",
        f"{name} of the newest {task.horizon_days} days, to judge on",
        found,
        (wanted[0], wanted[1]),
        unit=name,
        lift=f"a population of about {math.ceil(target / share):,} instead of {outcome.population:,} customers",
        source=JUDGE,
    )


def _rarer(rows: int, churners: int) -> tuple[str, int]:
    return ("churners", churners) if churners <= rows - churners else ("stayers", rows - churners)
