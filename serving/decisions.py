"""Deciding on offers: read the counters, choose, draw, and keep a complete record before anybody hears of it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from serving import policy
from serving.arms import HOLDOUT, RANDOM, arm_of
from serving.audience import Customer
from serving.draw import best_first, draw, even, places, thompson
from serving.gains import gains_of, most_cost
from serving.generation import Generation
from serving.ledger import Ledger
from serving.offers import Offer
from serving.policy import PERSONALISATION, Choice, Exclusion, Shown, Situation, choose
from serving.product_offers import chosen_products
from serving.record import Decision, Reservation
from serving.store import Store

PURPOSES = ("profiling", "marketing", "personalisation")
ARM_STAGE = "arm"
OPEN_CASES = "open_case_count"
HELD_OUT = "the customer is in the group without offers"
_OUTCOMES_SECONDS = 2.0

Outcomes = Mapping[str, tuple[int, int]]
"""By offer, in how many decisions it was taken and in how many it was shown."""


@dataclass(frozen=True)
class Request:
    """One ask for offers: how many, on which channel; the same `request_id` is answered once."""

    count: int
    channel: str | None = None
    request_id: str | None = None


@dataclass(frozen=True)
class OfferRules:
    """The settings of a generation by which its offers are decided; shares in [0, 1]."""

    holdout: float = 0.0
    random: float = 0.0
    explore: float = 0.0
    strategy: str = "score"
    reserve_minutes: float = 0.0

    @classmethod
    def of(cls, generation: Generation) -> OfferRules:
        """Those of a generation; without any, no arms, no exploration and nothing reserved."""
        return cls(**generation.policy.get("offers", {}))

    @property
    def name(self) -> str:
        """The policy's name and version, with what it explores."""
        return f"{policy.NAME}+{self.strategy}/{self.explore:g}"


