"""What offers changed, measured on logged decisions: by arm, by offer and by loyalty type, beside no offer.

Whom an offer reached is compared with those who could have had it and got none: customers of the holdout, or
decisions in which chance made no offer. Each decision counts by one over the probability with which it fell (Hajek
1971), so that both sides are those who could have the offer. A customer's decisions that lie closer together than the
horizon count as the first of them, since their outcomes are the same orders. Intervals are by customer. Campaigns
choose their customers, so they are compared apart, with those whom they would have contacted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import chisquare

from features.catalogue import FEATURES
from features.feeders.embedded import Feeder, feature_matrix, open_feeder
from features.matrix import FeatureMatrix
from features.permission import profiling_permit
from features.settings import Settings
from features.tables.report import load_report
from features.workspace import Workspace
from models.offer_effects import LEVEL_Z, NO_OFFER
from training.decision_log import HORIZON_DAYS, DecisionLog, read_decisions
from training.job import span
from training.movement import types_before
from training.offpolicy import Estimate
from training.rows import TrainingRows
from training.takings import Takings
from training.within import days_to_next_order

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
POLICY, RANDOM, HOLDOUT = "policy", "random", "holdout"
EVERYBODY, ANY_OFFER, CAMPAIGNS = "everybody", "any offer", "campaigns"
LEAST_CUSTOMERS = 30
"""Fewer on either side say nothing worth a line."""
RATIO_P = 0.001
"""Less probable than this, arms are not what they were set to."""


@dataclass(frozen=True)
class Measured:
    """What one kind of decision changed beside no offer, within the horizon.

    Attributes:
        kind: "arm", "campaign" or "offer"; the first and the last are of the service's decisions.
        name: the arm, CAMPAIGNS, the offer, or ANY_OFFER.
        type: the loyalty type, or EVERYBODY.
        customers, compared: with it and without.
        margin: that a decision added, after redemptions and contacts, minor units.
        orders: change of the share who ordered.
        redemption: share who redeemed.
        cost_per_saved: redemptions and contacts for each customer who ordered because of it, minor units; None where
            it is not beyond doubt that there are any.
    """

    kind: str
    name: str
    type: str
    customers: int
    compared: int
    margin: Estimate
    orders: Estimate
    redemption: Estimate
    cost_per_saved: float | None

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            name: vars(value) if isinstance(value, Estimate) else value for name, value in vars(self).items()
        }


@dataclass(frozen=True)
class ArmShare:
    """Customers of an arm, and the share of the customers that it was set to."""

    arm: str
    customers: int
    set_to: float


@dataclass(frozen=True)
class MeasuredEffects:
    """Everything that was measured.

    Attributes:
        decisions: that count.
        arms: empty where the log knows none.
        ratio_p: how probable so uneven arms are by chance (Pearson's chi-squared); None without arms.
        measured: arms first, then offers, each for everybody and by type.
    """

    decisions: int
    horizon_days: int
    arms: tuple[ArmShare, ...]
    ratio_p: float | None
    measured: tuple[Measured, ...]

    @property
    def arms_are_as_set(self) -> bool:
        """Whether customers fell into the arms as they should have."""
        return self.ratio_p is None or self.ratio_p >= RATIO_P

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "decisions": self.decisions,
            "horizon_days": self.horizon_days,
            "arms": [vars(arm) for arm in self.arms],
            "ratio_p": self.ratio_p,
            "arms_are_as_set": self.arms_are_as_set,
            "measured": [one.to_json() for one in self.measured],
        }


@dataclass(frozen=True, eq=False)
class Results:
    """What came of decisions, (n,) each: margin after all costs, whether an order followed, what it cost."""

    margin: Floats
    ordered: Floats
    cost: Floats


def measure_effects(
    settings: Settings, workspace: Workspace, *, contact_cost: float = 0.0
) -> MeasuredEffects:
    """Measure on the validated log every decision whose outcome is known.

    Args:
        contact_cost: of making an offer at all, minor units.

    Raises:
        ValueError: no decision was logged with its propensities, or none has a known outcome yet.
    """
    as_of, _ = span(load_report(workspace.tables))
    log = read_decisions(workspace.tables, HORIZON_DAYS)
    log = log.where(profiling_permit(settings, workspace)(log.customer_ids))
    end = np.datetime64(as_of.astimezone(UTC).replace(tzinfo=None), "us")
    log = log.where(log.decided_at + np.timedelta64(HORIZON_DAYS, "D") <= end)
    if not len(log):
        raise ValueError(f"no decision lies {HORIZON_DAYS} days before the end of the data; wait until then")
    log = log.where(once_a_horizon(log))
    with open_feeder(settings, workspace) as feeder:
        days = log.decided_at.astype("datetime64[D]").astype("datetime64[us]")
        rows = FeatureMatrix(log.customer_ids, days, (), np.empty((len(log), 0), np.float32))
        known = np.isin(log.customer_ids.astype(str), feeder.ids.to_numpy(zero_copy_only=False).astype(str))
        log, rows = log.where(known), rows.where(known)
        takings = Takings.read(feeder, settings.value.margin_rate)
        next_order = days_to_next_order(feeder, TrainingRows(rows, np.zeros(len(rows), np.int64)))
        types = _types(feeder, settings, log)
    cost = log.cost + contact_cost * (log.offer != NO_OFFER)
    margin = takings.margin_between(rows, 0, HORIZON_DAYS) - cost
    results = Results(margin, (next_order < HORIZON_DAYS).astype(np.float64), cost)
    offers = settings.offers
    shares = {POLICY: 1 - offers.holdout - offers.random, RANDOM: offers.random, HOLDOUT: offers.holdout}
    arms, ratio_p = arm_shares(log, shares)
    return MeasuredEffects(
        len(log), HORIZON_DAYS, arms, ratio_p, tuple(measured(log, results, types, with_arms=bool(arms)))
    )


def once_a_horizon(log: DecisionLog, horizon_days: int = HORIZON_DAYS) -> Mask:
    """Decisions that lie a horizon or more after the customer's one before that counts, (n,)."""
    kept = np.zeros(len(log), bool)
    until: dict[str, np.datetime64] = {}
    horizon = np.timedelta64(horizon_days, "D")
    for place in np.argsort(log.decided_at, kind="stable").tolist():
        customer, at = str(log.customer_ids[place]), log.decided_at[place]
        if customer not in until or at >= until[customer]:
            kept[place], until[customer] = True, at + horizon
    return kept


def arm_shares(log: DecisionLog, shares: Mapping[str, float]) -> tuple[tuple[ArmShare, ...], float | None]:
    """How many customers are in each arm, and how probable that is by chance; nothing where there is no holdout.

    Args:
        shares: of the customers, that arms are set to.
    """
    counts = {
        arm: len(np.unique(log.customer_ids[log.arm == arm].astype(str)))
        for arm, share in shares.items()
        if share > 0
    }
    if not counts.get(HOLDOUT):
        return (), None
    total = sum(counts.values())
    set_to = np.array([shares[arm] for arm in counts])
    set_to /= set_to.sum()
    found = tuple(
        ArmShare(arm, count, float(share)) for (arm, count), share in zip(counts.items(), set_to, strict=True)
    )
    if len(counts) == 1:
        return found, None
    return found, float(chisquare(list(counts.values()), total * set_to).pvalue)


def measured(
    log: DecisionLog, results: Results, types: npt.NDArray[np.object_], *, with_arms: bool
) -> list[Measured]:
    """Every comparison that enough customers tell of.

    Args:
        types: (n,) loyalty type of each decision's customer.
        with_arms: whether arms are compared too.
    """
    sides, planned = [], log.planned
    none, some = log.offer == NO_OFFER, log.able.any(axis=1) & ~planned
    if with_arms:
        held_out = log.arm == HOLDOUT
        sides = [
            ("arm", arm, (log.arm == arm) & log.reachable & ~planned, held_out & log.reachable & ~planned)
            for arm in (POLICY, RANDOM)
        ]
        sides.append(("campaign", CAMPAIGNS, planned & ~none, planned & held_out))
    sides.append(("offer", ANY_OFFER, ~none & some, none & some))
    for number, offer in enumerate(log.offers):
        able = log.able[:, number] & ~planned
        sides.append(("offer", offer, (log.offer == number) & able, none & able))
    found = []
    for kind, name, treated, control in sides:
        weights = np.ones(len(log)) if kind != "offer" or name == ANY_OFFER else 1 / log.own_propensity
        for type_name in (EVERYBODY, *np.unique(types.astype(str)).tolist()):
            of_type = np.ones(len(log), bool) if type_name == EVERYBODY else types == type_name
            one = _compared(log, results, weights, treated & of_type, control & of_type)
            if one is not None:
                found.append(Measured(kind, name, type_name, *one))
    return found


def _compared(
    log: DecisionLog, results: Results, weights: Floats, treated: Mask, control: Mask
) -> tuple[int, int, Estimate, Estimate, Estimate, float | None] | None:
    _, customer = np.unique(log.customer_ids.astype(str), return_inverse=True)
    reached, compared = (len(np.unique(customer[side])) for side in (treated, control))
    if min(reached, compared) < LEAST_CUSTOMERS:
        return None

    def difference(values: Floats, beside: Mask) -> Estimate:
        first, second = (np.where(side, weights, 0.0) for side in (treated, beside))
        influence, value = np.zeros(len(values)), 0.0
        for weight, sign in ((first, 1.0), (second, -1.0)):
            if not weight.any():
                continue
            mean = float((weight * values).sum() / weight.sum())
            value += sign * mean
            influence += sign * weight * (values - mean) / weight.sum()
        sums = np.bincount(customer, weights=influence)
        error = float(np.sqrt((sums**2).sum()))
        return Estimate(value, value - LEVEL_Z * error, value + LEVEL_Z * error)

    nobody = np.zeros(len(log), bool)
    orders = difference(results.ordered, control)
    redeemed = difference(log.redeemed.astype(np.float64), nobody)
    spent = difference(results.cost, nobody).value
    saved = spent / orders.value if orders.low > 0 else None
    return reached, compared, difference(results.margin, control), orders, redeemed, saved


def _types(feeder: Feeder, settings: Settings, log: DecisionLog) -> npt.NDArray[np.object_]:
    """Loyalty type (n,) by the rule at the beginning of each decision's month; "unknown" before a first order."""
    months = log.decided_at.astype("datetime64[M]")
    cutoffs = [_utc(month) for month in np.unique(months)]
    orders = FEATURES["order_count_30d"].over(settings.loyalty.window_days)
    matrix = feature_matrix(feeder, [orders], cutoffs)
    told = types_before(feeder, matrix, settings.loyalty) if len(matrix) else np.empty(0, object)
    at = matrix.cutoffs.astype("datetime64[M]").tolist()
    place = dict(zip(zip(matrix.customer_ids, at, strict=True), told, strict=True))
    asked = zip(log.customer_ids, months.tolist(), strict=True)
    return np.array([place.get(key, "unknown") for key in asked], object)


def _utc(month: np.datetime64) -> datetime:
    found: datetime = month.astype("datetime64[us]").item()
    return found.replace(tzinfo=UTC)
