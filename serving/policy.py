"""Which offers a customer may get, in which order: a funnel with a reason for every exclusion, then what each brings.

Offers are ordered by the margin that they are expected to add, after their costs (`serving.gains`). The last stage
leaves out what would cost more than it brings, and what costs more than customers of the same value are given. Equal
gains: the cheaper offer first, then by offer id. The rules of stage `fit` are listed, with their reasons, in
docs/serving.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from serving.audience import Customer
from serving.offers import Catalogue, Offer

NAME = "expected-margin@3"
SERVICE_RECOVERY = "service_recovery"
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
    redeemed, or is reserved. `gain` is, by offer id, the margin that is expected of it after its costs, minor units;
    an offer without one is not weighed. `most_cost` is what an offer to this customer may cost, None without a limit.
    `products` is, by offer id, what was chosen for the customer.
    """

    customer: Customer
    now: datetime
    channel: str | None
    granted: frozenset[str]
    shown: Mapping[str, Shown]
    taken: Mapping[str, int]
    gain: Mapping[str, float] = field(default_factory=dict)
    most_cost: float | None = None
    products: Mapping[str, str] = field(default_factory=dict)


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


def _rank_key(offer: Offer, situation: Situation) -> tuple[float, int, str]:
    # without consent to personalisation nothing about the person may order the offers
    gain = situation.gain.get(offer.offer_id, 0.0) if PERSONALISATION in situation.granted else 0.0
    return -gain, offer.cost or 0, offer.offer_id


def refusal(offer: Offer, catalogue: Catalogue, situation: Situation) -> Exclusion | None:
    """The first stage that refuses an offer; None where it may be made."""
    for stage, check in _STAGES:
        if reason := check(offer, catalogue, situation):
            return Exclusion(offer.offer_id, stage, reason)
    return None


def _consent(offer: Offer, _: Catalogue, situation: Situation) -> str | None:
    if offer.purpose not in situation.granted:
        return f"the customer does not consent to {offer.purpose}"
    chosen = bool(offer.audience) or offer.mechanism != "any" or offer.chooses_product
    if PERSONALISATION not in situation.granted and chosen:
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
    if offer.chooses_product and offer.offer_id not in situation.products:
        return "there is no product to recommend"
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
        f"shown or reserved at {shown.last.isoformat()}, again from {until.isoformat()}"
        if situation.now < until
        else None
    )


def _cap(offer: Offer, _: Catalogue, situation: Situation) -> str | None:
    shown = situation.shown.get(offer.offer_id)
    if shown is None or offer.max_per_customer is None or shown.count < offer.max_per_customer:
        return None
    return f"shown or reserved {shown.count} times of at most {offer.max_per_customer}"


def _value(offer: Offer, _: Catalogue, situation: Situation) -> str | None:
    # a failure of our own is made good whatever it costs
    if PERSONALISATION not in situation.granted or offer.type == SERVICE_RECOVERY:
        return None
    if situation.most_cost is not None and (offer.cost or 0) > situation.most_cost:
        return f"costs {offer.cost} minor units, customers of this value are given {situation.most_cost:.0f} at most"
    gain = situation.gain.get(offer.offer_id, 0.0)
    return f"would cost {-gain:.2f} minor units more than it brings" if gain < 0 else None


_STAGES: tuple[tuple[str, Callable[[Offer, Catalogue, Situation], str | None]], ...] = (
    ("consent", _consent),
    ("validity", _validity),
    ("channel", _channel),
    ("audience", _audience),
    ("fit", _not_fit),
    ("stock", _stock),
    ("cooldown", _cooldown),
    ("cap", _cap),
    ("value", _value),
)
