"""Models of an order within other horizons than that of the churn task, from the same feature rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.feeders.embedded import Feeder
from models.artifact import Model
from models.horizons import HORIZONS_DAYS
from models.season import Season
from training import metrics
from training.fit import fit_model, folds_by_customer, folds_by_time, missing_label
from training.rows import TrainingRows
from training.tasks import Churn

Floats = npt.NDArray[np.float64]
Seasons = Callable[[int], Season | None]
"""The season of churn for a horizon in days."""
_DAY_US = 86_400_000_000


def days_to_next_order(feeder: Feeder, rows: TrainingRows) -> Floats:
    """Days from each row's cutoff to the next order, whenever it was loaded; infinite where there is none (rows,).

    An order exactly at the cutoff is 0 days away.
    """
    customers, times = feeder.order_times
    number = pc.index_in(pa.array(rows.matrix.customer_ids, pa.string()), feeder.ids.cast(pa.string()))
    own = number.to_numpy(zero_copy_only=False).astype(np.int64)
    days = np.full(len(rows), np.inf)
    for cutoff in np.unique(rows.matrix.cutoffs):
        instant = int(cutoff.astype("datetime64[us]").astype(np.int64))
        later = np.flatnonzero(times >= instant)
        following = np.full(len(feeder.ids), np.inf)
        who, first = np.unique(customers[later], return_index=True)
        following[who] = (times[later[first]] - instant) / _DAY_US
        at = rows.matrix.cutoffs == cutoff
        days[at] = following[own[at]]
    return days


def fit_within(
    task: Churn,
    rows: TrainingRows,
    days: Floats,
    end: datetime,
    *,
    seed: int,
    threads: int,
    seasons: Seasons = lambda _: None,
    chosen: Mapping[str, Any] | None = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[Model, ...]:
    """A model for each of HORIZONS_DAYS but the task's own, ascending; without those that history is too short for.

    Args:
        days: from `days_to_next_order`, (rows,).
        end: no outcome at or after it is looked at.
        chosen: parameters of the boosting, as `fit_model` takes them.
    """
    models = []
    for horizon in HORIZONS_DAYS:
        known = rows.matrix.cutoffs + np.timedelta64(horizon, "D") <= np.datetime64(_naive(end))
        if horizon == task.horizon_days or not known.any():
            continue
        own = replace(task, horizon_days=horizon)
        told = _relabelled(rows, days, horizon).where(known)
        # a week alone would say too little of the level
        block = max(horizon, task.horizon_days)
        folds = folds_by_time(told, block) or folds_by_customer(told, seed=seed)
        if missing_label(own, told, folds):
            continue
        models.append(
            fit_model(
                own,
                told,
                folds,
                seed=seed,
                threads=threads,
                season=seasons(horizon),
                chosen=chosen,
                progress=progress,
            )
        )
    return tuple(models)


def figures_within(
    model: Model, rows: TrainingRows, days: Floats, churn_probability: Floats, end: datetime
) -> dict[str, float]:
    """How well each horizon is foretold on rows that the model has not seen, as far as their outcomes are known.

    `within_7d_auroc`, `within_7d_brier` and `within_7d_calibration_error` say how it foretells an order within seven
    days, `within_7d_churn_auroc` how the churn probability would rank the same outcomes, `within_7d_rate` how many
    ordered.

    Args:
        churn_probability: of the model on these rows, (rows,).
        end: outcomes are known up to here.
    """
    curve = _curve(model, rows, churn_probability)
    found: dict[str, float] = {}
    for horizon, probability in zip(model.horizons_days, curve.T, strict=True):
        known = rows.matrix.cutoffs + np.timedelta64(horizon, "D") <= np.datetime64(_naive(end))
        ordered = (days[known] < horizon).astype(np.int64)
        if horizon == model.horizon_days or len(np.unique(ordered)) < 2:
            continue
        own = {
            "auroc": metrics.auroc(ordered, probability[known]),
            "churn_auroc": metrics.auroc(ordered, -churn_probability[known]),
            "brier": metrics.brier(ordered, probability[known]),
            "calibration_error": metrics.calibration_error(ordered, probability[known]),
            "rate": float(ordered.mean()),
        }
        found |= {f"within_{horizon}d_{name}": value for name, value in own.items()}
    return found


def _curve(model: Model, rows: TrainingRows, churn_probability: Floats) -> Floats:
    values = rows.matrix.select(model.features)
    curve = np.empty((len(rows), len(model.horizons_days)))
    for cutoff in np.unique(rows.matrix.cutoffs):
        at = rows.matrix.cutoffs == cutoff
        instant: datetime = cutoff.astype("datetime64[us]").item()
        curve[at] = model.at(instant.replace(tzinfo=UTC)).order_within(values[at], churn_probability[at])
    return curve


def _relabelled(rows: TrainingRows, days: Floats, horizon: int) -> TrainingRows:
    return TrainingRows(rows.matrix, (days >= horizon).astype(np.int64))


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)
