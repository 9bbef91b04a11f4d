"""Judge a model beside its baselines, on rows that none of them has seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from features.matrix import FeatureMatrix
from models.artifact import Model
from training import metrics
from training.baselines import Persistence, TransitionTable, churn_baselines
from training.history import History
from training.membership import MEMBERSHIP_END, membership_end
from training.rows import TrainingRows
from training.tasks import AnyChurn, Churn, MembershipChurn, Task

Floats = NDArray[np.float64]
Fitter = Callable[[TrainingRows], Model]
MATERIAL_AUROC = 0.005
"""A baseline within this of the model's AUROC is as good, and the card says so."""


@dataclass(frozen=True)
class Judgement:
    """Outcomes and predictions on held-out rows.

    Attributes:
        labels: the task's labels.
        customer_ids, outcome: shape (rows,).
        probability: of the model, shape (rows, labels).
        baselines: probabilities by baseline, each shape (rows, labels).
        design: how the rows were held out, in words.
        values: what the model read, shape (rows, features).
        further: figures of what the model says besides, by name.
    """

    labels: tuple[str, ...]
    customer_ids: NDArray[np.object_]
    outcome: NDArray[np.int64]
    probability: Floats
    baselines: dict[str, Floats]
    design: str
    values: NDArray[np.float32] = field(repr=False)
    further: dict[str, float] = field(default_factory=dict)

    @cached_property
    def figures(self) -> dict[str, float]:
        """Flat figures: the model's by their names, each baseline's under its prefix."""
        binary = len(self.labels) == 2
        figure = _binary_figures if binary else _multiclass_figures
        own = figure(self.outcome, self.probability)
        own |= _calibration(self.outcome, self.probability)
        if not binary:
            own |= {
                f"f1_{label}": value
                for label, value in metrics.f1_by_class(
                    self.outcome, self.probability.argmax(axis=1), self.labels
                ).items()
            }
        for name, probability in self.baselines.items():
            own |= {f"{name}_{key}": value for key, value in figure(self.outcome, probability).items()}
        share = {"churn_rate": float(self.outcome.mean())} if self.labels == Churn.labels else {}
        return own | share | {"rows": float(len(self.outcome))} | self.further

    @property
    def strongest_baseline(self) -> tuple[str, float]:
        """Name and AUROC (macro for several labels) of the best baseline."""
        key = "auroc" if len(self.labels) == 2 else "macro_auroc"
        figures = self.figures
        best = max(self.baselines, key=lambda name: figures[f"{name}_{key}"])
        return best, figures[f"{best}_{key}"]

    @property
    def verdict(self) -> str:
        """One sentence: ahead of the baselines, or a rule is as good."""
        own = self.figures["auroc" if len(self.labels) == 2 else "macro_auroc"]
        name, best = self.strongest_baseline
        if own < best + MATERIAL_AUROC:
            return f"the {name} baseline is as good: AUROC {best:.3f}, the model {own:.3f}"
        return f"ahead of every baseline: AUROC {own:.3f}, the best ({name}) {best:.3f}"

    @property
    def beats_baselines(self) -> bool:
        """Whether the model is ahead of every baseline in AUROC and loses to none in log loss."""
        figures, key = self.figures, "auroc" if len(self.labels) == 2 else "macro_auroc"
        return all(
            figures[key] > figures[f"{name}_{key}"] and figures["log_loss"] <= figures[f"{name}_log_loss"]
            for name in self.baselines
        )


def judge_later(task: Task, model: Model, train: TrainingRows, test: TrainingRows) -> Judgement:
    """Judge on later cutoffs: the model and baselines saw labels that ended before them.

    Raises:
        ValueError: the test rows lack a feature of the model.
    """
    design = f"{len(np.unique(train.matrix.cutoffs))} training cutoffs, tested on later ones"
    values = test.matrix.select(model.features)
    probability = np.empty((len(test), len(task.labels)))
    for cutoff in np.unique(test.matrix.cutoffs):
        rows = test.matrix.cutoffs == cutoff
        instant: datetime = cutoff.astype("datetime64[us]").item()
        probability[rows] = model.at(instant.replace(tzinfo=UTC)).predict(values[rows])
    return _judgement(task, test, values, probability, _baselines(task, train, test), design)


