"""What became of a list that was served, once its outcomes are known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from features.feeders.embedded import Feeder
from features.matrix import FeatureMatrix
from training import metrics
from training.rows import TrainingRows
from training.within import days_to_next_order

Floats = npt.NDArray[np.float64]
TOP_SHARE = 0.1


@dataclass(frozen=True)
class Scored:
    """A list that was served: who was scored at a cutoff, by which version, and how probable leaving was, (rows,)."""

    name: str
    model: str
    cutoff: datetime
    customer_ids: npt.NDArray[np.object_]
    probability: Floats

    def where(self, kept: npt.NDArray[np.bool_]) -> Scored:
        """The list of some of them, mask (rows,)."""
        return replace(self, customer_ids=self.customer_ids[kept], probability=self.probability[kept])


@dataclass(frozen=True)
class Realised:
    """What became of a list: how many were expected to leave and how many did.

    Attributes:
        top: the same of the tenth that was most at risk.
    """

    name: str
    cutoff: str
    customers: int
    expected_share: float
    left_share: float
    top_expected_share: float
    top_left_share: float
    auroc: float | None


def realised(feeder: Feeder, served: Scored, horizon_days: int) -> Realised:
    """What became of a list.

    Args:
        feeder: of tables that reach a horizon beyond its cutoff.
    """
    left = left_after(feeder, served, horizon_days)
    top = np.argsort(-served.probability, kind="stable")[: max(1, int(TOP_SHARE * len(left)))]
    both = len(np.unique(left)) == 2
    return Realised(
        served.name,
        served.cutoff.isoformat(),
        len(left),
        float(served.probability.mean()),
        float(left.mean()),
        float(served.probability[top].mean()),
        float(left[top].mean()),
        metrics.auroc(left, served.probability) if both else None,
    )


def left_after(feeder: Feeder, served: Scored, horizon_days: int) -> npt.NDArray[np.int64]:
    """1 for each customer of a list who placed no order within the horizon, (rows,)."""
    cutoff = np.datetime64(served.cutoff.astimezone(UTC).replace(tzinfo=None), "us")
    cutoffs = np.full(len(served.customer_ids), cutoff)
    matrix = FeatureMatrix(served.customer_ids, cutoffs, (), np.empty((len(cutoffs), 0), np.float32))
    days = days_to_next_order(feeder, TrainingRows(matrix, np.zeros(len(cutoffs), np.int64)))
    return (days >= horizon_days).astype(np.int64)
