"""Is a learned policy better than the one that decided? From logged decisions, on later ones than it has seen.

The first part of the log teaches: models of churn and loyalty type on everything before the split, and effects of
offers on the decisions whose outcomes were known by then. The rest judges, and nothing that is judged has seen any of
it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from features.catalogue import FEATURES, available
from features.feeders.embedded import Feeder, feature_matrix, open_feeder
from features.matrix import FeatureMatrix
from features.permission import Permit, profiling_permit
from features.settings import Settings
from features.tables.report import load_report
from features.workspace import Workspace
from models.artifact import Model
from models.offer_effects import NO_OFFER, Context, OfferEffects, best_offer
from training.decision_log import HORIZON_DAYS, DecisionLog, read_decisions
from training.effects import fit_effects
from training.fit import fit_model, folds_by_customer, folds_by_time
from training.horizon import choose_active_days
from training.job import Progress, silent, span
from training.loyalty import choose_min_orders
from training.offpolicy import Estimate, Evaluation, Logged, evaluate, lead
from training.rows import TrainingRows, aligned, training_rows
from training.suited import suited_parameters
from training.takings import Takings
from training.tasks import Churn, LoyaltyType, Task
from training.within import days_to_next_order

Floats = npt.NDArray[np.float64]
TAUGHT = 0.6
"""Share of the decisions that teach."""
LEAST_DECISIONS, LEAST_EFFECTIVE, LEAST_SUPPORTED = 400, 200.0, 0.99
MOST_CUTOFFS = 8
LOGGED, NOTHING, RANDOM, SINGLE, LEARNED = "as logged", "no offer", "random", "best single", "learned"


@dataclass(frozen=True)
class Judged:
    """A policy, what it would earn a decision, and how much more than what was logged."""

    name: str
    evaluation: Evaluation
    lead: Estimate


@dataclass(frozen=True, eq=False)
class PolicyReport:
    """What the log says of several policies; money in minor units.

    Attributes:
        split: decisions before it taught, those from it on judged.
        offers: that were logged.
        effects: what the learned policy goes by.
    """

    split: datetime
    taught: int
    judged: tuple[Judged, ...]
    offers: tuple[str, ...]
    types: tuple[str, ...]
    effects: OfferEffects

    @property
    def learned(self) -> Judged:
        """The learned policy."""
        return next(one for one in self.judged if one.name == LEARNED)

    @property
    def refusals(self) -> tuple[str, ...]:
        """Why the learned policy may not be promoted; none where it may."""
        own, found = self.learned, []
        if own.lead.low <= 0:
            found.append(
                f"its lead over the logged policy is {own.lead.value:+.0f} minor units a decision, "
                f"but may be {own.lead.low:+.0f}"
            )
        if own.evaluation.effective_decisions < LEAST_EFFECTIVE:
            found.append(
                f"only {own.evaluation.effective_decisions:.0f} decisions tell of it, {LEAST_EFFECTIVE:.0f} are "
                "needed"
            )
        if own.evaluation.supported < LEAST_SUPPORTED:
            found.append(f"{1 - own.evaluation.supported:.1%} of its choices could never have been logged")
        return tuple(found)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "split": self.split.isoformat(),
            "taught": self.taught,
            "policies": [
                {"name": one.name, "lead": vars(one.lead)} | one.evaluation.to_json() for one in self.judged
            ],
            "refusals": list(self.refusals),
        }


def judge_policies(
    settings: Settings,
    workspace: Workspace,
    mechanism: Mapping[str, str],
    *,
    contact_cost: float = 0.0,
    progress: Progress | None = None,
) -> PolicyReport:
    """Learn a policy from the first decisions of the validated log, and judge it and simple ones on the later ones.

    Args:
        mechanism: of each offer, the loyalty type that it speaks to, or `any`.
        contact_cost: of making an offer at all, minor units.

    Raises:
        ValueError: no decision was logged with its propensities, there are too few with known outcomes, or none made
            no offer.
    """
    tell = progress or silent
    as_of, first = span(load_report(workspace.tables))
    log = read_decisions(workspace.tables, HORIZON_DAYS)
    permit = profiling_permit(settings, workspace)
    # a campaign leaves nothing to chance in what it offers, so its decisions say nothing of another policy
    log = log.where(permit(log.customer_ids) & ~log.planned)
    log = log.where(log.decided_at + np.timedelta64(HORIZON_DAYS, "D") <= _naive(as_of))
    if len(log) < LEAST_DECISIONS:
        raise ValueError(
            f"{len(log)} logged decisions have outcomes of {HORIZON_DAYS} days; {LEAST_DECISIONS} are needed to "
            "learn from some and judge on others"
        )
    split = _utc(log.decided_at[int(TAUGHT * len(log))])
    tell("policies: models", 0, 3)
    with open_feeder(settings, workspace) as feeder:
        models = _models(feeder, settings, permit, first, split)
        tell("policies: decisions", 1, 3)
        log, matrix = _with_features(feeder, log)
        rows = TrainingRows(matrix, np.zeros(len(matrix), np.int64))
        ordered = (days_to_next_order(feeder, rows) < HORIZON_DAYS).astype(np.int64)
        takings = Takings.read(feeder, settings.value.margin_rate)
        reward = takings.margin_between(matrix, 0, HORIZON_DAYS) - log.cost
    reward = reward - contact_cost * (log.offer != NO_OFFER)
    context = context_of(models, matrix)
    taught = log.decided_at + np.timedelta64(HORIZON_DAYS, "D") <= _naive(split)
    later = log.decided_at >= _naive(split)
    types = models[1].labels
    kinds = [
        types.index(kind) if (kind := mechanism.get(offer, "any")) in types else -1 for offer in log.offers
    ]
    share = float(takings.margins.sum() / max(takings.amounts.sum(), 1.0))
    outcomes = log.where(taught).outcomes(ordered[taught])
    effects = fit_effects(context.where(taught), outcomes, kinds, margin_share=share)
    tell("policies: judging", 2, 3)
    anyway = _reward_without(context, log, reward, taught, effects)
    judged = _judged(
        log.where(later), reward[later], context.where(later), anyway[later], effects, contact_cost
    )
    tell("policies: judging", 3, 3)
    return PolicyReport(split, int(taught.sum()), judged, log.offers, types, effects)


def _judged(
    log: DecisionLog,
    reward: Floats,
    context: Context,
    anyway: Floats,
    effects: OfferEffects,
    contact_cost: float,
) -> tuple[Judged, ...]:
    margin, k = effects.margin(context, contact_cost), len(log.offers)
    able = log.propensity[:, :k] > 0
    action = np.where(log.offer == NO_OFFER, k, log.offer)
    logged = Logged(log.customer_ids, action, log.propensity, reward)
    expected = np.column_stack([anyway[:, None] + margin, anyway])
    single = int(np.where(able, margin, 0.0).mean(axis=0).argmax())
    even = np.where(able, 1.0, 0.0)
    nobody = even.sum(axis=1) == 0
    policies = {
        LOGGED: log.propensity,
        NOTHING: _surely(np.full(len(log), k), k),
        RANDOM: np.column_stack([even / np.maximum(even.sum(axis=1), 1)[:, None], nobody]),
        SINGLE: _surely(np.where(able[:, single], single, k), k),
        LEARNED: _surely(np.where((best := best_offer(margin, able)) == NO_OFFER, k, best), k),
    }
    return tuple(
        Judged(name, evaluate(logged, policy, expected), lead(logged, policy, log.propensity, expected))
        for name, policy in policies.items()
    )


def _surely(action: npt.NDArray[np.int64], k: int) -> Floats:
    """Probabilities (n, k + 1) of a policy that does not draw."""
    return np.asarray(action[:, None] == np.arange(k + 1), np.float64)


def _reward_without(
    context: Context,
    log: DecisionLog,
    reward: Floats,
    taught: npt.NDArray[np.bool_],
    effects: OfferEffects,
) -> Floats:
    """Expected reward with no offer, (n,): a line in the chance of an order times its margin."""
    value = context.base * effects.margin_share * effects.value_of_order(context)
    own = taught & (log.offer == NO_OFFER)
    table = np.column_stack([np.ones(len(value)), value])
    found, *_ = np.linalg.lstsq(table[own], reward[own], rcond=None)
    return np.asarray(table @ found)


def _models(
    feeder: Feeder, settings: Settings, permit: Permit, first: datetime, split: datetime
) -> tuple[Model, Model]:
    """Models of churn and loyalty type that saw nothing from the split on."""
    features, known = available(feeder.present), (split - first).days
    active = settings.churn.active_days or choose_active_days(HORIZON_DAYS)
    window = min(settings.loyalty.window_days, max(known // 2, 7))
    churn = Churn(HORIZON_DAYS, active)
    months = [split - timedelta(days=HORIZON_DAYS * back) for back in range(MOST_CUTOFFS, 0, -1)]
    months = [at for at in months if at - first >= timedelta(days=HORIZON_DAYS)]
    if not months:
        raise ValueError(
            f"the first decision that judges lies {known} days after the first order; two horizons of {HORIZON_DAYS} "
            "days are needed to learn who stays anyway"
        )
    half = split - timedelta(days=window)
    orders = (
        feature_matrix(feeder, [FEATURES["order_count_30d"].over(window)], [half])
        .values[:, 0]
        .astype(np.float64)
    )
    types = LoyaltyType(
        window, settings.loyalty.min_orders or choose_min_orders(orders), settings.loyalty.threshold
    )
    seed = settings.training.seed
    leaving = training_rows(churn, feeder, features, months)
    kinds = training_rows(types, feeder, features, [half])
    return (
        _fitted(churn, leaving.where(permit(leaving.matrix.customer_ids)), seed),
        _fitted(types, kinds.where(permit(kinds.matrix.customer_ids)), seed),
    )


def _fitted(task: Task, rows: TrainingRows, seed: int) -> Model:
    if isinstance(task, LoyaltyType):
        fewer = task.without_rare_types(rows.labels)
        rows, task = rows.relabelled(task.labels, fewer.labels, "value"), fewer
    folds = folds_by_time(rows, task.horizon_days) or folds_by_customer(rows, seed=seed)
    return fit_model(task, rows, folds, seed=seed, chosen=suited_parameters(task, rows, folds, seed=seed))


def _with_features(feeder: Feeder, log: DecisionLog) -> tuple[DecisionLog, FeatureMatrix]:
    """Decisions about customers with an order that was known then, and their features at the start of its day.

    Features of a day are those of its first instant, so that a service which decides all day needs no matrix for each
    decision; nothing that came later is in them.
    """
    days = log.decided_at.astype("datetime64[D]").astype("datetime64[us]")
    matrix = feature_matrix(feeder, available(feeder.present), [_utc(day) for day in np.unique(days)])
    known = set(zip(matrix.customer_ids, matrix.cutoffs.tolist(), strict=True))
    kept = np.array([key in known for key in zip(log.customer_ids, days.tolist(), strict=True)])
    if not kept.any():
        raise ValueError("no decision was about a customer whose orders were known then")
    log, days = log.where(kept), days[kept]
    none = np.empty((len(log), 0), np.float32)
    return log, aligned(matrix, FeatureMatrix(log.customer_ids, days, (), none))


def context_of(models: Sequence[Model], matrix: FeatureMatrix) -> Context:
    """What was known of customers: from models of churn and loyalty type, and their features."""
    churn, kinds = models

    def total(name: str) -> Floats:
        return np.nan_to_num(matrix.column(name)).astype(np.float64)

    leaving = churn.predict(matrix.select(churn.features))[:, 1]
    types = kinds.predict(matrix.select(kinds.features))
    return Context(1 - leaving, types, total("total_spend_365d"), total("order_count_365d"))


def _utc(at: np.datetime64) -> datetime:
    found: datetime = at.astype("datetime64[us]").item()
    return found.replace(tzinfo=UTC)


def _naive(at: datetime) -> np.datetime64:
    return np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "us")
