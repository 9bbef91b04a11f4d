"""Fit a classifier: small random trees and a line beside them; rounds and calibration from rows that were held out.

Each fold fits on earlier cutoffs (or other customers) and predicts rows that it has not seen. The rounds are
those at which the mean loss over the folds is least; of two labels, so is the share of the line. The slope of the
calibration is fitted to all held-out predictions at once, and the final model on every row; its level is that of its
latest cutoffs. No class
is re-weighted: that would ruin the probabilities. Where a season is known, booster and calibration are fitted around
the base rate of each row's cutoff, so that neither learns it, and the model adds the one of the cutoff that it is
asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from models.artifact import Model
from models.calibration import Calibration, HeldOut
from models.season import Season
from training.ridge import fit_line, line_beside
from training.rows import TrainingRows
from training.spread import level_movement, measure_spread
from training.tasks import Task

Index = NDArray[np.int64]
Fold = tuple[Index, Index]

MOST_ROUNDS = 1_500
PATIENCE = 80

PARAMETERS: dict[str, Any] = {
    "learning_rate": 0.03,
    "num_leaves": 6,
    "min_data_in_leaf": 100,
    "extra_trees": True,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
SMALL_SAMPLE = 5_000
"""Below so many rows leaves may hold fewer."""
SMALL_PARAMETERS: dict[str, Any] = {"num_leaves": 7, "min_data_in_leaf": 30}


def fit_model(
    task: Task,
    rows: TrainingRows,
    folds: Sequence[Fold],
    *,
    seed: int,
    threads: int = 1,
    season: Season | None = None,
    chosen: Mapping[str, Any] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Model:
    """Fit a task's model.

    Args:
        folds: (rows that fit, rows held out) of each fold, as indices.
        season: base rate of the second of two labels; None where nothing is known of it.
        chosen: parameters of the boosting that take the place of the usual ones.
        progress: told the number of each boosting round.

    Raises:
        ValueError: one of the task's labels is missing in a fold.
    """
    if missing := missing_label(task, rows, folds):
        raise ValueError(f"{task.name}: {missing}; more customers, more history or another horizon is needed")
    parameters = boosting_parameters(task, len(rows), seed, threads) | dict(chosen or {})
    offsets = None if season is None else season.offsets(rows.matrix.cutoffs)
    data = _dataset(rows, offsets)
    rounds, held_out = _cross_validate(parameters, data, rows, folds, progress)
    line, held_out = line_beside(rows, folds, held_out, offsets)
    final = lgb.train(parameters, data, rounds, callbacks=_callbacks(progress))
    model = Model(
        task=task.name,
        labels=task.labels,
        features=rows.matrix.names,
        booster_text=final.model_to_string(),
        calibration=Calibration.identity(len(task.labels)),
        horizon_days=task.horizon_days,
        season=season,
        linear=line,
        metadata={
            "rounds": rounds,
            "rows": len(rows),
            "held_out_rows": len(held_out),
            "folds": len(folds),
            "chosen_parameters": dict(chosen or {}),
            "linear_share": 0.0 if line is None else line.share,
        },
    )
    calibration, movement = _calibrate(model, held_out, rows, folds, offsets)
    return replace(model, calibration=calibration, metadata=model.metadata | {"level_movement": movement})


def with_spread(model: Model, task: Task, rows: TrainingRows, *, seed: int, threads: int = 1) -> Model:
    """The model, knowing how sure it is of the rows of the latest cutoffs; it has two labels.

    Args:
        rows: those that the model was fitted on.
    """
    parameters = boosting_parameters(task, len(rows), seed, threads) | model.metadata["chosen_parameters"]
    offsets = None if model.season is None else model.season.offsets(rows.matrix.cutoffs)
    latest = rows.matrix.cutoffs > rows.matrix.cutoffs.max() - np.timedelta64(task.horizon_days, "D")
    asked, data = rows.matrix.values[latest], _dataset(rows, offsets)
    slope, intercept = model.calibration.slope, model.calibration.intercepts[-1]

    def scores(chosen: Index) -> NDArray[np.float64]:
        half = lgb.train(parameters, data.subset(np.sort(chosen).tolist()), model.metadata["rounds"])
        raw = np.asarray(half.predict(asked, raw_score=True))
        if model.linear is not None:
            line = fit_line(rows, chosen, offsets)
            raw = (1 - model.linear.share) * raw + model.linear.share * line.scores(asked)
        return slope * raw + intercept

    own = slope * model.scores(asked)[:, 1] + intercept
    movement = float(model.metadata["level_movement"])
    return replace(model, spread=measure_spread(scores, rows.matrix.customer_ids, own, movement, seed))


def best_loss(
    parameters: Mapping[str, Any], rows: TrainingRows, folds: Sequence[Fold], *, season: Season | None = None
) -> float:
    """The mean loss over the folds at the best number of rounds, in nats."""
    data = _dataset(rows, None if season is None else season.offsets(rows.matrix.cutoffs))
    found = _boosted(dict(parameters), data, folds, None)
    means = next(values for name, values in found.items() if name.endswith("-mean"))
    return float(min(means))


def _dataset(rows: TrainingRows, offsets: NDArray[np.float64] | None) -> lgb.Dataset:
    return lgb.Dataset(
        rows.matrix.values,
        rows.labels,
        feature_name=list(rows.matrix.names),
        init_score=offsets,
        free_raw_data=False,
    )


def _calibrate(
    final: Model,
    held_out: NDArray[np.float64],
    rows: TrainingRows,
    folds: Sequence[Fold],
    offsets: NDArray[np.float64] | None,
) -> tuple[Calibration, float]:
    """Of folds by time the latest block gives the final model its level, so that what has moved counts once.

    Returns:
        The calibration, and how far the level moves from one horizon to the next; 0 where folds are by customer.
    """

    def of(chosen: Index) -> NDArray[np.float64] | None:
        return None if offsets is None else offsets[chosen]

    cutoffs = rows.matrix.cutoffs
    chosen = np.concatenate([held for _, held in folds])
    if any(cutoffs[fit].max() >= cutoffs[held].min() for fit, held in folds):
        return Calibration.fit(held_out, rows.labels[chosen], of(chosen)), 0.0
    fold = np.repeat(np.arange(len(folds)), [len(held) for _, held in folds])
    latest = folds[0][1]
    scores = final.scores(rows.matrix.values[latest])
    seen = HeldOut(held_out, rows.labels[chosen], fold, of(chosen))
    calibration = Calibration.fit_anchored(seen, scores, rows.labels[latest], of(latest))
    movement = level_movement(seen, calibration.slope) if held_out.shape[1] == 2 else 0.0
    return calibration, movement


def _log_odds(raw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Raw scores as log-odds of every label, shape (rows, labels)."""
    return np.stack([np.zeros(len(raw)), raw], axis=1) if raw.ndim == 1 else raw