def judge_across_customers(
    task: Task, fit: Fitter, rows: TrainingRows, folds: list[tuple[NDArray[np.int64], NDArray[np.int64]]]
) -> Judgement:
    """Judge at one cutoff: each customer is predicted by a model that was fitted on other customers."""
    probability = np.empty((len(rows), len(task.labels)))
    baselines: dict[str, Floats] = {}
    for chosen, held in folds:
        train, test = rows.where(_mask(rows, chosen)), rows.where(_mask(rows, held))
        probability[held] = fit(train).predict(test.matrix.values)
        for name, predicted in _baselines(task, train, test).items():
            baselines.setdefault(name, np.empty_like(probability))[held] = predicted
    design = f"one cutoff, {len(folds)} folds by customer: history allows no split by time"
    return _judgement(task, rows, rows.matrix.values, probability, baselines, design)


def history_of(matrix: FeatureMatrix) -> History:
    """What the churn baselines read, from the feature matrix."""

    def days(name: str) -> Floats:
        return matrix.column(name).astype(np.float64)

    since, tenure, repeats = (
        days("days_since_last_order"),
        days("tenure_days"),
        days("repeat_order_day_count"),
    )
    return History(
        customer_ids=matrix.customer_ids,
        days_since_last_order=since,
        order_day_count_28d=days("order_day_count_28d"),
        order_day_count_90d=days("order_day_count_90d"),
        total_spend_90d=days("total_spend_90d"),
        tenure_days=tenure,
        cadence_days=days("cadence_days"),
        repeat_order_days=repeats,
        # two orders on one day are one order day: no time lies between first and last
        recency_days=np.where(repeats > 0, np.maximum(tenure - since, 0.0), 0.0),
        age_days=tenure,
    )


def _baselines(task: Task, train: TrainingRows, test: TrainingRows) -> dict[str, Floats]:
    if isinstance(task, AnyChurn):
        before, now = history_of(train.matrix), history_of(test.matrix)
        fitted = [baseline.fit(before, train.labels) for baseline in churn_baselines(task.horizon_days)]
        found = {baseline.name: baseline.predict(now) for baseline in fitted}
        if isinstance(task, MembershipChurn):
            found[MEMBERSHIP_END] = membership_end(train, test, task.horizon_days)
        return {name: _both(churned) for name, churned in found.items()}
    if train.past_labels is None or test.past_labels is None:
        return {}
    tables: list[TransitionTable] = [Persistence(task.labels), TransitionTable(task.labels)]
    return {
        table.name: table.fit(train.past_labels, train.labels).predict(test.past_labels) for table in tables
    }


def _both(churned: Floats) -> Floats:
    return np.stack([1 - churned, churned], axis=1)


def _judgement(
    task: Task,
    rows: TrainingRows,
    values: NDArray[np.float32],
    probability: Floats,
    baselines: dict[str, Floats],
    design: str,
) -> Judgement:
    return Judgement(
        labels=task.labels,
        customer_ids=rows.matrix.customer_ids,
        outcome=rows.labels,
        probability=probability,
        baselines=baselines,
        design=design,
        values=values,
    )


def _binary_figures(outcome: NDArray[np.int64], probability: Floats) -> dict[str, float]:
    p = probability[:, 1]
    return {
        "auroc": metrics.auroc(outcome, p),
        "average_precision": metrics.average_precision(outcome, p),
        "brier": metrics.brier(outcome, p),
        "log_loss": metrics.log_loss(outcome, p),
        "lift_at_10pct": metrics.lift_at(outcome, p, 0.1),
    }


def _multiclass_figures(outcome: NDArray[np.int64], probability: Floats) -> dict[str, float]:
    return {
        "macro_auroc": metrics.macro_auroc(outcome, probability),
        "log_loss": metrics.log_loss(outcome, probability),
        "macro_f1": metrics.macro_f1(outcome, probability.argmax(axis=1)),
    }


def _calibration(outcome: NDArray[np.int64], probability: Floats) -> dict[str, float]:
    p = probability[:, 1] if probability.shape[1] == 2 else probability
    return {
        "calibration_error": metrics.calibration_error(outcome, p),
        "calibration_excess": metrics.calibration_excess(outcome, p),
    }


def _mask(rows: TrainingRows, chosen: NDArray[np.int64]) -> NDArray[np.bool_]:
    mask = np.zeros(len(rows), bool)
    mask[chosen] = True
    return mask
