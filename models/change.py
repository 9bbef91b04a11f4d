"""Why scores moved between two cutoffs: what the features did, what the season did, and what another model did.

Everything is said in calibrated log-odds of the last label, where the parts add up. Two models are compared on both
cutoffs: each part is the mean over the two orders in which model and customer can change (Shapley 1953, two players),
so no part depends on which of them is thought to have changed first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from features.matrix import FeatureMatrix
from models.artifact import Model
from models.reasons import drivers_of

Floats = NDArray[np.float64]
SEASON, MODEL = "season", "model"


@dataclass(frozen=True)
class Change:
    """What moved the scores of the customers who are there at both cutoffs, in log-odds of the last label.

    Up to rounding, `after - before` is the sum of `by_driver` over the drivers, `season` and `model`.

    Attributes:
        customer_ids: shape (rows,), ascending.
        before, after: log-odds at the two cutoffs, (rows,).
        drivers: names of the drivers, as reasons group features.
        by_driver: what the features of each driver did, (rows, drivers).
        season: what the season's correction did, the same for everybody.
        model: what the other model did, (rows,); 0 where there is one model only.
    """

    customer_ids: NDArray[np.object_]
    before: Floats
    after: Floats
    drivers: tuple[str, ...]
    by_driver: Floats
    season: float
    model: Floats

    @property
    def probabilities(self) -> tuple[Floats, Floats]:
        """Of the last label at the two cutoffs, (rows,) each."""
        return expit(self.before), expit(self.after)

    def parts(self, row: int) -> dict[str, float]:
        """What moved one row: the drivers, the strongest first, then `season` and `model`."""
        own = self.by_driver[row]
        strongest = np.argsort(-np.abs(own), kind="stable")
        parts = {self.drivers[i]: float(own[i]) for i in strongest}
        return parts | {SEASON: self.season, MODEL: float(self.model[row])}


def change_of_scores(
    then: FeatureMatrix, now: FeatureMatrix, model: Model, later_model: Model | None = None
) -> Change:
    """Split the change of scores from one cutoff to another.

    Args:
        then: rows of one cutoff.
        now: rows of another; customers who are not in both are left out.
        model: scores `then`.
        later_model: scores `now`; the same model where it is not given. Models are taken as they were trained: in
            one that was set to a cutoff (`Model.at`) the season counts as the model.

    Raises:
        ValueError: a matrix has several cutoffs, has a customer twice or lacks a feature, nobody is in both, or the
            models do not predict one event of two labels.
    """
    last = later_model or model
    if model.labels != last.labels or len(model.labels) != 2:
        raise ValueError(
            f"models of {model.labels} and {last.labels}; bring two of the same two labels, such as two churn models"
        )
    first_cutoff, last_cutoff = _cutoff(then), _cutoff(now)
    then, now = _in_both(then, now)
    drivers = sorted({driver for each in (model, last) for driver in drivers_of(each.features)[0]})
    moved = [_moved(each, then, now, drivers) for each in (model, last)]
    seasons = [_level(each, last_cutoff) - _level(each, first_cutoff) for each in (model, last)]
    before, then_by_last = _log_odds(model, then, first_cutoff), _log_odds(last, then, first_cutoff)
    now_by_first, after = _log_odds(model, now, last_cutoff), _log_odds(last, now, last_cutoff)
    return Change(
        customer_ids=then.customer_ids,
        before=before,
        after=after,
        drivers=tuple(drivers),
        by_driver=(moved[0] + moved[1]) / 2,
        season=sum(seasons) / 2,
        model=((then_by_last - before) + (after - now_by_first)) / 2,
    )


def _cutoff(matrix: FeatureMatrix) -> datetime:
    cutoffs = np.unique(matrix.cutoffs)
    if len(cutoffs) != 1:
        raise ValueError(f"scores are compared between two cutoffs, one of the matrices has {len(cutoffs)}")
    if len(set(matrix.customer_ids)) < len(matrix):
        raise ValueError("a customer is in one of the matrices twice; build the features again")
    instant: datetime = cutoffs[0].astype("datetime64[us]").item()
    return instant.replace(tzinfo=UTC)


def _in_both(then: FeatureMatrix, now: FeatureMatrix) -> tuple[FeatureMatrix, FeatureMatrix]:
    """The customers of both, in one order."""
    both, first, last = np.intersect1d(
        then.customer_ids.astype(str), now.customer_ids.astype(str), assume_unique=True, return_indices=True
    )
    if not len(both):
        raise ValueError("no customer is in both matrices, so no score can have moved; choose nearer cutoffs")
    return _rows(then, first), _rows(now, last)


def _rows(matrix: FeatureMatrix, rows: NDArray[np.intp]) -> FeatureMatrix:
    return FeatureMatrix(matrix.customer_ids[rows], matrix.cutoffs[rows], matrix.names, matrix.values[rows])


def _moved(model: Model, then: FeatureMatrix, now: FeatureMatrix, drivers: Sequence[str]) -> Floats:
    """What each driver adds now, less what it added then, (rows, drivers)."""
    own, member = drivers_of(model.features)
    added = [model.contributions(matrix.select(model.features))[:, -1, :] @ member for matrix in (then, now)]
    moved = np.zeros((len(then), len(drivers)))
    moved[:, [drivers.index(driver) for driver in own]] = added[1] - added[0]
    return moved


def _level(model: Model, cutoff: datetime) -> float:
    """The part of the log-odds that depends on no feature."""
    return model.at(cutoff).calibration.intercepts[-1]


def _log_odds(model: Model, matrix: FeatureMatrix, cutoff: datetime) -> Floats:
    score = model.scores(matrix.select(model.features))[:, -1]
    return model.calibration.slope * score + _level(model, cutoff)
