"""Measure how far a churn probability may be from the truth.

Two things move it. Another sample of customers would have made another model: the model is fitted on complementary
halves of the customers, and half the difference of two such models has the variance of one that was fitted on all
(balanced half-samples, McCarthy 1969). And the level of churn moves from one horizon to the next: how far the models
of the folds were off in the months that they had not seen, less what chance does to so many customers.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import expit

from models.calibration import HeldOut
from models.spread import Spread

Floats = npt.NDArray[np.float64]
Scores = Callable[[npt.NDArray[np.int64]], Floats]
"""Fits on rows that are given as indices and gives the log-odds of the rows that are asked about."""

PAIRS = 3
ROWS_PER_POINT = 200
MOST_POINTS = 10
_FARTHEST = 20.0
"""No base rate is further from another one, in log-odds."""


def measure_spread(
    scores: Scores, customer_ids: npt.NDArray[np.object_], log_odds: Floats, movement: float, seed: int
) -> Spread:
    """The spread of a model's calibrated log-odds.

    Args:
        scores: fits as the model was fitted and gives calibrated log-odds of the rows asked about, (asked,).
        customer_ids: of the rows that the model was fitted on, (rows,).
        log_odds: what the model says of the rows asked about, calibrated, (asked,).
        movement: from `level_movement`.
    """
    customers, codes = np.unique(customer_ids.astype(str), return_inverse=True)
    generator = np.random.default_rng(seed)
    variance = np.zeros(len(log_odds))
    for _ in range(PAIRS):
        chosen = (generator.permutation(len(customers)) % 2 == 0)[codes]
        one, other = (scores(np.flatnonzero(half)) for half in (chosen, ~chosen))
        variance += (one - other) ** 2 / 4 / PAIRS
    points = min(MOST_POINTS, max(1, len(log_odds) // ROWS_PER_POINT))
    parts = np.array_split(np.argsort(log_odds, kind="stable"), points)
    at = [float(log_odds[part].mean()) for part in parts]
    deviations = [float(np.sqrt(variance[part].mean())) for part in parts]
    kept = [place for place in range(points) if place == 0 or at[place] > at[place - 1]]
    return Spread(
        tuple(at[place] for place in kept), tuple(deviations[place] for place in kept), movement=movement
    )


def level_movement(held_out: HeldOut, slope: float) -> float:
    """Standard deviation, in nats, by which the level of a later horizon is off beyond chance.

    Args:
        held_out: of folds by time and of two labels.
        slope: of the calibration.
    """
    levels, chance = [], []
    # a slope turns about the mean score: scores that are drawn together are no movement of the level
    middle = float(held_out.scores[:, 1].mean())
    for fold in range(int(held_out.fold.max()) + 1):
        rows = held_out.fold == fold
        known = middle + slope * (held_out.scores[rows, 1] - middle)
        known = known if held_out.offsets is None else known + held_out.offsets[rows]
        level, variance = _level(known, held_out.labels[rows])
        levels.append(level)
        chance.append(variance)
    return float(np.sqrt(max(0.0, float(np.mean(np.square(levels)) - np.mean(chance)))))


def _level(log_odds: Floats, labels: npt.NDArray[np.int64]) -> tuple[float, float]:
    """What has to be added to the log-odds for their mean to be true, and its variance by chance."""
    events = float(np.clip(labels.sum(), 0.5, len(labels) - 0.5))
    level = float(brentq(lambda added: float(expit(log_odds + added).sum()) - events, -_FARTHEST, _FARTHEST))
    probability = expit(log_odds + level)
    return level, 1 / float((probability * (1 - probability)).sum())