def folds_by_time(rows: TrainingRows, horizon_days: int, *, most: int = 3) -> list[Fold]:
    """Rolling origin: hold out one horizon of cutoffs, fit on those whose label windows end before them.

    Blocks of held-out cutoffs go back from the latest; empty where history is too short for one.
    """
    cutoffs = rows.matrix.cutoffs
    horizon = np.timedelta64(horizon_days, "D")
    rest = np.unique(cutoffs)
    folds: list[Fold] = []
    while len(rest) and len(folds) < most:
        block = rest[rest > rest[-1] - horizon]
        fit = np.flatnonzero(cutoffs + horizon <= block[0])
        if not len(fit):
            break
        folds.append((fit, np.flatnonzero(np.isin(cutoffs, block))))
        rest = rest[rest < block[0]]
    return folds


def folds_by_customer(rows: TrainingRows, *, count: int = 5, seed: int = 7) -> list[Fold]:
    """All rows of a customer are held out together."""
    customers, index = np.unique(rows.matrix.customer_ids.astype(str), return_inverse=True)
    fold = (np.random.default_rng(seed).permutation(len(customers)) % count)[index]
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(count)]


def boosting_parameters(task: Task, rows: int, seed: int, threads: int) -> dict[str, Any]:
    """What LightGBM is told unless something else was found for these rows."""
    small = SMALL_PARAMETERS if rows < SMALL_SAMPLE else {}
    classes = len(task.labels)
    objective = (
        {"objective": "binary", "metric": "binary_logloss"}
        if classes == 2
        else {"objective": "multiclass", "num_class": classes, "metric": "multi_logloss"}
    )
    return {**PARAMETERS, **small, **objective, "seed": seed, "num_threads": threads}


def _cross_validate(
    parameters: dict[str, Any],
    data: lgb.Dataset,
    rows: TrainingRows,
    folds: Sequence[Fold],
    progress: Callable[[int], None] | None,
) -> tuple[int, NDArray[np.float64]]:
    """The best number of rounds, and the held-out scores at it, shape (held-out rows, labels)."""
    boosters = _boosted(parameters, data, folds, progress)["cvbooster"]
    rounds = max(int(boosters.best_iteration), 1)
    scores = [
        booster.predict(rows.matrix.values[held], raw_score=True, num_iteration=rounds)
        for booster, (_, held) in zip(boosters.boosters, folds, strict=True)
    ]
    raw = np.concatenate(scores)
    return rounds, _log_odds(raw)


def _boosted(
    parameters: dict[str, Any],
    data: lgb.Dataset,
    folds: Sequence[Fold],
    progress: Callable[[int], None] | None,
) -> dict[str, Any]:
    found: dict[str, Any] = lgb.cv(
        parameters,
        data,
        MOST_ROUNDS,
        folds=list(folds),
        callbacks=[lgb.early_stopping(PATIENCE, verbose=False), *_callbacks(progress)],
        return_cvbooster=True,
    )
    return found


def _callbacks(progress: Callable[[int], None] | None) -> list[Callable[..., None]]:
    return [] if progress is None else [lambda state: progress(state.iteration)]


def missing_label(task: Task, rows: TrainingRows, folds: Sequence[Fold]) -> str:
    """Which label some fold would have to do without, in words; empty where every fold has every label."""
    for number, (fit, held) in enumerate(folds, start=1):
        for part, chosen in (("fits", fit), ("is held out", held)):
            counts = np.bincount(rows.labels[chosen], minlength=len(task.labels))
            absent = [label for label, count in zip(task.labels, counts, strict=True) if not count]
            if absent:
                return f"no customer is {', '.join(absent)} among the {len(chosen)} rows that fold {number} {part}"
    return ""
