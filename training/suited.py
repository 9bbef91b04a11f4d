"""Which trees suit the data: random ones, which add up many weak signs, or plain ones, which find a sharp edge.

Trees with random thresholds on few features (Geurts et al. 2006) win where every feature says a little, as purchase
histories do. Where one says most of it at one value, such as the day on which a membership ends, they rarely meet it,
and plain trees win by far. The folds of the training rows tell which.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.season import Season
from training.fit import Fold, best_loss, boosting_parameters
from training.rows import TrainingRows
from training.tasks import Task

PLAIN: dict[str, Any] = {"extra_trees": False, "feature_fraction": 0.6}
LOOKED_AT = 10_000
"""Rows of so many are enough to tell the two apart, and are drawn by customer."""
LEAD = 0.005
"""Plain trees have to lower the loss by this share of it."""


def suited_parameters(
    task: Task,
    rows: TrainingRows,
    folds: Sequence[Fold],
    *,
    seed: int,
    threads: int = 1,
    season: Season | None = None,
) -> dict[str, Any]:
    """Parameters for `fit_model`: PLAIN where such trees lose clearly less over the folds, else none.

    Of several labels each has trees of its own, and to look at both kinds would double the training: they stay.

    Args:
        folds: (rows that fit, rows held out) of each fold, as indices into training rows.
    """
    if len(task.labels) > 2:
        return {}
    kept = _drawn(rows, seed)
    place = np.cumsum(kept) - 1
    looked_at = rows.where(kept)
    smaller = [(place[fit[kept[fit]]], place[held[kept[held]]]) for fit, held in folds]
    if any(len(np.unique(looked_at.labels[part])) < len(task.labels) for fold in smaller for part in fold):
        return {}
    usual = boosting_parameters(task, len(looked_at), seed, threads)
    random, plain = (best_loss(usual | own, looked_at, smaller, season=season) for own in ({}, PLAIN))
    return dict(PLAIN) if plain < (1 - LEAD) * random else {}


def _drawn(rows: TrainingRows, seed: int) -> NDArray[np.bool_]:
    """About LOOKED_AT rows, those of some customers; all where there are no more."""
    if len(rows) <= LOOKED_AT:
        return np.ones(len(rows), bool)
    _, number = np.unique(rows.matrix.customer_ids.astype(str), return_inverse=True)
    drawn = np.random.default_rng(seed).random(number.max() + 1) < LOOKED_AT / len(rows)
    return np.asarray(drawn[number])
