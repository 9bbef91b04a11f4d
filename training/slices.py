"""How good a model is in each group of customers: figures with intervals by customer, and calibration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training import metrics
from training.bootstrap import DRAWS, Interval, interval
from training.evaluation import Judgement
from training.segments import Segments
from training.weighted import weighted_auroc, weighted_log_loss, weighted_macro_auroc

LEAST_ROWS = 30
"""A smaller group is not judged: its figures would say nothing, and something of its members."""
LEAST_OF_EACH = 10
"""With fewer events, or fewer others, a group has no AUROC."""
ALL = "everybody"


@dataclass(frozen=True)
class Slice:
    """One group of customers.

    Attributes:
        group: its name.
        rows, events: customers and those of them with the event; for several labels events are 0.
        rate, mean_probability: share with the event, and mean of what was foretold; NaN for several labels.
        auroc: macro for several labels; None where the group is too small for one.
        log_loss: in nats.
        calibration_error: expected calibration error, in bins of at least LEAST_ROWS rows.
    """

    group: str
    rows: int
    events: int
    rate: float
    mean_probability: float
    auroc: Interval | None
    log_loss: Interval
    calibration_error: float

    @property
    def calibration_gap(self) -> float:
        """Mean probability less the share with the event: above 0, too many leavers are foretold."""
        return self.mean_probability - self.rate


def slices(judgement: Judgement, segments: Segments, *, draws: int = DRAWS) -> dict[str, list[Slice]]:
    """Each segmentation's groups of at least LEAST_ROWS rows, the largest first, after everybody.

    Args:
        segments: groups of the judged rows.
        draws: of the bootstrap by customer.

    Raises:
        ValueError: a segmentation has another number of rows.
    """
    found = {}
    for name, groups in segments.items():
        if len(groups) != len(judgement.outcome):
            raise ValueError(
                f"segmentation {name!r} has {len(groups)} rows, {len(judgement.outcome)} were judged; "
                "make it for the rows that were judged"
            )
        masks = dict(_masks(groups))
        if len(masks) > 1:
            found[name] = [_slice(judgement, group, mask, draws) for group, mask in masks.items()]
    return found


def everybody(judgement: Judgement, *, draws: int = DRAWS) -> Slice:
    """All rows as one group."""
    return _slice(judgement, ALL, np.ones(len(judgement.outcome), bool), draws)


def _masks(groups: NDArray[np.object_]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    names, counts = np.unique(groups.astype(str), return_counts=True)
    for place in np.argsort(-counts, kind="stable"):
        if counts[place] >= LEAST_ROWS:
            yield str(names[place]), groups == names[place]


def _slice(judgement: Judgement, group: str, mask: NDArray[np.bool_], draws: int) -> Slice:
    who, outcome, probability = (
        judgement.customer_ids[mask],
        judgement.outcome[mask],
        judgement.probability[mask],
    )
    binary = len(judgement.labels) == 2
    counts = np.bincount(outcome, minlength=len(judgement.labels))
    enough = int((counts >= LEAST_OF_EACH).sum()) >= 2
    metric = weighted_auroc if binary else weighted_macro_auroc
    score = probability[:, 1] if binary else probability
    bins = max(1, min(metrics.CALIBRATION_BINS, len(outcome) // LEAST_ROWS))
    return Slice(
        group=group,
        rows=len(outcome),
        events=int(counts[1]) if binary else 0,
        rate=float(outcome.mean()) if binary else float("nan"),
        mean_probability=float(probability[:, 1].mean()) if binary else float("nan"),
        auroc=interval(metric, who, outcome, score, draws=draws) if enough else None,
        log_loss=interval(weighted_log_loss, who, outcome, score, draws=draws),
        calibration_error=metrics.calibration_error(outcome, score, bins),
    )
