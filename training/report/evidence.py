"""Everything that a report says of a judged model, computed once: figures with intervals, groups, money, drivers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.settings import Settings
from models.artifact import Model
from models.reasons import driver_effects
from training.bootstrap import DRAWS, Interval, interval, paired_difference
from training.evaluation import Judgement
from training.fairness import Fairness, fairness
from training.origins import Backtest
from training.profit import MODEL, AtCapacity, Economics, at_capacities
from training.segments import TENURE, TYPE, Segments
from training.slices import LEAST_ROWS, Slice, everybody, slices
from training.tasks import Churn
from training.weighted import (
    Weighted,
    weighted_auroc,
    weighted_average_precision,
    weighted_brier,
    weighted_log_loss,
    weighted_macro_auroc,
)

BINARY: dict[str, Weighted] = {
    "auroc": weighted_auroc,
    "average_precision": weighted_average_precision,
    "brier": weighted_brier,
    "log_loss": weighted_log_loss,
}
SEVERAL: dict[str, Weighted] = {"macro_auroc": weighted_macro_auroc, "log_loss": weighted_log_loss}
IMPORTANCE_ROWS = 2_000
"""So many judged rows, drawn at random, are explained: contributions cost milliseconds a row."""
EXPLAINED = (TENURE, TYPE)
"""The segmentations by which importance is shown."""
SPEND = "total_spend_365d"
FEWEST_DRAWS, WEIGHTS = 200, 20_000_000


@dataclass(frozen=True)
class Importance:
    """Mean absolute effect of each driver, in log-odds, strongest first; of everybody and by group."""

    rows: int
    overall: dict[str, float]
    by_group: dict[str, dict[str, dict[str, float]]]


@dataclass(frozen=True)
class Evidence:
    """A judged model and what is known of it.

    Attributes:
        intervals: by model and baseline, by figure.
        lead: AUROC (macro for several labels) over that of the strongest baseline; None without a baseline.
        everybody, slices: all judged rows, and the groups of each segmentation.
        fairness, economics, capacities: of churn only; else empty and None.
        facts: settings of the run and the data, as they are to be shown.
        backtest: on the same tables, if one was run.
    """

    model: Model
    judgement: Judgement
    intervals: dict[str, dict[str, Interval]]
    lead: Interval | None
    everybody: Slice
    slices: dict[str, list[Slice]]
    fairness: dict[str, Fairness]
    economics: Economics | None
    capacities: tuple[AtCapacity, ...]
    importance: Importance
    facts: dict[str, Any]
    backtest: Backtest | None

    @property
    def is_churn(self) -> bool:
        """Whether it is said who leaves: that can be contacted and saved."""
        return self.judgement.labels == Churn.labels

    @property
    def is_binary(self) -> bool:
        """Whether the task has two labels."""
        return len(self.judgement.labels) == 2


def gather(
    model: Model,
    judgement: Judgement,
    segments: Segments,
    settings: Settings,
    *,
    facts: Mapping[str, Any],
    backtest: Backtest | None = None,
) -> Evidence:
    """Compute what a report says.

    Args:
        segments: groups of the judged rows.
        settings: what contacts cost and bring, capacity, minor digits of the currency.
        facts: settings of the run and the data.

    Raises:
        ValueError: a segmentation has another number of rows than were judged.
    """
    churn, draws = judgement.labels == Churn.labels, _draws(len(judgement.outcome))
    economics = _economics(model, judgement, settings) if churn else None
    return Evidence(
        model=model,
        judgement=judgement,
        intervals=_intervals(judgement, draws),
        lead=_lead(judgement, draws),
        everybody=everybody(judgement, draws=draws),
        slices=slices(judgement, segments, draws=draws),
        fairness=fairness(judgement, segments, settings.report.capacity) if churn else {},
        economics=economics,
        capacities=at_capacities(judgement, economics, draws=draws) if economics else (),
        importance=importance(model, judgement.values, segments),
        facts=dict(facts),
        backtest=backtest,
    )


def _draws(rows: int) -> int:
    """Fewer draws of many rows: their intervals are narrow, and every draw costs."""
    return int(np.clip(WEIGHTS // rows, FEWEST_DRAWS, DRAWS))


def _scores(judgement: Judgement) -> dict[str, NDArray[np.float64]]:
    """What each of model and baselines is judged by: the probability of the event, or of all labels."""
    both = {MODEL: judgement.probability} | judgement.baselines
    return {name: p[:, 1] if len(judgement.labels) == 2 else p for name, p in both.items()}


def _intervals(judgement: Judgement, draws: int) -> dict[str, dict[str, Interval]]:
    metrics = BINARY if len(judgement.labels) == 2 else SEVERAL
    who, y = judgement.customer_ids, judgement.outcome
    return {
        name: {key: interval(metric, who, y, score, draws=draws) for key, metric in metrics.items()}
        for name, score in _scores(judgement).items()
    }


def _lead(judgement: Judgement, draws: int) -> Interval | None:
    if not judgement.baselines:
        return None
    scores, metric = (
        _scores(judgement),
        next(iter((BINARY if len(judgement.labels) == 2 else SEVERAL).values())),
    )
    best = judgement.strongest_baseline[0]
    return paired_difference(
        metric, judgement.customer_ids, judgement.outcome, scores[MODEL], scores[best], draws=draws
    )


def _economics(model: Model, judgement: Judgement, settings: Settings) -> Economics:
    yearly = 0.0
    if SPEND in model.features:
        minor = judgement.values[:, model.features.index(SPEND)].astype(np.float64)
        yearly = float(np.nan_to_num(minor).mean()) / 10**settings.source.minor_digits
    return Economics.of(settings.report, max(yearly, 0.0), model.horizon_days)


def importance(model: Model, values: NDArray[np.float32], segments: Segments, *, seed: int = 0) -> Importance:
    """What the model looks at: mean |SHAP| of each driver, of all rows and of each group of at least LEAST_ROWS.

    Args:
        values: shape (rows, features), in the order of the model's features.
        segments: groups of these rows; those of EXPLAINED are shown.
    """
    count = min(len(values), IMPORTANCE_ROWS)
    chosen = np.sort(np.random.default_rng(seed).choice(len(values), count, replace=False))
    drivers, effects = driver_effects(model, values[chosen])

    def mean(rows: NDArray[np.bool_]) -> dict[str, float]:
        by_driver = effects[rows].mean(axis=0)
        return {drivers[place]: float(by_driver[place]) for place in np.argsort(-by_driver, kind="stable")}

    by_group = {
        name: {
            str(group): mean(segments[name][chosen] == group)
            for group in np.unique(segments[name][chosen].astype(str))
            if (segments[name][chosen] == group).sum() >= LEAST_ROWS
        }
        for name in EXPLAINED
        if name in segments
    }
    return Importance(count, mean(np.ones(count, bool)), by_group)
