"""Which offers a customer may get, in which order: a funnel with a reason for every exclusion, then a score.

The score of an offer o for a customer x, in [0, 1]:

    score(o, x) = fit(o, x) * (1 - w + w * timing(o, x)),   w = RISK_WEIGHT

fit is the probability of the loyalty type that the offer's mechanism serves; for mechanism `any` it is the
probability of `occasional` where the offer's type is meant for those who have not settled yet (SETTLING),
else one share of the types. timing is the churn probability for what pays people to stay (RESCUES), and its
complement for what thanks them for staying. So price offers go where the sale would otherwise be lost, and
recognition where it would not. Equal scores: the cheaper offer first, then by offer id.
The rules of stage `fit` are listed, with their reasons, in docs/serving.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from serving.audience import Customer
from serving.offers import Catalogue, Offer

NAME = "loyalty-type-and-risk@2"
RISK_WEIGHT = 0.5
RESCUES = frozenset(
    {
        "discount",
        "price_match",
        "price_drop",
        "bundle",
        "free_product",
        "win_back",
        "second_purchase",
        "service_recovery",
    }
)
SERVICE_RECOVERY = "service_recovery"
SETTLING = frozenset({"win_back", "second_purchase", "welcome", "enrolment"})
PRICE_CUTS = frozenset({"discount", "price_match", "price_drop", "bundle", "free_product"})
PERSONALISATION = "personalisation"
_NO_FANS = {
    "price": "recognition treats a price customer as a fan of the brand",
    "occasional": "recognition calls an occasional customer loyal",
}


@dataclass(frozen=True)
class Shown:
    """How often a customer was shown an offer (decisions, not repeats of one), and when last (UTC)."""

    count: int
    last: datetime


@dataclass(frozen=True)
class Situation:
    """Everything that a decision depends on; the same situation gives the same choice.

    `granted` are the purposes that the customer consents to now; `shown` is by offer id, live reservations of other
    decisions included; `taken` counts, by offer id, the decisions of all customers in which the offer was accepted or
    redeemed, or is reserved.
    """

    customer: Customer
    now: datetime
    channel: str | None
    granted: frozenset[str]
    shown: Mapping[str, Shown]
    taken: Mapping[str, int]


@dataclass(frozen=True)
class Exclusion:
    """Why an offer was left out: the first stage that refused it."""

    offer_id: str
    stage: str
    reason: str


@dataclass(frozen=True)
class Choice:
    """Eligible offers from the best to the worst, and the others with their reasons."""

    ranked: tuple[Offer, ...]
    excluded: tuple[Exclusion, ...]


def choose(catalogue: Catalogue, situation: Situation) -> Choice:
    """Pass every offer through the funnel and rank what is left; deterministic; may leave no offer."""
    eligible: list[Offer] = []
    excluded: list[Exclusion] = []
    for offer in catalogue.offers:
        exclusion = refusal(offer, catalogue, situation)
        if exclusion:
            excluded.append(exclusion)
        else:
            eligible.append(offer)
    eligible.sort(key=lambda offer: _rank_key(offer, situation))
    return Choice(tuple(eligible), tuple(excluded))


def score(offer: Offer, customer: Customer) -> float:
    """The module's formula, in [0, 1]."""
    timing = customer.churn_probability if offer.type in RESCUES else 1 - customer.churn_probability
    return _fit(offer, customer.loyalty_probability) * (1 - RISK_WEIGHT + RISK_WEIGHT * timing)


def _fit(offer: Offer, probabilities: Mapping[str, float]) -> float:
    if offer.mechanism != "any":
        return probabilities.get(offer.mechanism, 0.0)
    if offer.type in SETTLING:
        return probabilities.get("occasional", 0.0)
    return 1 / len(probabilities)


def _rank_key(offer: Offer, situation: Situation) -> tuple[float, int, str]:
    # without consent to personalisation nothing about the person may order the offers
    value = score(offer, situation.customer) if PERSONALISATION in situation.granted else 0.0
    return -value, offer.cost or 0, offer.offer_id


