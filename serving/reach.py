"""Whom a catalogue can reach: for each offer the customers who could get it today, and what keeps the others out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from serving.decisions import customer_of, granted
from serving.gains import by_offer, effects_of, gains, most_cost
from serving.generation import Generation
from serving.offers import Catalogue, Offer
from serving.policy import Situation, refusal
from serving.product_offers import chosen_products

LOOKED_AT = 10_000
"""Of more customers so many are drawn; a share of them is known within a point."""


@dataclass(frozen=True)
class Reach:
    """What was found of an offer.

    Attributes:
        customers: who could get it, of all that are scored; estimated from a sample where there are many.
        refused: how many of the others each stage keeps out, by stage.
        most: how often it can be taken in all; None without a limit.
    """

    offer: Offer
    customers: int
    refused: dict[str, int]
    most: int | None

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        own = {"offer_id": self.offer.offer_id, "name": self.offer.name, "customers": self.customers}
        return own | {"refused": self.refused, "most": self.most}


def reach(generation: Generation, offers: Sequence[Offer], now: datetime, *, seed: int = 7) -> list[Reach]:
    """Pass the customers of a generation through the funnel, as if nothing had been shown or taken yet.

    An offer that is bound to channels is looked at on the first of them.

    Raises:
        ValueError: an offer does not fit the generation.
    """
    catalogue = Catalogue(offers, generation.manifest.features, generation.manifest.loyalty_types)
    rows = np.arange(generation.manifest.rows)
    if len(rows) > LOOKED_AT:
        rows = np.random.default_rng(seed).choice(rows, LOOKED_AT, replace=False)
    times = generation.manifest.rows / max(len(rows), 1)
    known = effects_of(generation, catalogue.offers)
    gain = gains(generation, rows, known)
    stages: dict[str, Counter[str]] = {offer.offer_id: Counter() for offer in catalogue.offers}
    for row, own in zip(rows.tolist(), gain, strict=True):
        customer = customer_of(generation, row)
        allowed, limit = granted(generation, customer.customer_id, now), most_cost(generation, row)
        brought, products = by_offer(known, own), chosen_products(generation, catalogue, row)
        for offer in catalogue.offers:
            channel = offer.channels[0] if offer.channels else None
            situation = Situation(
                customer, now, channel, allowed, {}, {}, gain=brought, most_cost=limit, products=products
            )
            refused = refusal(offer, catalogue, situation)
            stages[offer.offer_id][refused.stage if refused else ""] += 1
    return [
        Reach(
            offer,
            round(times * stages[offer.offer_id][""]),
            {stage: round(times * count) for stage, count in stages[offer.offer_id].most_common() if stage},
            offer.most,
        )
        for offer in catalogue.offers
    ]
