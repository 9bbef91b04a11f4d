"""The simple rule for paid memberships: how near the end is, and whether it ends within the horizon."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from features.matrix import FeatureMatrix
from training.outcomes import with_both
from training.rows import TrainingRows

MEMBERSHIP_END = "membership_end"
"""Name of the baseline."""
_DAYS_TO_END = "days_to_membership_end"


def membership_end(train: TrainingRows, test: TrainingRows, horizon_days: int) -> npt.NDArray[np.float64]:
    """Probability (test rows,) that the membership is not running a horizon later.

    A logistic regression, fitted on the training rows, on three figures: whether an end is set, whether it lies
    within the horizon, and the days up to it.
    """
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1e4, max_iter=1000))
    model.fit(_table(train.matrix, horizon_days), with_both(train.labels.astype(np.float64)))
    return np.asarray(model.predict_proba(_table(test.matrix, horizon_days))[:, 1], np.float64)


def _table(matrix: FeatureMatrix, horizon_days: int) -> npt.NDArray[np.float64]:
    days = (
        matrix.column(_DAYS_TO_END).astype(np.float64)
        if _DAYS_TO_END in matrix.names
        else np.full(len(matrix), np.nan)
    )
    known = ~np.isnan(days)
    soon = known & (days <= horizon_days)
    return np.column_stack([known, soon, np.log1p(np.nan_to_num(days))]).astype(np.float64)
