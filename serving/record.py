"""What is kept of a decision on offers, and of what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Decision:
    """One slot of a decision, complete: what was chosen, from what, why not the rest, under which terms.

    `propensity` in [0, 1] is that of the offer in its slot; `eligible` lists `{offer_id, propensity}`;
    `excluded` lists `{offer_id, stage, reason}`; `counters` are those read; `offer_id` None means no offer.
    """

    decision_id: str
    slot: int
    customer_id: str | None
    decided_at: datetime
    offer_id: str | None
    propensity: float
    arm: str
    policy: str
    generation: str
    eligible: list[dict[str, Any]]
    excluded: list[dict[str, Any]]
    terms: dict[str, Any] | None
    seed: int
    counters: dict[str, Any]
    channel: str | None
    request_id: str | None


@dataclass(frozen=True)
class Reservation:
    """An offer that a decision keeps for its customer.

    `until` is when it is given back unless it was shown; `most` how often the offer can be taken in all, None without
    a limit.
    """

    decision_id: str
    offer_id: str
    customer_id: str | None
    decided_at: datetime
    until: datetime | None
    most: int | None


@dataclass(frozen=True)
class OfferEvent:
    """What became of an offer that was decided. `occurred_at` None: now, and at most once."""

    decision_id: str
    offer_id: str
    event: str
    customer_id: str | None
    occurred_at: datetime | None = None
    value: int | None = None