class DecisionDesk:
    """Decides and records. Methods block; call them outside the event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._outcomes: Outcomes = {}
        self._outcomes_until = 0.0

    def decide(self, generation: Generation, row: int, request: Request, now: datetime) -> list[Decision]:
        """One slot for each offer asked for; a slot without a fitting offer has `offer_id` None.

        The record is on disk when this returns. A request that was answered before gets the same answer, and so does
        the same customer and channel for as long as a decision is reserved. Counters are read and the decision is
        written as one, so that no limit is ever passed, whatever else is decided at the same instant.
        """
        customer_id, rules = generation.customer_id(row), OfferRules.of(generation)
        limited = generation.catalogue.limited
        outcomes = self._known_outcomes() if rules.strategy == "thompson" else {}
        with self._store.deciding(customer_id, limited=bool(limited)) as ledger:
            earlier = ledger.answered(customer_id, request.request_id)
            if earlier:
                return earlier
            allowed = granted(generation, customer_id, now)
            kept = _kept(ledger, customer_id, request, rules, allowed, now)
            if kept:
                return kept
            situation = situation_of(
                generation,
                row,
                now=now,
                channel=request.channel,
                granted=allowed,
                shown=ledger.shown(customer_id, now),
                taken=ledger.taken_or_reserved(limited, now),
            )
            drawn = Drawn(new_decision_id(now), secrets.randbits(63), outcomes)
            slots = record(generation, situation, request, drawn)
            ledger.append(slots, _reservations(generation, slots, rules))
        return slots

    def _known_outcomes(self) -> Outcomes:
        if time.monotonic() >= self._outcomes_until:
            self._outcomes = self._store.outcomes()
            self._outcomes_until = time.monotonic() + _OUTCOMES_SECONDS
        return self._outcomes


def _kept(
    ledger: Ledger,
    customer_id: str,
    request: Request,
    rules: OfferRules,
    allowed: frozenset[str],
    now: datetime,
) -> list[Decision]:
    """The decision that is still reserved for a customer and channel; one that will not do is given back."""
    if not rules.reserve_minutes:
        return []
    since = now - timedelta(minutes=rules.reserve_minutes)
    slots = ledger.latest(customer_id, request.channel, since, now)
    if not slots:
        return []
    ends = [slot.terms["ends_at"] for slot in slots if slot.terms and slot.terms["ends_at"]]
    holds = all(datetime.fromisoformat(end) > now for end in ends)
    if holds and len(slots) >= request.count and slots[0].counters.get("granted") == sorted(allowed):
        return slots[: request.count]
    ledger.release(slots[0].decision_id, now)
    return []


def _reservations(generation: Generation, slots: Sequence[Decision], rules: OfferRules) -> list[Reservation]:
    offers = {offer.offer_id: offer for offer in generation.catalogue.offers if offer.is_counted}
    until = slots[0].decided_at + timedelta(minutes=rules.reserve_minutes)
    return [
        Reservation(
            slot.decision_id,
            slot.offer_id,
            slot.customer_id,
            slot.decided_at,
            until,
            offers[slot.offer_id].most,
        )
        for slot in slots
        if slot.offer_id is not None and slot.offer_id in offers
    ]


def situation_of(
    generation: Generation,
    row: int,
    *,
    now: datetime,
    channel: str | None,
    granted: frozenset[str],
    shown: Mapping[str, Shown],
    taken: Mapping[str, int],
) -> Situation:
    """The situation of a customer, with what offers would bring and may cost.

    Without consent to personalisation nothing of that is worked out, and so none of it is recorded.
    """
    customer = customer_of(generation, row)
    if PERSONALISATION not in granted:
        return Situation(customer, now, channel, granted, shown, taken)
    gain, limit = gains_of(generation, row), most_cost(generation, row)
    products = chosen_products(generation, generation.catalogue, row)
    return Situation(customer, now, channel, granted, shown, taken, gain, limit, products)


def customer_of(generation: Generation, row: int) -> Customer:
    """What the policy may know about a row."""
    return Customer(
        customer_id=generation.customer_id(row),
        churn_probability=float(generation.churn_probability[row]),
        band=generation.band_of(row),
        loyalty_type=generation.loyalty_type_of(row),
        loyalty_probability=generation.loyalty_probabilities(row),
        features=generation.features[row],
        lifecycle_stage=generation.lifecycle_of(row),
        value_at_risk=float(generation.value_at_risk[row]),
        unresolved=_is_waiting(generation, row),
    )


def _is_waiting(generation: Generation, row: int) -> bool:
    """Whether a complaint of the customer was open at the cutoff."""
    column = generation.feature_index.get(OPEN_CASES)
    return column is not None and bool(generation.features[row, column] > 0)


def granted(generation: Generation, customer_id: str, now: datetime) -> frozenset[str]:
    """The purposes that a customer consents to at an instant."""
    allows = generation.consents.allows
    return frozenset(purpose for purpose in PURPOSES if allows(customer_id, purpose, now))


@dataclass(frozen=True)
class Drawn:
    """What chance, and the moment, add to a decision: kept with it, so that it can be made again."""

    decision_id: str
    seed: int
    outcomes: Outcomes


def choose_in_arm(generation: Generation, situation: Situation) -> tuple[str, Choice]:
    """The customer's arm, and what may be made there.

    Where chance alone chooses, offers are not weighed: what is thought not to pay is tried there as well, or nobody
    would ever know. Who is held out is kept from every offer that would have been left.
    """
    rules = OfferRules.of(generation)
    arm = arm_of(situation.customer.customer_id, rules.holdout, rules.random)
    choice = choose(generation.catalogue, replace(situation, gain={}) if arm == RANDOM else situation)
    if arm != HOLDOUT:
        return arm, choice
    held_out = (Exclusion(offer.offer_id, ARM_STAGE, HELD_OUT) for offer in choice.ranked)
    return arm, Choice((), (*choice.excluded, *held_out))


def record(generation: Generation, situation: Situation, request: Request, drawn: Drawn) -> list[Decision]:
    """The complete record, one row for each slot; the same arguments give the same record, byte for byte.

    Probabilities of all that is eligible for a slot are fixed before the slot's offer is drawn by them. They are
    those inside the customer's arm.
    """
    rules, customer = OfferRules.of(generation), situation.customer
    arm, choice = choose_in_arm(generation, situation)
    left, refused = list(choice.ranked), [asdict(exclusion) for exclusion in choice.excluded]
    slots = []
    for slot, place in enumerate(places(drawn.seed, request.count)):
        probabilities = _probabilities(left, arm, rules, situation, drawn, slot)
        chosen = draw(probabilities, place) if left else None
        offer = None if chosen is None else left[chosen]
        slots.append(
            Decision(
                decision_id=drawn.decision_id,
                slot=slot,
                customer_id=customer.customer_id,
                decided_at=situation.now,
                offer_id=offer.offer_id if offer else None,
                propensity=1.0 if chosen is None else probabilities[chosen],
                arm=arm,
                policy=rules.name,
                generation=generation.id,
                eligible=_eligible(left, probabilities, situation),
                excluded=refused,
                terms=promised_terms(offer, situation.products.get(offer.offer_id)) if offer else None,
                seed=drawn.seed,
                counters=_counters(situation, drawn),
                channel=request.channel,
                request_id=request.request_id,
            )
        )
        left = [one for one in left if one is not offer]
    return slots


def _eligible(
    offers: Sequence[Offer], probabilities: Sequence[float], situation: Situation
) -> list[dict[str, Any]]:
    return [
        {
            "offer_id": offer.offer_id,
            "propensity": probability,
            "expected_margin": situation.gain.get(offer.offer_id),
        }
        for offer, probability in zip(offers, probabilities, strict=True)
    ]


def _probabilities(
    offers: Sequence[Offer],
    arm: str,
    rules: OfferRules,
    situation: Situation,
    drawn: Drawn,
    slot: int,
) -> list[float]:
    """Of each offer that is left, in its order."""
    if not offers:
        return []
    if arm == RANDOM:
        return even(len(offers))
    if rules.strategy == "thompson" and PERSONALISATION in situation.granted:
        scores = [max(situation.gain.get(offer.offer_id, 0.0), 0.0) for offer in offers]
        known = [drawn.outcomes.get(offer.offer_id, (0, 0)) for offer in offers]
        return thompson(scores, known, rules.explore, drawn.seed + slot)
    return best_first(len(offers), rules.explore)


def replay(generation: Generation, slots: Sequence[Decision]) -> list[Decision]:
    """Make a decision again from its record and the generation that made it.

    Raises:
        ValueError: it was made by another generation, or before decisions could be made again, or its customer was
            erased since.
    """
    first = slots[0]
    if first.generation != generation.id:
        raise ValueError(
            f"decision {first.decision_id} was made by {first.generation}, not by {generation.id}"
        )
    row = None if first.customer_id is None else generation.row(first.customer_id)
    if row is None or "granted" not in first.counters:
        raise ValueError(
            f"decision {first.decision_id} cannot be made again: its record is not complete any more"
        )
    counters = first.counters
    shown = {
        offer: Shown(found["count"], datetime.fromisoformat(found["last"]))
        for offer, found in counters["shown"].items()
    }
    situation = situation_of(
        generation,
        row,
        now=first.decided_at,
        channel=first.channel,
        granted=frozenset(counters["granted"]),
        shown=shown,
        taken=counters["taken"],
    )
    outcomes = {offer: (taken, seen) for offer, (taken, seen) in counters["outcomes"].items()}
    request = Request(len(slots), first.channel, first.request_id)
    return record(generation, situation, request, Drawn(first.decision_id, first.seed, outcomes))


def new_decision_id(now: datetime) -> str:
    """32 hexadecimal digits that sort by time: milliseconds since 1970, then chance."""
    return f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(10)}"


def promised_terms(offer: Offer, product_id: str | None = None) -> dict[str, Any]:
    """Everything that was promised, so that it can be honoured after the catalogue has changed.

    Args:
        product_id: that was chosen for the customer, where the offer names none.
    """
    return {
        "name": offer.name,
        "type": offer.type,
        "mechanism": offer.mechanism,
        "value": offer.value,
        "product_id": offer.product_id or product_id,
        "category": offer.category,
        "ends_at": offer.ends_at.astimezone(UTC).isoformat() if offer.ends_at else None,
        "terms": offer.terms,
    }


def _counters(situation: Situation, drawn: Drawn) -> dict[str, Any]:
    return {
        "granted": sorted(situation.granted),
        "shown": {offer: _shown(found) for offer, found in situation.shown.items()},
        "taken": dict(situation.taken),
        "outcomes": {offer: list(found) for offer, found in drawn.outcomes.items()},
    }


def _shown(found: Shown) -> dict[str, Any]:
    return {"count": found.count, "last": found.last.isoformat()}
