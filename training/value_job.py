"""The training job of value: validated tables in, a judged challenger in the registry out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from features.feeders.embedded import Feeder, open_feeder
from features.settings import Settings
from features.tables.report import load_report
from features.workspace import Workspace
from models.artifact import Model
from models.value import ValueModel
from training import plots
from training.cutoffs import CutoffPlan, distance_days, plan_cutoffs
from training.fit import fit_model, folds_by_customer, folds_by_time
from training.job import build_rows, make_task, season_of
from training.registry import CHALLENGER, CHAMPION, Registered, Registry
from training.rows import TrainingRows
from training.sentiment import fill_sentiment
from training.suited import suited_parameters
from training.takings import Takings
from training.tasks import AnyChurn, Churn
from training.value import Cases, choose_window_days, fit_value
from training.value_baselines import value_baselines
from training.value_metrics import mean_absolute_error, normalised_gini, total_ratio

Floats = npt.NDArray[np.float64]
Progress = Callable[[str, int, int], None]
VALUE = ValueModel.task
_METRICS = {"normalised_gini": normalised_gini, "mae": mean_absolute_error, "total_ratio": total_ratio}


@dataclass(frozen=True, eq=False)
class ValueJudgement:
    """Margins foretold for a later window beside those that came, minor units, (rows,) each."""

    customer_ids: npt.NDArray[np.object_]
    actual: Floats
    said: Floats
    baselines: dict[str, Floats]
    window_days: int

    @cached_property
    def figures(self) -> dict[str, float]:
        """Flat figures: the model's by their names, each baseline's under its prefix."""
        found = {"rows": float(len(self.actual)), "window_days": float(self.window_days)}
        for prefix, said in (("", self.said), *((f"{name}_", p) for name, p in self.baselines.items())):
            found |= {f"{prefix}{key}": metric(self.actual, said) for key, metric in _METRICS.items()}
        return found

    @property
    def beats_baselines(self) -> bool:
        """Whether the model ranks better than every baseline."""
        own = self.figures["normalised_gini"]
        return all(own > self.figures[f"{name}_normalised_gini"] for name in self.baselines)

    @property
    def verdict(self) -> str:
        """One sentence."""
        figures = self.figures
        best = max(self.baselines, key=lambda name: figures[f"{name}_normalised_gini"])
        own, other = figures["normalised_gini"], figures[f"{best}_normalised_gini"]
        said = "ahead of every baseline" if own > other else "a simple rule is as good"
        return f"{said}: normalised Gini {own:.3f}, the best ({best}) {other:.3f}"


@dataclass(frozen=True)
class TrainedValue:
    """What a training run came to."""

    registered: Registered
    model: ValueModel
    judgement: ValueJudgement
    champion: bool

    def to_json(self) -> dict[str, Any]:
        """As JSON values, for programs."""
        return {
            "task": VALUE,
            "version": self.registered.version,
            "run_id": self.registered.run_id,
            "alias": CHAMPION if self.champion else CHALLENGER,
            "horizon_days": self.model.window_days,
            "verdict": self.judgement.verdict,
            "design": _design(self.model),
            "figures": self.judgement.figures,
        }


def train_value(
    settings: Settings, workspace: Workspace, *, progress: Progress | None = None
) -> TrainedValue:
    """Fit what customers are worth, judge it on the latest window, and register it as challenger.

    In an empty registry it becomes champion, if it ranks better than the simple rules.

    Raises:
        FileNotFoundError: the tables have not been validated.
        ValueError: too little history.
    """
    tell = progress or (lambda *_: None)
    report = load_report(workspace.tables)
    if report.as_of is None or report.first_order is None:
        raise ValueError("the validated tables hold no order; bring order_lines and run: regulars validate")
    fill_sentiment(settings, workspace, progress=tell)
    with open_feeder(settings, workspace) as feeder:
        task = make_task(Churn.name, settings, feeder, report.as_of)
        if not isinstance(task, AnyChurn):
            raise TypeError(f"value goes with churn, not with {task.name}")
        window = choose_window_days((report.as_of - report.first_order).days, task.horizon_days)
        plan = plan_cutoffs(
            report.first_order,
            report.as_of,
            window,
            every_days=distance_days(task.horizon_days, settings.training.cutoff_every_days),
            most=settings.training.max_cutoffs,
            look_back_days=task.look_back_days,
        )
        rows = build_rows(task, feeder, plan, settings, workspace, tell)
        takings = Takings.read(feeder, settings.value.margin_rate)
        churn = churn_beside(task, feeder, rows, plan, report.first_order, settings)
    model, judgement = fit_and_judge_value(
        rows, plan, takings, window, churn, settings, lambda step: tell("value: boosting", step, 0)
    )
    facts = {
        "task": VALUE,
        "horizon_days": task.horizon_days,
        "active_days": task.look_back_days,
        "window_days": window,
        "margin_from": takings.margin_from,
        "margin_rate": settings.value.margin_rate,
        "train_cutoffs": len(plan.train),
        "first_cutoff": plan.train[0].isoformat(),
        "last_cutoff": plan.train[-1].isoformat(),
        "as_of": report.as_of.isoformat(),
        "fingerprint": report.fingerprint,
        "seed": settings.training.seed,
    }
    model = replace(model, metadata=model.metadata | facts | {"figures": judgement.figures})
    tell("value: registering", 0, 1)
    return _register(model, judgement, facts, workspace)


def churn_beside(
    task: AnyChurn, feeder: Feeder, rows: TrainingRows, plan: CutoffPlan, first: datetime, settings: Settings
) -> Model:
    """A churn model fitted on the same training rows, for the probability that an expected margin needs."""
    train = rows.at(plan.train)
    seed, threads = settings.training.seed, settings.training.threads
    folds = folds_by_time(train, task.horizon_days) or folds_by_customer(train, seed=seed)
    season = season_of(task, feeder, plan, first)
    suited = suited_parameters(task, train, folds, seed=seed, threads=threads, season=season)
    return fit_model(task, train, folds, seed=seed, threads=threads, season=season, chosen=suited)


def fit_and_judge_value(
    rows: TrainingRows,
    plan: CutoffPlan,
    takings: Takings,
    window_days: int,
    churn: Model,
    settings: Settings,
    progress: Callable[[int], None] | None = None,
) -> tuple[ValueModel, ValueJudgement]:
    """Fit on the training cutoffs and judge on the test cutoffs.

    Where history allows one cutoff only, a fifth of the customers is judged by a model of the others.

    Args:
        rows: of the plan, with churn as label.
        churn: fitted on the same training rows.
    """
    seed, threads = settings.training.seed, settings.training.threads
    margin = takings.margin_between(rows.matrix, 0, window_days)
    cases = Cases(rows, rows.labels == 0, margin)
    tested = rows.mask_at(plan.test)
    if plan.by_customer:
        tested[folds_by_customer(rows, seed=seed)[0][1]] = True
    train = _where(cases, ~tested)
    folds = folds_by_time(train.rows, window_days) or folds_by_customer(train.rows, seed=seed)
    end = (
        rows.matrix.cutoffs.max()
        if plan.test
        else rows.matrix.cutoffs.max() + np.timedelta64(window_days, "D")
    )
    until: datetime = end.astype("datetime64[us]").item()
    chances = {"seed": seed, "threads": threads}
    model = fit_value(
        train, folds, takings, window_days, until.replace(tzinfo=UTC), progress=progress, **chances
    )
    test = rows.where(tested)
    said = model.within_window(test.matrix.values, _churn_of(churn, test))
    baselines = value_baselines(train, test.matrix, takings, window_days, seed)
    judgement = ValueJudgement(test.matrix.customer_ids, margin[tested], said, baselines, window_days)
    return model, judgement


def _where(cases: Cases, mask: npt.NDArray[np.bool_]) -> Cases:
    return Cases(cases.rows.where(mask), cases.stays[mask], cases.margin[mask])


def _churn_of(churn: Model, rows: TrainingRows) -> Floats:
    found = np.empty(len(rows))
    for cutoff in np.unique(rows.matrix.cutoffs):
        at = rows.matrix.cutoffs == cutoff
        instant: datetime = cutoff.astype("datetime64[us]").item()
        found[at] = churn.at(instant.replace(tzinfo=UTC)).predict(rows.matrix.values[at])[:, -1]
    return found


def _design(model: ValueModel) -> str:
    return f"{model.metadata['train_cutoffs']} training cutoffs, tested on the margin of {model.window_days} days"


def _register(
    model: ValueModel, judgement: ValueJudgement, facts: dict[str, Any], workspace: Workspace
) -> TrainedValue:
    registry = Registry(workspace)
    registered = registry.record(
        model,
        parameters=facts,
        figures=judgement.figures,
        plots={"amounts.png": plots.amounts_diagram(judgement.actual, judgement.said)},
        card=_card(model, judgement, facts),
        gates={"gate_beats_baselines": str(judgement.beats_baselines).lower()},
    )
    first = registry.version_of(VALUE, CHAMPION) is None and judgement.beats_baselines
    if first:
        registry.set_alias(VALUE, CHAMPION, registered.version)
    return TrainedValue(registered, replace(model, version=registered.version), judgement, champion=first)


def _card(model: ValueModel, judgement: ValueJudgement, facts: dict[str, Any]) -> str:
    figures, keys = judgement.figures, list(_METRICS)
    lines = [f"| | {' | '.join(keys)} |", f"|---|{'---|' * len(keys)}"]
    for name in ("", *(f"{name}_" for name in judgement.baselines)):
        label = name.removesuffix("_") or "model"
        lines.append(f"| {label} | {' | '.join(f'{figures[name + key]:.3f}' for key in keys)} |")
    settings = "\n".join(f"- {key}: {value}" for key, value in facts.items())
    return (
        f"# {VALUE}\n\n{judgement.verdict[0].upper()}{judgement.verdict[1:]}.\n\n"
        f"Judged on {len(judgement.actual):,} rows ({_design(model)}); amounts in minor units.\n\n"
        + "\n".join(lines)
        + f"\n\n## Settings\n\n{settings}\n"
    )
