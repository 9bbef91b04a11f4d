"""Fit what customers are worth: margin of those who order within the churn horizon, and of those who do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from models.quantiles import Quantiles
from models.value import DAYS, Amount, ValueModel
from training.fit import MOST_ROUNDS, PARAMETERS, PATIENCE, SMALL_SAMPLE, Fold
from training.rows import TrainingRows
from training.takings import Takings

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
WINDOWS = (365, 182, 91, 56, 28, 14, 7)
SPARE = 3
"""Windows that the history has to hold: one before the first cutoff, one that trains, one that tests."""
BETWEEN_DAYS = 14
"""And so many days more, for a few cutoffs between the first that trains and the last."""
LEAST_ROWS = 20
"""A fold with fewer rows of a case on either side, or without a positive margin to fit on, says nothing of it."""

_AMOUNT: dict[str, Any] = {
    "objective": "poisson",
    "metric": "poisson",
    "num_leaves": 15,
    "min_data_in_leaf": 60,
}
_SMALL: dict[str, Any] = {"min_data_in_leaf": 30}


def choose_window_days(history_days: float, horizon_days: int) -> int:
    """The longest usual window of which the history holds SPARE and a little; at least the churn horizon."""
    held = [days for days in WINDOWS if days * SPARE + BETWEEN_DAYS <= history_days]
    return max([horizon_days, *held[:1]])


@dataclass(frozen=True)
class Cases:
    """Training rows with the margins after them.

    Attributes:
        stays: who ordered within the churn horizon, (rows,).
        margin: within the window after the cutoff, minor units, (rows,).
    """

    rows: TrainingRows
    stays: Mask
    margin: Floats


def fit_value(
    cases: Cases,
    folds: Sequence[Fold],
    takings: Takings,
    window_days: int,
    end: datetime,
    *,
    seed: int,
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> ValueModel:
    """Fit the value of customers.

    Args:
        folds: (rows that fit, rows held out) of each fold; the first holds out the latest cutoffs.
        takings: of all customers, for the growth from the window to twelve months.
        end: nothing that came at or after it is looked at.
        progress: told the number of each boosting round.

    Raises:
        ValueError: nobody who stayed brought any margin.
    """
    found = _fit_case(cases, cases.stays, folds, seed, threads, progress)
    if found is None:
        raise ValueError(
            f"of {int(cases.stays.sum())} rows of customers who stayed too few brought any margin to learn from; "
            "bring more history, or look at [value] margin_rate and products.unit_cost"
        )
    away = _fit_case(cases, ~cases.stays, folds, seed, threads, progress)
    growths = [_growth(cases, rows, takings, window_days, end) for rows in (cases.stays, ~cases.stays)]
    return ValueModel(
        features=cases.rows.matrix.names,
        staying=Amount(found.text, found.level, growths[0]),
        away=None if away is None else Amount(away.text, away.level, growths[1]),
        quantiles=Quantiles.fit(found.held_out, found.actual),
        window_days=window_days,
        margin_from=takings.margin_from,
        metadata={"rounds": found.rounds, "rows": len(cases.rows), "growth": growths},
    )


@dataclass(frozen=True)
class _Case:
    """A booster, its level, and what it said of rows that it had not seen beside what came."""

    text: str
    level: float
    rounds: int
    held_out: Floats
    actual: Floats


def _fit_case(
    cases: Cases,
    chosen: Mask,
    folds: Sequence[Fold],
    seed: int,
    threads: int,
    progress: Callable[[int], None] | None,
) -> _Case | None:
    """Fit on the rows of one case; margins below 0 count as 0 for the booster, and in full for its level."""
    inside = [
        (fit, held)
        for fit, held in ((fit[chosen[fit]], held[chosen[held]]) for fit, held in folds)
        if min(len(fit), len(held)) >= LEAST_ROWS and cases.margin[fit].max() > 0
    ]
    if not inside:
        return None
    small = _SMALL if chosen.sum() < SMALL_SAMPLE else {}
    parameters = {**PARAMETERS, **_AMOUNT, **small, "seed": seed, "num_threads": threads}
    unit = float(np.maximum(cases.margin[chosen], 0).mean())
    label = np.maximum(cases.margin, 0) / unit
    values = cases.rows.matrix.values
    said = [] if progress is None else [lambda state: progress(state.iteration)]
    data = lgb.Dataset(values, label, feature_name=list(cases.rows.matrix.names), free_raw_data=False)
    cv = lgb.cv(
        parameters,
        data,
        MOST_ROUNDS,
        folds=inside,
        callbacks=[lgb.early_stopping(PATIENCE, verbose=False), *said],
        return_cvbooster=True,
    )["cvbooster"]
    rounds = max(int(cv.best_iteration), 1)
    everybody = np.flatnonzero(chosen)
    final = lgb.train(parameters, data.subset(everybody.tolist()), rounds, callbacks=said)
    latest = inside[0][1]
    level = _level(np.asarray(final.predict(values[latest])), cases.margin[latest])
    pairs = [
        (np.asarray(booster.predict(values[held], num_iteration=rounds)), cases.margin[held])
        for booster, (_, held) in zip(cv.boosters, inside, strict=True)
    ]
    held_out = np.concatenate([_level(said_, actual) * said_ for said_, actual in pairs])
    return _Case(final.model_to_string(), level, rounds, held_out, np.concatenate([a for _, a in pairs]))


def _level(said: Floats, actual: Floats) -> float:
    """By what an expectation has to be multiplied for its total to be true; never below 0."""
    return float(max(actual.sum() / said.sum(), 0.0))


def _growth(cases: Cases, chosen: Mask, takings: Takings, window_days: int, end: datetime) -> float:
    """Margin over DAYS as a multiple of that over the window, as customers of earlier cutoffs had it.

    What lies further ahead than any of them has been followed goes on as their last window did.
    """
    if window_days >= DAYS:
        return 1.0
    cutoffs = cases.rows.matrix.cutoffs
    last = np.datetime64(end.replace(tzinfo=None))
    followed = max(
        window_days, window_days * (int((last - cutoffs.min()) / np.timedelta64(1, "D")) // window_days)
    )
    followed = min(followed, DAYS // window_days * window_days)
    old = chosen & (cutoffs + np.timedelta64(followed, "D") <= last)
    if not old.any():
        return DAYS / window_days
    matrix = cases.rows.matrix.where(old)
    first = takings.margin_between(matrix, 0, window_days).sum()
    whole = takings.margin_between(matrix, 0, followed).sum()
    late = takings.margin_between(matrix, followed - window_days, followed).sum() / window_days
    if first <= 0:
        return DAYS / window_days
    return float(max((whole + late * (DAYS - followed)) / first, 0.0))
