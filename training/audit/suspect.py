"""A feature that is as good as the whole model: where both are very good, it probably knows the future.

How good a feature is alone is measured out of time, as the model is: the training rows give each of its values a
share of events, in bins, and the test rows are ranked by that. So missing values, keys and humps count as they do in
a tree, and nothing is chosen on the rows that judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training import metrics
from training.evaluation import Judgement
from training.rows import TrainingRows

Floats = NDArray[np.float64]
BINS = 64
"""Bins of equal mass of a feature's values; fewer where it has fewer values."""
MOST_VALUES = 256
"""A feature with no more different values has a bin for each: keys stand for texts, and have no order."""
PRIOR_ROWS = 20.0
"""A bin with so many rows is believed half, so that one of three rows is not."""
FITTED_ROWS = 100_000
"""So many training rows, drawn at random, are enough for the shares of bins."""

HIGH_AUROC = 0.9
"""A score above it, of the model or of one feature, is unusual: honest models of shops end near 0.87."""
NEAR_AUROC = 0.03
"""As good as the model is who is no further below it."""
LEAST_LEAD = 0.03
"""A suspect is so far ahead of every baseline and of PLAIN, which read orders before the cutoff only."""
SHARE_OF_LEAD = 0.5
"""A suspect brings, alone, at least this share of the model's lead over them."""
PLAIN = (
    "days_since_last_order",
    "order_day_count_28d",
    "order_day_count_90d",
    "total_spend_90d",
    "tenure_days",
    "cadence_days",
    "repeat_order_day_count",
)
"""What the baselines of churn read: plain counts of orders, which may rightly say nearly everything."""
NAMED = 5


@dataclass(frozen=True)
class Alone:
    """A feature and the AUROC (macro for several labels) that it reaches alone on held-out rows."""

    feature: str
    auroc: float


@dataclass(frozen=True)
class Suspect:
    """The feature that alone explains a score, with those that do so as well.

    Attributes:
        alone: the strongest feature.
        others: further ones that the rule names, strongest first.
        model, plain: AUROC of the whole model, and of the best among baselines and PLAIN features.
    """

    alone: Alone
    others: tuple[str, ...]
    model: float
    plain: float

    def __str__(self) -> str:
        others = f" (as good: {', '.join(self.others)})" if self.others else ""
        return (
            f"{self.alone.feature} alone reaches AUROC {self.alone.auroc:.3f}{others}, the model {self.model:.3f}, "
            f"the best rule or plain count of orders {self.plain:.3f}"
        )


def suspect_of(judgement: Judgement, strengths: Sequence[Alone]) -> Suspect | None:
    """The feature that is as good as the full model; None where no score is high, or no feature explains it.

    A column that is filled in after the fact may give away the newest outcomes only: then it is better than a model
    that learnt from older ones.

    Args:
        judgement: the model beside its baselines.
        strengths: from `alone_later` or `alone_across_customers`, strongest first.
    """
    model, plain = score_of(judgement)[0], plain_score(judgement, strengths)
    if not strengths or max(model, strengths[0].auroc) < HIGH_AUROC:
        return None
    least = max(model - NEAR_AUROC, plain + max(LEAST_LEAD, SHARE_OF_LEAD * (model - plain)))
    named = [one for one in strengths if one.auroc >= least]
    if not named:
        return None
    return Suspect(named[0], tuple(one.feature for one in named[1:NAMED]), model, plain)


def plain_score(judgement: Judgement, strengths: Sequence[Alone]) -> float:
    """The best AUROC among the baselines and the PLAIN features: what orders alone say."""
    return max(score_of(judgement)[1], *(one.auroc for one in strengths if one.feature in PLAIN), 0.0)


def score_of(judgement: Judgement) -> tuple[float, float]:
    """AUROC (macro for several labels) of the model and of its best baseline; 0.5 where it has none."""
    figures = judgement.figures
    own = figures["auroc" if len(judgement.labels) == 2 else "macro_auroc"]
    return own, judgement.strongest_baseline[1] if judgement.baselines else 0.5


def alone_later(train: TrainingRows, test: TrainingRows, labels: int, *, seed: int = 7) -> list[Alone]:
    """How good each feature is alone: fitted on the training rows, judged on the test rows; strongest first."""
    drawn = _draw(train, seed)
    outcome = _one_hot(drawn.labels, labels)
    found = [
        Alone(
            name, _auroc(test.labels, _ranked(drawn.matrix.values[:, i], outcome, test.matrix.values[:, i]))
        )
        for i, name in enumerate(train.matrix.names)
    ]
    return sorted(found, key=lambda one: -one.auroc)


def alone_across_customers(rows: TrainingRows, labels: int, *, seed: int = 7) -> list[Alone]:
    """The same at one cutoff: each half of the customers is ranked by what the other half shows."""
    customers, index = np.unique(rows.matrix.customer_ids.astype(str), return_inverse=True)
    half = (np.random.default_rng(seed).permutation(len(customers)) % 2 == 0)[index]
    parts = [rows.where(half), rows.where(~half)]
    pairs = ((parts[0], parts[1]), (parts[1], parts[0]))
    both = [{one.feature: one.auroc for one in alone_later(fit, held, labels)} for fit, held in pairs]
    found = [Alone(name, (both[0][name] + both[1][name]) / 2) for name in rows.matrix.names]
    return sorted(found, key=lambda one: -one.auroc)


def _draw(rows: TrainingRows, seed: int) -> TrainingRows:
    if len(rows) <= FITTED_ROWS:
        return rows
    mask = np.zeros(len(rows), bool)
    mask[np.random.default_rng(seed).choice(len(rows), FITTED_ROWS, replace=False)] = True
    return rows.where(mask)


def _one_hot(outcome: NDArray[np.int64], labels: int) -> Floats:
    return np.eye(labels)[outcome]


def _ranked(train: NDArray[np.float32], outcome: Floats, test: NDArray[np.float32]) -> Floats:
    """Shares of each label in the bins that test values fall into, shape (test rows, labels)."""
    edges = _edges(train)
    missing = len(edges) + 1
    bins, places = (
        np.where(np.isnan(values), missing, np.searchsorted(edges, values, side="right"))
        for values in (train, test)
    )
    rows = np.bincount(bins, minlength=missing + 1)
    mean = outcome.mean(axis=0)
    shares = np.stack(
        [
            (np.bincount(bins, outcome[:, label], missing + 1) + PRIOR_ROWS * mean[label])
            / (rows + PRIOR_ROWS)
            for label in range(outcome.shape[1])
        ],
        axis=1,
    )
    ranked: Floats = shares[places]
    return ranked


def _edges(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where one bin ends and the next begins."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.empty(0, np.float32)
    different = np.unique(known)
    if len(different) <= MOST_VALUES:
        return different[1:]
    return np.unique(np.quantile(known, np.arange(1, BINS) / BINS).astype(np.float32))


def _auroc(outcome: NDArray[np.int64], shares: Floats) -> float:
    if shares.shape[1] == 2:
        return metrics.auroc(outcome, shares[:, 1])
    return metrics.macro_auroc(outcome, shares)
