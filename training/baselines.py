"""What a model has to beat: rules, RFM logistic regression, buy-till-you-die models, and last time's type.

Every baseline is fitted on training rows and predicts for test rows, and reads nothing but what was known at
each row's cutoff. A rule gives a rank, not a probability; each is turned into one by a logistic regression
in one variable on the training rows, so that Brier score and log loss compare like with like.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from training.bgnbd import BGNBD
from training.history import History
from training.outcomes import FloatArray, binary, class_numbers, with_both
from training.paretonbd import ParetoNBD

FITTED_CUSTOMERS = 20_000  # enough for four parameters; more only costs time

_SMALLEST = 1e-12  # distance of a probability from 0 and 1, before its log-odds


class Baseline(Protocol):
    """A way to foretell churn without a learned model of many features."""

    @property
    def name(self) -> str:
        """The prefix of its figures, such as `recency`."""

    def fit(self, history: History, churned: npt.ArrayLike) -> Self:
        """Learn from training rows and their outcomes (n,), 1 for churned."""

    def predict(self, history: History) -> FloatArray:
        """Return the probability (n,) of churn, in [0, 1], of test rows."""


class _Scored(ABC):
    """A baseline that scores rows and turns the score into a probability by logistic regression."""

    name: str
    _logistic: Pipeline | None = None

    def fit(self, history: History, churned: npt.ArrayLike) -> Self:
        """Learn from training rows and their outcomes (n,), 1 for churned.

        Raises:
            ValueError: lengths differ, only one outcome occurs, or the histories do not do for this baseline.
        """
        y, _ = binary(churned, history.days_since_last_order)
        self._learn(history)
        logistic = make_pipeline(StandardScaler(), LogisticRegression(C=1e4, max_iter=1000))
        self._logistic = logistic.fit(self._table(history), with_both(y))
        return self

    def predict(self, history: History) -> FloatArray:
        """Return the probability (n,) of churn, in [0, 1], of test rows.

        Raises:
            ValueError: the baseline is not fitted.
        """
        if self._logistic is None:
            raise ValueError(f"baseline {self.name!r} is not fitted; call fit with training rows first")
        return np.asarray(self._logistic.predict_proba(self._table(history))[:, 1], dtype=np.float64)

    def _table(self, history: History) -> FloatArray:
        return np.column_stack(self._columns(history)).astype(np.float64)

    def _learn(self, history: History) -> None:  # noqa: B027 (most baselines have nothing more to learn)
        """Learn what the columns need from training rows."""

    @abstractmethod
    def _columns(self, history: History) -> tuple[FloatArray, ...]:
        """Return what the logistic regression reads, each (n,)."""


class RecencyRule(_Scored):
    """The longer since the last order, the likelier gone."""

    name = "recency"

    def _columns(self, history: History) -> tuple[FloatArray, ...]:
        return (np.log1p(history.days_since_last_order),)


class CadenceRule(_Scored):
    """The longer since the last order for this customer's own rhythm, the likelier gone.

    The rhythm is the customer's mean gap, drawn towards the median customer's as if that gap had been seen
    `prior_gaps` times more: one gap says little, twenty say a lot.

    Raises:
        ValueError: `prior_gaps` is not above 0.
    """

    name = "cadence"

    def __init__(self, prior_gaps: float = 3.0) -> None:
        if not prior_gaps > 0:
            raise ValueError(f"prior_gaps is {prior_gaps}; give a number of gaps above 0, such as 3")
        self.prior_gaps = prior_gaps
        self.shop_days = np.nan

    def cadence(self, history: History) -> FloatArray:
        """Return the cadence (n,), in days, drawn towards the shop's; the shop's where there is none."""
        known = np.isfinite(history.cadence_days)
        gaps = np.where(known, np.maximum(history.repeat_order_days, 1.0), 0.0)
        own = np.where(known, history.cadence_days, 0.0)
        return (gaps * own + self.prior_gaps * self.shop_days) / (gaps + self.prior_gaps)

    def _learn(self, history: History) -> None:
        own = history.latest().cadence_days
        if not np.isfinite(own).any():
            raise ValueError(
                f"none of {len(own)} customers has a cadence; bring customers with repeat orders"
            )
        self.shop_days = float(np.nanmedian(own))

    def _columns(self, history: History) -> tuple[FloatArray, ...]:
        return (np.log1p(history.days_since_last_order / self.cadence(history)),)


class RFMLogistic(_Scored):
    """Logistic regression on log1p of recency, frequency in two windows, money, and tenure."""

    name = "rfm_logistic"

    def _columns(self, history: History) -> tuple[FloatArray, ...]:
        return (
            np.log1p(history.days_since_last_order),
            np.log1p(history.order_day_count_28d),
            np.log1p(history.order_day_count_90d),
            np.log1p(np.maximum(history.total_spend_90d, 0.0)),
            np.log1p(history.tenure_days),
        )


class BuyTillYouDie(_Scored):
    """BG/NBD or Pareto/NBD: the model's own probability of no order in the horizon.

    The parameters come from one row for each training customer, that of the latest cutoff (of more than
    20,000 customers, from a seeded sample of that size). A logistic regression on the log-odds over all
    training rows then makes up for what the model leaves out, such as that only recent buyers are scored;
    it keeps the order of the customers.

    Args:
        name: prefix of the figures.
        fit: `BGNBD.fit` or `ParetoNBD.fit`.
        horizon_days: length of the label window.
        seed: of the sample.
    """

    model: BGNBD | ParetoNBD

    def __init__(
        self, name: str, fit: Callable[..., BGNBD | ParetoNBD], horizon_days: float, seed: int = 0
    ) -> None:
        self.name = name
        self.horizon_days = horizon_days
        self._fit_model = fit
        self._seed = seed

    def _learn(self, history: History) -> None:
        latest = history.latest()
        if len(latest) > FITTED_CUSTOMERS:
            chosen = np.random.default_rng(self._seed).choice(len(latest), FITTED_CUSTOMERS, replace=False)
            latest = latest.rows(chosen)
        self.model = self._fit_model(latest.repeat_order_days, latest.recency_days, latest.age_days)

    def _columns(self, history: History) -> tuple[FloatArray, ...]:
        x, t_x, total = history.repeat_order_days, history.recency_days, history.age_days
        none = self.model.probability_of_no_purchase(self.horizon_days, x, t_x, total)
        return (logit(np.clip(none, _SMALLEST, 1.0 - _SMALLEST)),)


def churn_baselines(horizon_days: float) -> list[Baseline]:
    """Return a fresh one of every baseline for churn within `horizon_days`."""
    return [
        RecencyRule(),
        CadenceRule(),
        RFMLogistic(),
        BuyTillYouDie("bgnbd", BGNBD.fit, horizon_days),
        BuyTillYouDie("paretonbd", ParetoNBD.fit, horizon_days),
    ]


class TransitionTable:
    """The loyalty type to come, given the one of the last window: one row of probabilities per type.

    Counted on training rows with `smoothing` added to every cell (Laplace), so no type is impossible. A
    customer without a past type (-1) gets the smoothed shares of all training rows.
    """

    name = "transition"

    def __init__(self, labels: Sequence[str], smoothing: float = 1.0) -> None:
        if not smoothing > 0:
            raise ValueError(f"smoothing is {smoothing}; give a count above 0, such as 1")
        self.labels = tuple(labels)
        self.smoothing = smoothing
        self._table: FloatArray | None = None

    def fit(self, past: npt.ArrayLike, following: npt.ArrayLike) -> Self:
        """Count training rows.

        Args:
            past: (n,) number of the type in the window before the cutoff, -1 where unknown.
            following: (n,) number of the type after the cutoff.

        Raises:
            ValueError: lengths differ, there are no rows, or a number has no label.
        """
        count = len(self.labels)
        before, after = class_numbers(past, count, unknown=True), class_numbers(following, count)
        if len(before) != len(after):
            raise ValueError(f"{len(before)} past types and {len(after)} following; give one of each per row")
        cells = np.full((count + 1, count), self.smoothing)
        np.add.at(cells, (before, after), 1.0)  # row -1, the last, is that of the unknown
        cells[-1] = self.smoothing + np.bincount(after, minlength=count)
        self._table = cells / cells.sum(axis=1, keepdims=True)
        return self

    def predict(self, past: npt.ArrayLike) -> FloatArray:
        """Return probabilities (n, k) of the types, rows adding up to 1, in the order of the labels.

        Raises:
            ValueError: the table is not fitted, or a number has no label.
        """
        if self._table is None:
            raise ValueError(f"baseline {self.name!r} is not fitted; call fit with training rows first")
        return self._table[class_numbers(past, len(self.labels), unknown=True)]


class Persistence(TransitionTable):
    """The same loyalty type as in the last window, for sure; without one, the commonest of training rows."""

    name = "persistence"

    def predict(self, past: npt.ArrayLike) -> FloatArray:
        """Return probabilities (n, k), one 1 in each row.

        Raises:
            ValueError: the commonest type is not known because nothing was fitted, or a number has no label.
        """
        commonest = super().predict([-1])[0].argmax()
        before = class_numbers(past, len(self.labels), unknown=True)
        sure: FloatArray = np.eye(len(self.labels))[np.where(before == -1, commonest, before)]
        return sure
