"""Can the data carry the loyalty-type task? History, mechanisms that the tables can show, customers of each type."""

from __future__ import annotations

import math
from datetime import datetime

from features.permission import Permit
from features.settings import Settings
from training.choosing import loyalty_task
from training.cutoffs import CutoffPlan, distance_days, plan_cutoffs
from training.loyalty import OCCASIONAL, TYPES, VALUE
from training.readiness.churn import FIGURES, PRECISE, ROUGH
from training.readiness.features import MECHANISMS, FeatureCounts
from training.readiness.grades import Requirement, TaskReadiness, not_possible, require
from training.readiness.lines import Lines
from training.readiness.minimums import rows_for_overall_risk, rows_to_judge, rows_to_learn
from training.readiness.outcomes import Types, loyalty_outcome
from training.readiness.rhythm import orders_in_window
from training.tasks import RARE, LoyaltyType

ALWAYS = (TYPES[VALUE], TYPES[OCCASIONAL])
COLUMNS_OF = {
    "price": "product_id, products.category and is_private_label or quantity",
    "reward": "coupon_amount or points_redeemed",
    "discount": "product_id, list_amount and products.category",
}
WINDOWS = "one window to look back on, one for the outcome; with four a model is judged on later months"
SHOWN = "what training.loyalty reads; one mechanism is enough to tell types apart"
CUSTOMERS = (
    "Riley et al. 2020, for each type against the rest: overall share within 0.05; five candidate parameters"
)
KEPT = "training.tasks.RARE: a type that fewer customers of the training cutoffs have is left out"
PER_TYPE = (
    "Hanley and McNeil 1982: standard error of an AUROC of 0.75, against the rest, at most 0.05, and 0.025"
)


def assess_loyalty(
    lines: Lines,
    settings: Settings,
    first: datetime,
    as_of: datetime,
    features: FeatureCounts,
    permit: Permit,
) -> tuple[TaskReadiness, Types | None]:
    """The loyalty-type task as training would choose it, ungraded by other problems of the data.

    Args:
        first: the first order line.
        as_of: end of the extract.
        features: with the types that the tables can show.
        permit: who may be profiled.
    """
    training, window = settings.training, settings.loyalty.window_days
    try:
        task = loyalty_task(settings.loyalty, lambda: orders_in_window(lines, as_of, window))
        plan = plan_cutoffs(
            first,
            as_of,
            window,
            every_days=distance_days(task.horizon_days, training.cutoff_every_days),
            most=training.max_cutoffs,
        )
        types = loyalty_outcome(lines, task, plan, permit, settings.source)
    except ValueError as error:
        return not_possible(LoyaltyType.name, str(error), horizon_days=window), None
    seen = [name for name, count in types.counts.items() if count]
    if len(seen) < 2:
        reason = f"all {types.population} customers of the newest window are {seen[0]}: nothing to tell apart"
        return not_possible(LoyaltyType.name, reason, horizon_days=window, cutoff=plan.all[-1]), types
    return _ungraded(task, plan, types, _requirements(task, first, as_of, types, features)), types


def _ungraded(
    task: LoyaltyType, plan: CutoffPlan, types: Types, requirements: tuple[Requirement, ...]
) -> TaskReadiness:
    return TaskReadiness(
        task=task.name,
        grade="good",
        why=(),
        horizon_days=task.window_days,
        rule={
            "min_orders": task.min_orders,
            "min_past_orders": task.min_past_orders,
            "threshold": task.threshold,
        },
        cutoff=plan.all[-1],
        population=types.population,
        labels=types.counts,
        judged="across customers" if plan.by_customer else "later",
        requirements=requirements,
    )


def _requirements(
    task: LoyaltyType, first: datetime, as_of: datetime, types: Types, features: FeatureCounts
) -> tuple[Requirement, ...]:
    found = [_history(task, first, as_of), _mechanisms(features)]
    if len(features.types) > len(ALWAYS):
        found.append(_kept(features, types))
    return (*found, _population(types), *(_of_type(name, types) for name in features.types))


def _history(task: LoyaltyType, first: datetime, as_of: datetime) -> Requirement:
    window = task.window_days
    return require(
        "history_days",
        "days of history",
        (as_of - first).total_seconds() / 86_400,
        (2 * window, 4 * window),
        unit="days",
        lift="bring older orders, or lower loyalty.window_days",
        source=WINDOWS,
    )


def _mechanisms(features: FeatureCounts) -> Requirement:
    hidden = [name for name in MECHANISMS if name not in features.types]
    return require(
        "mechanisms",
        "mechanisms that the tables can show",
        len(MECHANISMS) - len(hidden),
        (1, len(MECHANISMS)),
        unit="mechanisms",
        lift="; ".join(f"{name} needs {COLUMNS_OF[name]}" for name in hidden),
        source=SHOWN,
    )


def _population(types: Types) -> Requirement:
    shares = [count / types.population for count in types.counts.values() if 0 < count < types.population]
    return require(
        "population",
        "customers in the newest window",
        types.population,
        (max(map(rows_for_overall_risk, shares)), max(rows_to_learn(share, FIGURES) for share in shares)),
        unit="customers",
        lift="more customers, or a longer loyalty.window_days",
        source=CUSTOMERS,
    )


def _kept(features: FeatureCounts, types: Types) -> Requirement:
    """Mechanisms that enough customers follow for training to keep them."""
    shown = [name for name in features.types if name not in ALWAYS]
    rare = [name for name in shown if types.learned[name] < RARE]
    said = ", ".join(f"{name} has {types.learned[name]}" for name in rare)
    return require(
        "mechanisms_kept",
        "mechanisms with enough customers to learn",
        len(shown) - len(rare),
        (1, len(shown)),
        unit="mechanisms",
        lift=f"a type with fewer than {RARE} customers is left out: {said}",
        source=KEPT,
    )


def _of_type(name: str, types: Types) -> Requirement:
    """Customers of a type at the newest cutoff, to judge it on; too few leave its figures rough, no more."""
    found = types.counts[name]
    share = min(max(found, 1) / types.population, 1 - 1 / (types.population + 1))
    usable, good = (math.ceil(share * rows_to_judge(share, error)) for error in (ROUGH, PRECISE))
    return require(
        f"customers_{name}",
        f"customers of type {name}, to judge on",
        found,
        (usable, good),
        unit="customers",
        lift="more customers are needed",
        source=PER_TYPE,
        below="usable",
    )
