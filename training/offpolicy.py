"""What a policy would have earned, from decisions that another one made with known probabilities.

Four estimates of the mean reward: importance weighting (Horvitz and Thompson 1952), the same self-normalised
(Hajek 1971), the direct method, and doubly robust (Dudik, Langford and Li 2011). Intervals treat the decisions about
one customer as one, since they hang together. How much the decisions can say is told by the effective sample size
(Kish 1965) and by the share of the policy's choices that could have been logged at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.offer_effects import LEVEL_Z

Floats = npt.NDArray[np.float64]
_SUM_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Logged:
    """Decisions about customers and what came of them; n decisions, k actions, of which one may be no offer.

    Attributes:
        customer_ids: (n,) whose decision it is.
        action: (n,) index of what was chosen.
        propensity: (n, k) probability of each action when it was decided; 0 where it was not eligible.
        reward: (n,) what came of it.

    Raises:
        ValueError: shapes do not go together, or an action was chosen that had no probability.
    """

    customer_ids: npt.NDArray[np.object_]
    action: npt.NDArray[np.int64]
    propensity: Floats
    reward: Floats

    def __post_init__(self) -> None:
        n = len(self.action)
        if self.propensity.ndim != 2 or {len(self.customer_ids), len(self.propensity), len(self.reward)} != {
            n
        }:
            raise ValueError("customer_ids, action, propensity and reward need one row for each decision")
        if not n:
            raise ValueError("there is no decision to learn from")
        if not np.isfinite(self.reward).all():
            raise ValueError(f"the reward of {int((~np.isfinite(self.reward)).sum())} decisions is not known")
        if (self.own_propensity <= 0).any():
            unknown = int((self.own_propensity <= 0).sum())
            raise ValueError(
                f"{unknown} of {n} decisions have no probability of what was chosen; without logged propensities "
                "no policy can be judged by them"
            )

    def __len__(self) -> int:
        return len(self.action)

    @property
    def own_propensity(self) -> Floats:
        """(n,) probability of the action that was chosen."""
        own: Floats = self.propensity[np.arange(len(self)), self.action]
        return own

    def where(self, kept: npt.NDArray[np.bool_]) -> Logged:
        """Some of the decisions, mask (n,)."""
        return Logged(self.customer_ids[kept], self.action[kept], self.propensity[kept], self.reward[kept])


@dataclass(frozen=True)
class Estimate:
    """Mean reward of a decision, and its 95 % interval by customer."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Evaluation:
    """What a policy is estimated to earn a decision.

    Attributes:
        effective_decisions: so many decisions of the policy's own would tell as much.
        supported: share of the policy's choices that could have been logged.
        largest_weight: of a decision; a few large ones carry an estimate that chance made.
    """

    ips: Estimate
    snips: Estimate
    direct: Estimate
    doubly_robust: Estimate
    effective_decisions: float
    supported: float
    largest_weight: float
    decisions: int

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            name: vars(value) if isinstance(value, Estimate) else value for name, value in vars(self).items()
        }


def evaluate(logged: Logged, policy: Floats, expected: Floats) -> Evaluation:
    """Estimate what a policy would have earned.

    Args:
        policy: (n, k) probability of each action under the policy, rows adding up to 1; it may not have seen what
            came of these decisions.
        expected: (n, k) reward that a model expects of each action; fitted on earlier decisions or other customers.

    Raises:
        ValueError: shapes do not fit, or the policy's probabilities do not add up.
    """
    _checked(logged, policy, expected)
    rows = np.arange(len(logged))
    weight = policy[rows, logged.action] / logged.own_propensity
    direct = (policy * expected).sum(axis=1)
    residual = logged.reward - expected[rows, logged.action]
    clusters = _clusters(logged.customer_ids)
    ratio = float((weight * logged.reward).sum() / max(weight.sum(), 1e-300))
    influence = weight * (logged.reward - ratio) / max(weight.mean(), 1e-300)
    return Evaluation(
        ips=_mean(weight * logged.reward, clusters),
        snips=_around(ratio, influence, clusters),
        direct=_mean(direct, clusters),
        doubly_robust=_mean(direct + weight * residual, clusters),
        effective_decisions=float(weight.sum() ** 2 / max((weight**2).sum(), 1e-300)),
        supported=float((policy * (logged.propensity > 0)).sum(axis=1).mean()),
        largest_weight=float(weight.max()),
        decisions=len(logged),
    )


def lead(logged: Logged, policy: Floats, other: Floats, expected: Floats) -> Estimate:
    """How much more a policy earns a decision than another, doubly robust, on the same decisions.

    Args:
        policy, other: (n, k) probabilities.
        expected: as `evaluate` takes it.
    """
    _checked(logged, policy, expected)
    _checked(logged, other, expected)
    rows = np.arange(len(logged))
    residual = logged.reward - expected[rows, logged.action]

    def rewards(probabilities: Floats) -> Floats:
        weight = probabilities[rows, logged.action] / logged.own_propensity
        return np.asarray((probabilities * expected).sum(axis=1) + weight * residual)

    return _mean(rewards(policy) - rewards(other), _clusters(logged.customer_ids))


def _checked(logged: Logged, policy: Floats, expected: Floats) -> None:
    for name, given in (("policy", policy), ("expected", expected)):
        if given.shape != logged.propensity.shape:
            raise ValueError(f"{name} has shape {given.shape}, the decisions {logged.propensity.shape}")
    off = float(np.abs(policy.sum(axis=1) - 1).max())
    if off > _SUM_TOLERANCE or (policy < 0).any():
        raise ValueError(f"probabilities of the policy have to add up to 1; they are off by {off:.2g}")


def _clusters(customer_ids: npt.NDArray[np.object_]) -> npt.NDArray[np.int64]:
    _, codes = np.unique(customer_ids.astype(str), return_inverse=True)
    return np.asarray(codes, np.int64)


def _mean(values: Floats, clusters: npt.NDArray[np.int64]) -> Estimate:
    mean = float(values.mean())
    return _around(mean, values - mean, clusters)


def _around(value: float, influence: Floats, clusters: npt.NDArray[np.int64]) -> Estimate:
    """The interval by the spread of the sums of each customer's influence."""
    sums = np.bincount(clusters, weights=influence)
    count = len(sums)
    if count < 2:
        return Estimate(value, -np.inf, np.inf)
    error = float(np.sqrt((sums**2).sum() * count / (count - 1))) / len(influence)
    return Estimate(value, value - LEVEL_Z * error, value + LEVEL_Z * error)
