"""Training rows: features before the cutoff, labels after it, for a task's population."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from features.catalogue import can_build
from features.feeders.embedded import Feeder, build_features
from features.kernel.declare import Feature
from features.matrix import FeatureMatrix
from features.orders.mechanism import MECHANISM
from features.permission import Permit
from training.own_types import Answers, with_own_sums
from training.tasks import LoyaltyType, Task


@dataclass(frozen=True)
class TrainingRows:
    """Features and labels of one population at one or several cutoffs.

    Attributes:
        matrix: the features, one row for each customer and cutoff.
        labels: index into the task's labels, shape (rows,).
        past_labels: the label as it would have been measured in the window before, shape (rows,); for
            tasks that have a past window.
    """

    matrix: FeatureMatrix
    labels: NDArray[np.int64]
    past_labels: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def where(self, mask: NDArray[np.bool_]) -> TrainingRows:
        """The rows of a mask of shape (rows,)."""
        past = None if self.past_labels is None else self.past_labels[mask]
        return TrainingRows(self.matrix.where(mask), self.labels[mask], past)

    def relabelled(self, before: Sequence[str], after: Sequence[str], otherwise: str) -> TrainingRows:
        """The rows with labels as indices into `after`; a label that is not there becomes `otherwise`."""
        places = np.array([after.index(name if name in after else otherwise) for name in before], np.int64)
        past = None if self.past_labels is None else places[self.past_labels]
        return TrainingRows(self.matrix, places[self.labels], past)

    def at(self, cutoffs: Sequence[datetime]) -> TrainingRows:
        """The rows of some cutoffs."""
        return self.where(self.mask_at(cutoffs))

    def mask_at(self, cutoffs: Sequence[datetime]) -> NDArray[np.bool_]:
        """Which rows are of some cutoffs, shape (rows,)."""
        return np.isin(self.matrix.cutoffs, [_naive(cutoff) for cutoff in cutoffs])


def training_rows(
    task: Task,
    feeder: Feeder,
    features: Sequence[Feature],
    cutoffs: Sequence[datetime],
    *,
    permit: Permit | None = None,
    progress: Callable[[int], None] | None = None,
) -> TrainingRows:
    """Build the rows of a task: features as known at the cutoff, outcomes with all that is known today.

    Args:
        permit: mask of the customers who may be profiled; the others are in no row.
        progress: told the number of order lines after each chunk of each pass.

    Raises:
        ValueError: nobody is in the population at these cutoffs.
    """

    def build(wanted: Sequence[Feature], at: Sequence[datetime], *, hindsight: bool = False) -> FeatureMatrix:
        built = build_features(feeder, wanted, at, hindsight=hindsight, progress=progress)
        return FeatureMatrix.from_arrow(list(built))

    matrix = build(features, cutoffs)
    outcome_features = buildable(task.outcome, feeder.present)
    past = aligned(build(buildable(task.past, feeder.present), cutoffs), matrix) if task.past else None
    if past is not None and isinstance(task, LoyaltyType):
        past = with_own_sums(feeder, past, task.declared, task.horizon_days, past.cutoffs)
    mask = task.population(matrix, past)
    if permit is not None:
        mask &= permit(matrix.customer_ids)
    if not mask.any():
        raise ValueError(f"nobody is in the population of {task.name} at {len(cutoffs)} cutoffs")
    matrix = matrix.where(mask)
    ends = [cutoff + timedelta(days=task.horizon_days) for cutoff in cutoffs]
    # an order of the label window is one whenever it was loaded
    later = build(outcome_features, ends, hindsight=True)
    horizon = np.timedelta64(task.horizon_days, "D")
    outcome = aligned(
        FeatureMatrix(later.customer_ids, later.cutoffs - horizon, later.names, later.values), matrix
    )
    if isinstance(task, LoyaltyType):
        outcome = with_own_sums(feeder, outcome, task.declared, task.horizon_days, outcome.cutoffs + horizon)
    past_labels = None if past is None else _labels(task, past.where(mask))
    labels = _labels(task, outcome)
    answers = Answers.read(feeder, task.meanings) if isinstance(task, LoyaltyType) else None
    if answers is not None:
        at = matrix.cutoffs
        labels = answers.over(labels, matrix, at, at + horizon, known=False)
        if past_labels is not None:
            past_labels = answers.over(past_labels, matrix, at - horizon, at, known=True)
    return TrainingRows(matrix, labels, past_labels)


def buildable(features: Sequence[Feature], present: frozenset[str]) -> Sequence[Feature]:
    """Leave out mechanism sums whose columns the tables lack; other outcomes need no optional column."""
    names = {feature.name for feature in MECHANISM.features.values() if can_build(feature, present)}
    return [f for f in features if not f.name.startswith("sum_of_") or _base(f) in names]


def _base(feature: Feature) -> str:
    return feature.name.removesuffix(f"_{feature.days}d")


def _labels(task: Task, outcome: FeatureMatrix) -> NDArray[np.int64]:
    """Labels cutoff by cutoff: a rule that standardises does so over one population at one time."""
    labels = np.empty(len(outcome), np.int64)
    for cutoff in np.unique(outcome.cutoffs):
        rows = outcome.cutoffs == cutoff
        labels[rows] = task.label(outcome.where(rows))
    return labels


def aligned(matrix: FeatureMatrix, to: FeatureMatrix) -> FeatureMatrix:
    """The rows of `matrix` for the customers and cutoffs of `to`, in its order."""
    place = {
        key: row for row, key in enumerate(zip(matrix.customer_ids, matrix.cutoffs.tolist(), strict=True))
    }
    wanted = np.array(
        [place[key] for key in zip(to.customer_ids, to.cutoffs.tolist(), strict=True)], np.int64
    )
    return FeatureMatrix(to.customer_ids, to.cutoffs, matrix.names, matrix.values[wanted])


def _naive(cutoff: datetime) -> np.datetime64:
    return np.datetime64(cutoff.astimezone(UTC).replace(tzinfo=None), "us")
