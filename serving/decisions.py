"""Deciding on offers: read the counters, choose, and keep a complete record before anybody hears of it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from serving import policy
from serving.audience import Customer
from serving.generation import Generation
from serving.offers import Offer
from serving.policy import Choice, Shown, Situation, choose
from serving.record import Decision
from serving.store import Store

ARM = "ranked"
PURPOSES = ("profiling", "marketing", "personalisation")
_TAKEN_SECONDS = 2.0


@dataclass(frozen=True)
class Request:
    """One ask for offers: how many, on which channel; the same `request_id` is answered once."""

    count: int
    channel: str | None = None
    request_id: str | None = None


class DecisionDesk:
    """Decides and records. Methods block; call them outside the event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._taken: Mapping[str, int] = {}
        self._taken_until = 0.0

    def decide(self, generation: Generation, row: int, request: Request, now: datetime) -> list[Decision]:
        """One slot for each offer asked for; a slot without a fitting offer has `offer_id` None.

        The record is on disk when this returns. A request that was answered before gets the same answer.
        """
        customer_id = generation.customer_id(row)
        earlier = self._store.answered(customer_id, request.request_id)
        if earlier:
            return earlier
        situation = Situation(
            customer=customer_of(generation, row),
            now=now,
            channel=request.channel,
            granted=granted(generation, customer_id, now),
            shown=self._store.shown(customer_id),
            taken=self._takers(generation),
        )
        choice = choose(generation.catalogue, situation)
        return self._store.append_decision(record(generation, situation, choice, request))

    def _takers(self, generation: Generation) -> Mapping[str, int]:
        if not generation.catalogue.counts_takers:
            return {}
        if time.monotonic() >= self._taken_until:
            self._taken = self._store.taken()
            self._taken_until = time.monotonic() + _TAKEN_SECONDS
        return self._taken


def customer_of(generation: Generation, row: int) -> Customer:
    """What the policy may know about a row."""
    return Customer(
        customer_id=generation.customer_id(row),
        churn_probability=float(generation.churn_probability[row]),
        band=generation.band_of(row),
        loyalty_type=generation.loyalty_type_of(row),
        loyalty_probability=generation.loyalty_probabilities(row),
        features=generation.features[row],
    )


def granted(generation: Generation, customer_id: str, now: datetime) -> frozenset[str]:
    """The purposes that a customer consents to at an instant."""
    allows = generation.consents.allows
    return frozenset(purpose for purpose in PURPOSES if allows(customer_id, purpose, now))


def record(generation: Generation, situation: Situation, choice: Choice, request: Request) -> list[Decision]:
    """The complete record, one row for each slot; the choice is deterministic, so propensities are 0 or 1."""
    decision_id = new_decision_id(situation.now)
    excluded = [asdict(exclusion) for exclusion in choice.excluded]
    counters = _counters(situation)
    slots = []
    for slot in range(request.count):
        left = choice.ranked[slot:]
        chosen = left[0] if left else None
        slots.append(
            Decision(
                decision_id=decision_id,
                slot=slot,
                customer_id=situation.customer.customer_id,
                decided_at=situation.now,
                offer_id=chosen.offer_id if chosen else None,
                propensity=1.0,
                arm=ARM,
                policy=policy.NAME,
                generation=generation.id,
                eligible=[
                    {"offer_id": offer.offer_id, "propensity": float(offer is chosen)} for offer in left
                ],
                excluded=excluded,
                terms=promised_terms(chosen) if chosen else None,
                seed=0,
                counters=counters,
                channel=request.channel,
                request_id=request.request_id,
            )
        )
    return slots


def new_decision_id(now: datetime) -> str:
    """32 hexadecimal digits that sort by time: milliseconds since 1970, then chance."""
    return f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(10)}"


def promised_terms(offer: Offer) -> dict[str, Any]:
    """Everything that was promised, so that it can be honoured after the catalogue has changed."""
    return {
        "name": offer.name,
        "type": offer.type,
        "mechanism": offer.mechanism,
        "value": offer.value,
        "product_id": offer.product_id,
        "category": offer.category,
        "ends_at": offer.ends_at.astimezone(UTC).isoformat() if offer.ends_at else None,
        "terms": offer.terms,
    }


def _counters(situation: Situation) -> dict[str, Any]:
    return {
        "shown": {offer: _shown(found) for offer, found in situation.shown.items()},
        "taken": dict(situation.taken),
    }


def _shown(found: Shown) -> dict[str, Any]:
    return {"count": found.count, "last": found.last.isoformat()}
