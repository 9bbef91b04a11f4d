"""Does contacting the riskiest treat groups of customers alike? Rates of each group, and their largest difference.

Groups whose customers leave more often are contacted more often by any good model, so a difference is a question and
not a verdict. What it is held against is chance: the largest difference among random groups of the same sizes.
Measures after Hardt, Price and Srebro (Equality of Opportunity in Supervised Learning, 2016).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training import metrics
from training.evaluation import Judgement
from training.segments import Segments
from training.slices import LEAST_OF_EACH, LEAST_ROWS

Floats = NDArray[np.float64]
MEASURES = ("selection_rate", "true_positive_rate", "false_positive_rate", "calibration_gap")
SHUFFLES, FEWEST_SHUFFLES = 500, 100
SHUFFLED_ROWS = 20_000_000
BEYOND = 0.95
"""Quantile of the differences among random groups above which one is beyond chance."""


@dataclass(frozen=True)
class Group:
    """Rates of one group when the riskiest of all customers are contacted.

    Attributes:
        selection_rate: share of the group that is contacted.
        true_positive_rate: share of its leavers who are contacted; NaN with few leavers.
        false_positive_rate: share of its stayers who are contacted; NaN with few stayers.
        calibration_gap: mean probability less the share who left.
        calibration_error: expected calibration error.
    """

    group: str
    rows: int
    selection_rate: float
    true_positive_rate: float
    false_positive_rate: float
    calibration_gap: float
    calibration_error: float


@dataclass(frozen=True)
class Difference:
    """The largest difference between two groups in a measure; `by_chance` is what random groups reach."""

    largest: float
    by_chance: float

    @property
    def beyond_chance(self) -> bool:
        """Whether random groups hardly ever differ so much."""
        return self.largest > self.by_chance


@dataclass(frozen=True)
class Fairness:
    """One segmentation: its groups, and the largest difference in each of MEASURES."""

    groups: tuple[Group, ...]
    differences: dict[str, Difference]


def contacted(probability: Floats, capacity: float) -> NDArray[np.bool_]:
    """The riskiest share of rows, at least one; ties at the border go to the earlier row.

    Raises:
        ValueError: `capacity` is outside (0, 1].
    """
    if not 0 < capacity <= 1:
        raise ValueError(f"capacity is {capacity}; give a share of the customers above 0 and up to 1")
    mask = np.zeros(len(probability), bool)
    mask[np.argsort(-probability, kind="stable")[: max(1, round(capacity * len(probability)))]] = True
    return mask


def fairness(
    judgement: Judgement, segments: Segments, capacity: float, *, seed: int = 0
) -> dict[str, Fairness]:
    """Rates of each group when the riskiest `capacity` of all rows are contacted; for a task of two labels.

    Args:
        segments: groups of the judged rows; those below LEAST_ROWS rows are left out.
        seed: of the groups that are drawn at random.

    Raises:
        ValueError: the task has more than two labels, or `capacity` is out of range.
    """
    if len(judgement.labels) != 2:
        raise ValueError(f"fairness is of two labels, the task has {len(judgement.labels)}")
    p = judgement.probability[:, 1]
    chosen = contacted(p, capacity)
    random = np.random.default_rng(seed)
    found = {}
    for name, groups in segments.items():
        names, index, counts = np.unique(groups.astype(str), return_inverse=True, return_counts=True)
        large = np.flatnonzero(counts >= LEAST_ROWS)
        if len(large) > 1:
            found[name] = _fairness(judgement, names, index, large, chosen, random)
    return found


def _fairness(
    judgement: Judgement,
    names: NDArray[np.str_],
    index: NDArray[np.intp],
    large: NDArray[np.intp],
    chosen: NDArray[np.bool_],
    random: np.random.Generator,
) -> Fairness:
    p, y = judgement.probability[:, 1], judgement.outcome
    count = len(names)
    rates = _rates(index, count, chosen, y, p)[:, large]
    shuffled = np.array(
        [
            _spread(_rates(random.permutation(index), count, chosen, y, p)[:, large])
            for _ in range(_shuffles(len(y)))
        ]
    )
    chance = np.nanquantile(shuffled, BEYOND, axis=0)
    groups = [
        Group(
            str(names[place]),
            int((index == place).sum()),
            **dict(zip(MEASURES, rates[:, number].tolist(), strict=True)),
            calibration_error=metrics.calibration_error(
                y[index == place], p[index == place], _bins(index == place)
            ),
        )
        for number, place in enumerate(large)
    ]
    differences = {
        name: Difference(float(largest), float(by_chance))
        for name, largest, by_chance in zip(MEASURES, _spread(rates), chance, strict=True)
    }
    return Fairness(tuple(sorted(groups, key=lambda one: -one.rows)), differences)


def _shuffles(rows: int) -> int:
    """Fewer of many rows: each costs a pass over them, and chance is small there."""
    return int(np.clip(SHUFFLED_ROWS // rows, FEWEST_SHUFFLES, SHUFFLES))


def _bins(mask: NDArray[np.bool_]) -> int:
    return max(1, min(metrics.CALIBRATION_BINS, int(mask.sum()) // LEAST_ROWS))


def _rates(
    index: NDArray[np.intp], count: int, chosen: NDArray[np.bool_], y: NDArray[np.int64], p: Floats
) -> Floats:
    """MEASURES of each group, shape (measures, groups); NaN where a group has too few to say."""

    def total(weights: NDArray[np.floating] | NDArray[np.bool_] | NDArray[np.int64]) -> Floats:
        return np.bincount(index, weights, count).astype(np.float64)

    rows, events = total(np.ones(len(y))), total(y)
    others = rows - events
    return np.stack(
        [
            total(chosen) / rows,
            _share(total(chosen & (y == 1)), events),
            _share(total(chosen & (y == 0)), others),
            total(p - y) / rows,
        ]
    )


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole >= LEAST_OF_EACH)


def _spread(rates: Floats) -> Floats:
    """The largest difference between two groups, shape (measures,); NaN where fewer than two have a rate."""
    known = (~np.isnan(rates)).sum(axis=1) > 1
    low, high = (np.where(np.isnan(rates), fill, rates) for fill in (np.inf, -np.inf))
    spread: Floats = np.where(known, high.max(axis=1) - low.min(axis=1), np.nan)
    return spread
