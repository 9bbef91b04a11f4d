"""What an action changes for whom, from a trial in which some were treated and some were not.

Five ways, each of which gives both outcome probabilities: two models, linear or boosted (T-learner, Kuenzel et al.
2019), one model of doubly robust scores (DR-learner, Kennedy 2023), a model of the response alone, which takes the
effect for proportional to it, and a rule on one feature. Which one is right depends on the trial; cross-validated
Qini tells, inside the rows given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from training.qini import qini_coefficient

Floats = npt.NDArray[np.float64]
Fitted = Callable[[Floats], Floats]
"""Gives (rows, 2): the probability of the outcome without the action and with it."""
FOLDS, REPEATS = 4, 3
_BOOSTING: dict[str, Any] = {
    "objective": "binary",
    "num_leaves": 6,
    "min_data_in_leaf": 300,
    "learning_rate": 0.05,
    "lambda_l2": 10.0,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
    "num_threads": 1,
}
_ROUNDS = 60
_LEAST_CHANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Trial:
    """Rows of a trial, n of them.

    Attributes:
        values: (n, f) features, without gaps.
        treated: (n,) 1 where the action was taken; given by chance, with the same probability for everybody.
        outcome: (n,) 1 where it happened.

    Raises:
        ValueError: lengths differ, or a group is missing.
    """

    values: Floats
    treated: Floats
    outcome: Floats

    def __post_init__(self) -> None:
        if not len(self.values) == len(self.treated) == len(self.outcome):
            raise ValueError("values, treated and outcome need one entry for each row")
        if not 0 < self.treated.sum() < len(self.treated):
            raise ValueError("a trial needs treated rows and controls; one of the groups is empty")

    def __len__(self) -> int:
        return len(self.outcome)

    def where(self, kept: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> Trial:
        """Some of the rows, by mask or by number."""
        return Trial(self.values[kept], self.treated[kept], self.outcome[kept])

    @property
    def controls(self) -> npt.NDArray[np.bool_]:
        """Mask of who was not treated."""
        return np.asarray(self.treated == 0)


Learner = Callable[[Trial], Fitted]


def two_linear(trial: Trial) -> Fitted:
    """A logistic regression for each group."""
    return _two(trial, _linear)


def two_boosted(trial: Trial) -> Fitted:
    """Boosted trees for each group."""
    return _two(trial, _boosted)


def doubly_robust(trial: Trial) -> Fitted:
    """A ridge regression of doubly robust scores, whose nuisance models are fitted on other rows."""
    share, scores = float(trial.treated.mean()), np.empty(len(trial))
    fold = np.arange(len(trial)) % FOLDS
    for number in range(FOLDS):
        held = fold == number
        known = two_boosted(trial.where(~held))(trial.values[held])
        y, w = trial.outcome[held], trial.treated[held]
        scores[held] = (
            known[:, 1]
            - known[:, 0]
            + w * (y - known[:, 1]) / share
            - (1 - w) * (y - known[:, 0]) / (1 - share)
        )
    effect = make_pipeline(StandardScaler(), Ridge(300.0)).fit(trial.values, scores)
    without = _linear(trial.values[trial.controls], trial.outcome[trial.controls])

    def predict(values: Floats) -> Floats:
        base = without(values)
        return np.column_stack([base, np.clip(base + effect.predict(values), 0, 1)])

    return predict


def response(trial: Trial) -> Fitted:
    """Boosted trees on the treated; without the action the outcome is as much rarer as among the controls."""
    share = trial.outcome[trial.controls].mean() / max(trial.outcome[~trial.controls].mean(), _LEAST_CHANCE)
    with_action = _boosted(trial.values[~trial.controls], trial.outcome[~trial.controls])

    def predict(values: Floats) -> Floats:
        likely = with_action(values)
        return np.column_stack([np.clip(share * likely, 0, 1), likely])

    return predict


def rule(trial: Trial) -> Fitted:
    """The split of one feature in two that ranks best, with the shares of its four cells."""
    best: tuple[float, int, float] | None = None
    for column in range(trial.values.shape[1]):
        for edge in _edges(trial.values[:, column]):
            above = trial.values[:, column] > edge
            if min(_counts(trial, above)) == 0:
                continue
            cells = _cells(trial, above)
            uplift = np.where(above, cells[1, 1] - cells[1, 0], cells[0, 1] - cells[0, 0])
            found = qini_coefficient(trial.outcome, uplift, trial.treated)
            if best is None or found > best[0]:
                best = (found, column, edge)
    if best is None:
        share = [float(trial.outcome[group].mean()) for group in (trial.controls, ~trial.controls)]
        return lambda values: np.tile(share, (len(values), 1))
    _, chosen, at = best
    shares = _cells(trial, trial.values[:, chosen] > at)
    return lambda values: shares[(values[:, chosen] > at).astype(np.int64)]


LEARNERS: Mapping[str, Learner] = {
    "rule": rule,
    "response": response,
    "t_linear": two_linear,
    "dr_linear": doubly_robust,
    "t_boosted": two_boosted,
}
"""The simplest first."""


@dataclass(frozen=True)
class Chosen:
    """The learner that was chosen, fitted on all rows.

    Attributes:
        qini: mean held-out coefficient of every learner.
    """

    name: str
    predict: Fitted
    qini: Mapping[str, float]


def choose(trial: Trial, *, seed: int = 7, repeats: int = REPEATS) -> Chosen:
    """Choose the simplest learner whose Qini on held-out rows is the best by one standard error, and fit it.

    What an action changes is faint beside chance, so that the best of several is often the luckiest (Breiman et al.
    1984 choose by one standard error for that reason).

    Args:
        repeats: of the cross-validation in FOLDS parts; one alone is as much luck as skill.
    """
    found: dict[str, list[float]] = {name: [] for name in LEARNERS}
    for repeat in range(repeats):
        fold = np.random.default_rng([seed, repeat]).permutation(len(trial)) % FOLDS
        for number in range(FOLDS):
            held, kept = trial.where(fold == number), trial.where(fold != number)
            for name, learner in LEARNERS.items():
                found[name].append(
                    qini_coefficient(held.outcome, uplift(learner(kept)(held.values)), held.treated)
                )
    mean = {name: float(np.mean(values)) for name, values in found.items()}
    best = max(mean, key=lambda name: mean[name])
    chosen = next(name for name in LEARNERS if _as_good(np.array(found[name]), np.array(found[best])))
    return Chosen(chosen, LEARNERS[chosen](trial), mean)


def _as_good(held: Floats, best: Floats) -> bool:
    """Whether coefficients (folds,) are behind the best by no more than a standard error of the difference."""
    behind = best - held
    return bool(behind.mean() <= behind.std(ddof=1) / np.sqrt(len(behind)))


def uplift(probability: Floats) -> Floats:
    """What the action adds to the probability of the outcome, (rows,), from (rows, 2)."""
    return np.asarray(probability[:, 1] - probability[:, 0])


def uplift_interval(
    learner: Learner, trial: Trial, values: Floats, *, draws: int = 40, seed: int = 7
) -> tuple[Floats, Floats]:
    """Bounds (rows,) of the uplift of rows, 19 times out of 20, from learners that were fitted on drawn rows."""
    random = np.random.default_rng(seed)
    found = [
        uplift(learner(trial.where(random.integers(0, len(trial), len(trial))))(values)) for _ in range(draws)
    ]
    middle, spread = np.mean(found, axis=0), 1.96 * np.std(found, axis=0)
    return middle - spread, middle + spread


def _two(trial: Trial, fit: Callable[[Floats, Floats], Callable[[Floats], Floats]]) -> Fitted:
    models = [fit(trial.values[group], trial.outcome[group]) for group in (trial.controls, ~trial.controls)]
    return lambda values: np.column_stack([model(values) for model in models])


def _linear(values: Floats, outcome: Floats) -> Callable[[Floats], Floats]:
    if len(np.unique(outcome)) < 2:
        return lambda rows: np.full(len(rows), float(outcome[0]))
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=300)).fit(values, outcome)
    return lambda rows: np.asarray(model.predict_proba(rows)[:, 1], np.float64)


def _boosted(values: Floats, outcome: Floats) -> Callable[[Floats], Floats]:
    model = lgb.train(_BOOSTING | {"seed": 7}, lgb.Dataset(values, outcome), _ROUNDS)
    return lambda rows: np.asarray(model.predict(rows, num_threads=1), np.float64)


def _edges(values: Floats) -> Floats:
    kinds = np.unique(values)
    if len(kinds) < 2:
        return np.empty(0)
    return np.array([kinds.mean()]) if len(kinds) == 2 else np.unique(np.quantile(values, [0.25, 0.5, 0.75]))


def _counts(trial: Trial, above: npt.NDArray[np.bool_]) -> list[int]:
    return [
        int((side & group).sum()) for side in (~above, above) for group in (trial.controls, ~trial.controls)
    ]


def _cells(trial: Trial, above: npt.NDArray[np.bool_]) -> Floats:
    """Share with the outcome, (2, 2): below and above, without the action and with it."""
    groups = (trial.controls, ~trial.controls)
    return np.array([[trial.outcome[side & group].mean() for group in groups] for side in (~above, above)])
