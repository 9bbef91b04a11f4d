"""The training job: validated tables in, a judged challenger in the registry out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.catalogue import FEATURES, available
from features.feeders.embedded import Feeder, feature_matrix, open_feeder
from features.kernel.declare import Feature
from features.matrix import FeatureMatrix
from features.permission import profiling_permit
from features.settings import ChurnSettings, Settings
from features.tables.report import Report, load_report
from features.workspace import Workspace
from models.artifact import Model
from models.histograms import histograms_of
from models.population import CONTRACTUAL
from models.season import Season
from training.ahead import Ahead
from training.audit.gate import refuse_implausible
from training.card import draw_plots, write_card
from training.choosing import TASKS as TASKS
from training.choosing import churn_task, loyalty_task
from training.cutoffs import CutoffPlan, distance_days, plan_cutoffs
from training.evaluation import Judgement, judge_across_customers, judge_later
from training.fit import Fold, fit_model, folds_by_customer, folds_by_time, missing_label, with_spread
from training.loyalty import TYPES, VALUE
from training.origins import saved
from training.registry import CHALLENGER, CHAMPION, Registered, Registry
from training.report.evidence import Evidence, gather
from training.report.page import page
from training.rows import TrainingRows, training_rows
from training.seasons import season_of_churn
from training.segments import Segments, segments_of
from training.sentiment import fill_sentiment
from training.suited import suited_parameters
from training.tasks import Churn, LoyaltyType, MembershipChurn, Task
from training.tuning import tuned_parameters
from training.within import days_to_next_order, figures_within

Progress = Callable[[str, int, int], None]
"""Told the step, how much of it is done and how much there is."""


@dataclass(frozen=True)
class Trained:
    """What a training run came to."""

    registered: Registered
    model: Model
    judgement: Judgement
    champion: bool

    def to_json(self) -> dict[str, Any]:
        """As JSON values, for programs."""
        return {
            "task": self.model.task,
            "version": self.registered.version,
            "run_id": self.registered.run_id,
            "alias": CHAMPION if self.champion else CHALLENGER,
            "horizon_days": self.model.horizon_days,
            "verdict": self.judgement.verdict,
            "design": self.judgement.design,
            "figures": self.judgement.figures,
        }


def train(
    task_name: str,
    settings: Settings,
    workspace: Workspace,
    *,
    progress: Progress | None = None,
    accept_score: str | None = None,
    trials: int = 0,
) -> Trained:
    """Train a task on the validated tables and register the model as challenger.

    In an empty registry it becomes champion, if it beats the baselines.

    Args:
        accept_score: reason for which an implausibly good score is accepted; it is recorded.
        trials: how many sets of parameters of the boosting are tried on the training rows; 0 takes the usual ones.

    Raises:
        FileNotFoundError: the tables have not been validated.
        ValueError: an unknown task, too little history, or a score that is too good to be true.
    """
    report = load_report(workspace.tables)
    as_of, first = span(report)
    tell = progress or silent
    fill_sentiment(settings, workspace, progress=tell)
    with open_feeder(settings, workspace) as feeder:
        task = make_task(task_name, settings, feeder, as_of)
        plan = lay_plan(task, settings, first, as_of)
        rows = build_rows(task, feeder, plan, settings, workspace, tell)
        season = season_of(task, feeder, plan, first)
        segments = segments_of(feeder, judged_rows(rows, plan).matrix, settings.loyalty)
        ahead = Ahead.read(task, feeder, rows, plan, first, as_of) if isinstance(task, Churn) else None
    task, rows = with_enough_of_each(task, rows, plan)
    model, judgement = fit_and_judge(task, rows, plan, settings, tell, season=season, trials=trials)
    suspect = refuse_implausible(judgement, rows, plan, settings, accept_score)
    if isinstance(task, MembershipChurn):
        chances = {"seed": settings.training.seed, "threads": settings.training.threads}
        model = with_spread(model, task, rows.where(rows.mask_at(plan.train)), **chances)
    if ahead is not None:
        model, judgement = ahead.complete(
            model,
            judgement,
            rows,
            plan,
            settings,
            lambda iteration: tell(f"{task_name}: other horizons", iteration, 0),
        )
    parameters = _parameters(task, plan, settings, report, accept_score)
    if suspect is not None:
        parameters["suspect"] = suspect.alone.feature
    facts = parameters | {
        "figures": judgement.figures,
        "histograms": histograms_of(model, rows.at(plan.train[-1:]).matrix.select(model.features)),
    }
    model = replace(model, metadata=model.metadata | facts)
    tell(f"{task.name}: report", 0, 0)
    evidence = gather(
        model,
        judgement,
        segments,
        settings,
        facts=facts_of(model, parameters),
        backtest=saved(workspace, task.name, report.fingerprint),
    )
    return _register(evidence, parameters, settings, workspace, tell)


@dataclass(frozen=True)
class Evaluated:
    """A registered version, judged on the newest outcomes; `segments` are groups of the judged rows."""

    model: Model
    judgement: Judgement
    segments: Segments


def evaluate(
    task_name: str,
    alias: str,
    settings: Settings,
    workspace: Workspace,
    *,
    progress: Progress | None = None,
) -> Evaluated:
    """Judge a registered version on the newest outcomes of the validated tables, beside fresh baselines.

    Raises:
        LookupError: no version carries the alias.
        ValueError: the model was fitted on labels that reach beyond the newest cutoff that could test it.
    """
    model = Model.load(Registry(workspace).fetch(task_name, alias))
    report = load_report(workspace.tables)
    as_of, first = span(report)
    fill_sentiment(settings, workspace, progress=progress)
    with open_feeder(settings, workspace) as feeder:
        task = make_task(task_name, as_trained(settings, model), feeder, as_of)
        if isinstance(task, LoyaltyType):
            task = replace(task, labels=model.labels)
        plan = lay_plan(task, settings, first, as_of)
        seen = datetime.fromisoformat(model.metadata["last_cutoff"]) + timedelta(days=task.horizon_days)
        if plan.by_customer or seen > plan.test[0]:
            raise ValueError(
                f"{task_name} {model.version} was fitted on outcomes up to {seen:%Y-%m-%d}; the newest cutoff "
                f"with outcomes is {plan.all[-1]:%Y-%m-%d}. Its recorded figures: regulars evaluate {task_name}"
            )
        rows = build_rows(task, feeder, plan, settings, workspace, progress or silent)
        test = rows.at(plan.test)
        segments = segments_of(feeder, test.matrix, settings.loyalty)
        days = days_to_next_order(feeder, test) if isinstance(task, Churn) else None
    judgement = judge_later(task, model, rows.at(plan.train), test)
    if days is not None:
        further = figures_within(model, test, days, judgement.probability[:, -1], as_of)
        judgement = replace(judgement, further=further)
    return Evaluated(model, judgement, segments)


def as_trained(settings: Settings, model: Model) -> Settings:
    """Horizon and population as the model was trained for, whatever the settings say now."""
    if model.task == LoyaltyType.name:
        rule = {name: model.metadata[name] for name in ("min_orders", "min_past_orders", "threshold")}
        rule["window_days"] = model.horizon_days
        return settings.model_copy(update={"loyalty": settings.loyalty.model_copy(update=rule)})
    kind, active_days = model.metadata.get("kind", "non_contractual"), model.metadata.get("active_days")
    churn = ChurnSettings(kind=kind, horizon_days=model.horizon_days, active_days=active_days)
    return settings.model_copy(update={"churn": churn})


def make_task(name: str, settings: Settings, feeder: Feeder, as_of: datetime) -> Task:
    """A task from its name and the settings; horizon and orders of a regular, if not set, come from the data.

    Raises:
        ValueError: there is no such task.
    """

    def at_the_end(*features: Feature) -> FeatureMatrix:
        return feature_matrix(feeder, features, [as_of])

    def orders() -> NDArray[np.float64]:
        window = settings.loyalty.window_days
        return at_the_end(FEATURES["order_count_30d"].over(window)).values[:, 0].astype(np.float64)

    def rhythm() -> tuple[NDArray[np.floating], float]:
        matrix = at_the_end(FEATURES["cadence_days"], FEATURES["tenure_days"])
        history_days = float(np.nan_to_num(matrix.column("tenure_days")).max())
        return matrix.column("cadence_days"), history_days

    if name == LoyaltyType.name:
        return loyalty_task(settings.loyalty, orders)
    if name == Churn.name:
        return churn_task(settings.churn, rhythm)
    raise ValueError(f"no task {name!r}; there are: {', '.join(TASKS)}")


def available_features(feeder: Feeder) -> tuple[Feature, ...]:
    """Every feature that the tables allow."""
    return available(feeder.present)


def build_rows(
    task: Task,
    feeder: Feeder,
    plan: CutoffPlan,
    settings: Settings,
    workspace: Workspace,
    progress: Progress,
) -> TrainingRows:
    """Features and labels of every cutoff of the plan."""
    passes = 3 if task.past else 2
    total, done = passes * feeder.customer_rows(), 0

    def count(lines: int) -> None:
        nonlocal done
        done += lines
        progress(f"{task.name}: features", done, total)

    return training_rows(
        task,
        feeder,
        available_features(feeder),
        plan.all,
        permit=profiling_permit(settings, workspace),
        progress=count,
    )


def lay_plan(task: Task, settings: Settings, first: datetime, as_of: datetime) -> CutoffPlan:
    """The cutoffs of a task between the first order and the end of the data, as they are configured.

    Raises:
        ValueError: history is too short for the horizon.
    """
    training = settings.training
    return plan_cutoffs(
        first,
        as_of,
        task.horizon_days,
        every_days=distance_days(task.horizon_days, training.cutoff_every_days),
        most=training.max_cutoffs,
        look_back_days=task.look_back_days,
    )


def season_of(task: Task, feeder: Feeder, plan: CutoffPlan, first: datetime) -> Season | None:
    """The season of churn as it was known when the test began; None for other tasks, and by one cutoff."""
    if not isinstance(task, Churn) or plan.by_customer:
        return None
    return season_of_churn(feeder, first, plan.test[0], task.horizon_days)


def judged_rows(rows: TrainingRows, plan: CutoffPlan) -> TrainingRows:
    """The rows that a model is judged on: those of the test cutoff, or all where there is one cutoff only."""
    return rows if plan.by_customer else rows.at(plan.test)


def folds_of(task: Task, train: TrainingRows, plan: CutoffPlan, settings: Settings) -> list[Fold]:
    """The folds inside training: by time where history allows and every fold has every label, else by customer."""
    by_time = [] if plan.by_customer else folds_by_time(train, task.horizon_days)
    # a label may be missing in some months, but not among some of the customers
    if by_time and not missing_label(task, train, by_time):
        return by_time
    return folds_by_customer(train, seed=settings.training.seed)


def fit_and_judge(
    task: Task,
    rows: TrainingRows,
    plan: CutoffPlan,
    settings: Settings,
    progress: Progress,
    *,
    season: Season | None = None,
    trials: int = 0,
    chosen: Mapping[str, Any] | None = None,
) -> tuple[Model, Judgement]:
    """Fit on the training cutoffs and judge on the test cutoff; by customer where there is one cutoff only.

    Args:
        trials: sets of parameters to try inside the folds of the training rows; 0 takes those that suit the rows.
        chosen: parameters that were chosen before, on no later rows.
    """
    seed, threads = settings.training.seed, settings.training.threads

    def fit(train: TrainingRows, folds: list[Fold]) -> Model:
        def step(iteration: int) -> None:
            progress(f"{task.name}: boosting", iteration, 0)

        if chosen is not None:
            own: Mapping[str, Any] = chosen
        elif trials:
            own = tuned_parameters(
                task,
                train,
                folds,
                seed=seed,
                threads=threads,
                trials=trials,
                season=season,
                progress=lambda trial: progress(f"{task.name}: tuning", trial, trials),
            )
        else:
            own = suited_parameters(task, train, folds, seed=seed, threads=threads, season=season)
        return fit_model(
            task, train, folds, seed=seed, threads=threads, season=season, chosen=own, progress=step
        )

    if plan.by_customer:
        judgement = judge_across_customers(
            task,
            lambda train: fit(train, folds_by_customer(train, seed=seed + 1)),
            rows,
            folds_by_customer(rows, seed=seed),
        )
        return fit(rows, folds_by_customer(rows, seed=seed)), judgement
    train, test = rows.at(plan.train), rows.at(plan.test)
    model = fit(train, folds_of(task, train, plan, settings))
    return model, judge_later(task, model, train, test)


def with_enough_of_each(task: Task, rows: TrainingRows, plan: CutoffPlan) -> tuple[Task, TrainingRows]:
    """Leave out loyalty types that too few customers of the training cutoffs have, or the tables cannot show."""
    if not isinstance(task, LoyaltyType):
        return task, rows
    train = rows.at(plan.train)
    people = {
        (name, label) for name, label in zip(train.matrix.customer_ids, train.labels.tolist(), strict=True)
    }
    fewer = task.without_rare_types(np.array([label for _, label in people], np.int64))
    return fewer, rows.relabelled(task.labels, fewer.labels, TYPES[VALUE])


def silent(step: str, done: int, total: int) -> None:
    """Progress that nobody asked for."""


def span(report: Report) -> tuple[datetime, datetime]:
    """End of the data and the first order.

    Raises:
        ValueError: there is no order.
    """
    if report.as_of is None or report.first_order is None:
        raise ValueError("the validated tables hold no order; bring order_lines and run: regulars validate")
    return report.as_of, report.first_order


def _parameters(
    task: Task, plan: CutoffPlan, settings: Settings, report: Report, accepted: str | None
) -> dict[str, Any]:
    values = {
        "task": task.name,
        "horizon_days": task.horizon_days,
        "train_cutoffs": len(plan.train),
        "first_cutoff": plan.train[0].isoformat(),
        "last_cutoff": plan.train[-1].isoformat(),
        "test_cutoff": plan.test[0].isoformat() if plan.test else "none, folds by customer",
        "as_of": report.as_of.isoformat() if report.as_of else "",
        "fingerprint": report.fingerprint,
        "seed": settings.training.seed,
        "lightgbm": version("lightgbm"),
    }
    if isinstance(task, LoyaltyType):
        left_out = [name for name in task.names if name not in task.labels]
        values["types_left_out"] = ", ".join(left_out) or "none"
    if isinstance(task, Churn):
        values |= {"kind": "non_contractual", "active_days": task.active_days}
    if isinstance(task, MembershipChurn):
        values["kind"] = CONTRACTUAL
    if isinstance(task, LoyaltyType):
        values |= {
            "min_orders": task.min_orders,
            "min_past_orders": task.min_past_orders,
            "threshold": task.threshold,
        }
    if accepted:
        values["accepted_score"] = accepted
    return values


def facts_of(model: Model, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What a report says of data and training: the settings of the run, rows, rounds and features."""
    return dict(parameters) | {
        "training_rows": f"{model.metadata['rows']:,}",
        "folds": model.metadata["folds"],
        "rounds": model.metadata["rounds"],
        "features": f"{len(model.features):,}",
        "season": "followed" if model.season is not None else "not known",
    }


def _register(
    evidence: Evidence,
    parameters: dict[str, Any],
    settings: Settings,
    workspace: Workspace,
    progress: Progress,
) -> Trained:
    model, judgement = evidence.model, evidence.judgement
    progress(f"{model.task}: registering", 0, 1)
    registry = Registry(workspace)
    registered = registry.record(
        model,
        parameters=parameters | {"rounds": model.metadata["rounds"], "features": len(model.features)},
        figures=judgement.figures,
        plots=draw_plots(judgement, evidence.importance.overall),
        card=write_card(model, judgement, parameters),
        gates={
            "gate_beats_baselines": str(judgement.beats_baselines).lower(),
            "gate_plausible": parameters.get("accepted_score", "true"),
        },
        page=page(evidence, settings),
    )
    first = registry.version_of(model.task, CHAMPION) is None and judgement.beats_baselines
    if first:
        registry.set_alias(model.task, CHAMPION, registered.version)
    progress(f"{model.task}: registering", 1, 1)
    return Trained(registered, replace(model, version=registered.version), judgement, champion=first)
