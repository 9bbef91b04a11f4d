"""Rows of cutoffs whose outcomes models were neither fitted nor calibrated on, and what models say of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from features.feeders.embedded import open_feeder
from features.settings import Settings
from features.tables.report import load_report
from features.workspace import Workspace
from models.artifact import Model
from training.cutoffs import CutoffPlan, distance_days
from training.job import Progress, as_trained, build_rows, make_task, span
from training.loyalty import TYPES, VALUE
from training.rows import TrainingRows
from training.segments import Segments, segments_of
from training.sentiment import fill_sentiment
from training.tasks import LoyaltyType

Floats = npt.NDArray[np.float64]
MOST_CUTOFFS = 8
FOLDED = TYPES[VALUE]
"""The loyalty type that stands for every type that one of two models does not tell apart."""


@dataclass(frozen=True)
class Unseen:
    """Labelled rows that no model of some has seen the outcomes of, and the group of each row."""

    rows: TrainingRows
    segments: Segments

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class NothingUnseen:
    """There is no such cutoff yet; the first will be in so many days."""

    wait_days: int


def labels_end(model: Model) -> datetime:
    """Where the last label window that a model was fitted or calibrated on ends."""
    last = datetime.fromisoformat(model.metadata["last_cutoff"])
    return last + timedelta(days=model.horizon_days)


def unseen(
    models: Sequence[Model],
    settings: Settings,
    workspace: Workspace,
    tell: Progress,
    *,
    most_cutoffs: int = MOST_CUTOFFS,
) -> Unseen | NothingUnseen:
    """The rows of the newest cutoffs at or after the end of every model's training labels.

    Labels are indices into `shared_labels(models)`; the population is that of the model with the narrowest one.

    Args:
        models: of one task and horizon.
    """
    as_of, _ = span(load_report(workspace.tables))
    first = models[0]
    seen, newest = max(map(labels_end, models)), as_of - timedelta(days=first.horizon_days)
    if newest < seen:
        return NothingUnseen(math.ceil((seen - newest).total_seconds() / 86_400))
    step = timedelta(days=distance_days(first.horizon_days, settings.training.cutoff_every_days))
    count = min(most_cutoffs, int((newest - seen) / step) + 1)
    cutoffs = tuple(newest - step * back for back in reversed(range(count)))
    fill_sentiment(settings, workspace, progress=tell)
    narrow = min(models, key=lambda model: model.metadata.get("active_days", 0))
    with open_feeder(settings, workspace) as feeder:
        task = make_task(first.task, as_trained(settings, narrow), feeder, as_of)
        rows = build_rows(task, feeder, CutoffPlan(cutoffs, ()), settings, workspace, tell)
        segments = segments_of(feeder, rows.matrix, settings.loyalty)
    if isinstance(task, LoyaltyType):
        rows = rows.relabelled(task.labels, shared_labels(models), FOLDED)
    return Unseen(rows, segments)


def shared_labels(models: Sequence[Model]) -> tuple[str, ...]:
    """The labels that every model tells apart, in the order of the first."""
    return tuple(name for name in models[0].labels if all(name in model.labels for model in models))


def predicted(model: Model, rows: TrainingRows, labels: Sequence[str]) -> Floats:
    """Probabilities (rows, labels), each cutoff with its own season; what is none of `labels` counts as FOLDED."""
    values = rows.matrix.select(model.features)
    found = np.empty((len(rows), len(model.labels)))
    for cutoff in np.unique(rows.matrix.cutoffs):
        at = rows.matrix.cutoffs == cutoff
        instant: datetime = cutoff.astype("datetime64[us]").item()
        found[at] = model.at(instant.replace(tzinfo=UTC)).predict(values[at])
    if tuple(labels) == model.labels:
        return found
    folded = np.zeros((len(rows), len(labels)))
    for place, name in enumerate(model.labels):
        folded[:, labels.index(name if name in labels else FOLDED)] += found[:, place]
    return folded