def refusal(offer: Offer, catalogue: Catalogue, situation: Situation) -> Exclusion | None:
    """The first stage that refuses an offer; None where it may be made."""
    for stage, check in _STAGES:
        if reason := check(offer, catalogue, situation):
            return Exclusion(offer.offer_id, stage, reason)
    return None


def _consent(offer: Offer, _: Catalogue, situation: Situation) -> str | None:
    if offer.purpose not in situation.granted:
        return f"the customer does not consent to {offer.purpose}"
    if PERSONALISATION not in situation.granted and (offer.audience or offer.mechanism != "any"):
        return f"the customer does not consent to {PERSONALISATION}, and the offer is chosen by profile"
    return None


def _validity(offer: Offer, _: Catalogue, situation: Situation) -> str | None:
    if offer.is_valid_at(situation.now):
        return None
    if offer.ends_at and offer.ends_at <= situation.now:
        return f"ended at {offer.ends_at.isoformat()}"
    return f"starts at {offer.starts_at.isoformat()}" if offer.starts_at else None


def _stock(offer: Offer, _: Catalogue, situation: Situation) -> str | None:
    taken = situation.taken.get(offer.offer_id, 0)
    if offer.capacity is not None and taken >= offer.capacity:
        return f"all {offer.capacity} are taken"
    if offer.budget is not None and (taken + 1) * (offer.cost or 0) > offer.budget:
        return f"the budget of {offer.budget} is used up"
    return None


def _channel(offer: Offer, _: Catalogue, situation: Situation) -> str | None:
    if not offer.channels or situation.channel in offer.channels:
        return None
    return f"only in {', '.join(offer.channels)}; asked for {situation.channel or 'no channel'}"


def _audience(offer: Offer, catalogue: Catalogue, situation: Situation) -> str | None:
    for rule in catalogue.audiences[offer.offer_id]:
        if not rule.holds(situation.customer):
            return f"does not meet {rule.words}"
    return None


def _not_fit(offer: Offer, _: Catalogue, situation: Situation) -> str | None:
    if PERSONALISATION not in situation.granted:
        return None
    customer = situation.customer
    if customer.unresolved and offer.type != SERVICE_RECOVERY:
        return "a complaint is waiting to be resolved"
    kind = customer.loyalty_type
    if offer.mechanism == "value" and kind in _NO_FANS:
        return _NO_FANS[kind]
    if kind == "value" and offer.type in PRICE_CUTS:
        return "a discount gives margin away to a value customer"
    if offer.mechanism == "discount" and kind not in ("discount", "occasional") and customer.band == "low":
        return "would buy anyway"
    if offer.type == "win_back" and kind != "occasional" and customer.band != "high":
        return "is not about to be lost"
    return None


def _cooldown(offer: Offer, _: Catalogue, situation: Situation) -> str | None:
    shown = situation.shown.get(offer.offer_id)
    if shown is None or offer.cooldown_days is None:
        return None
    until = shown.last + timedelta(days=offer.cooldown_days)
    return (
        f"shown at {shown.last.isoformat()}, again from {until.isoformat()}"
        if situation.now < until
        else None
    )


def _cap(offer: Offer, _: Catalogue, situation: Situation) -> str | None:
    shown = situation.shown.get(offer.offer_id)
    if shown is None or offer.max_per_customer is None or shown.count < offer.max_per_customer:
        return None
    return f"shown {shown.count} times of at most {offer.max_per_customer}"


_STAGES: tuple[tuple[str, Callable[[Offer, Catalogue, Situation], str | None]], ...] = (
    ("consent", _consent),
    ("validity", _validity),
    ("channel", _channel),
    ("audience", _audience),
    ("fit", _not_fit),
    ("stock", _stock),
    ("cooldown", _cooldown),
    ("cap", _cap),
)
