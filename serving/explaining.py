"""Every offer for one customer, without deciding: what it would bring and change, or why it is not made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from models.verdicts import VERDICTS, verdicts
from serving.decisions import choose_in_arm, granted, situation_of
from serving.gains import context_of
from serving.generation import Generation
from serving.ledger import Ledger
from serving.offers import Offer
from serving.policy import PERSONALISATION, Exclusion

LIKELY = 0.5
"""Who orders more probably than not is a likely buyer, by which offers are called wasted or not."""


@dataclass(frozen=True)
class Effect:
    """What an offer is expected to do to one customer within the horizon.

    Attributes:
        order_without, order_with: chance of an order without it and with it.
        expected_margin: that it adds after its costs, minor units; None where it is not known what an order brings.
        verdict: one of VERDICTS; undecided where the effect is assumed, or may be none.
        measured: whether logged decisions tell of the offer; else it is assumed.
    """

    order_without: float
    order_with: float
    expected_margin: float | None
    verdict: str
    measured: bool


@dataclass(frozen=True)
class Explained:
    """One offer: `refused` is the first stage that keeps it out; `effect` None without consent to personalisation."""

    offer: Offer
    refused: Exclusion | None
    effect: Effect | None

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        offer, refused = self.offer, self.refused
        return {
            "offer_id": offer.offer_id,
            "name": offer.name,
            "type": offer.type,
            "mechanism": offer.mechanism,
            "eligible": refused is None,
            "stage": refused.stage if refused else None,
            "reason": refused.reason if refused else None,
            "effect": vars(self.effect) if self.effect else None,
        }


@dataclass(frozen=True)
class Explanation:
    """All offers, the best first, then those that are not made; and the customer's arm."""

    arm: str
    offers: tuple[Explained, ...]


def explain_offers(
    generation: Generation, ledger: Ledger, row: int, channel: str | None, now: datetime
) -> Explanation:
    """Pass every offer through the funnel as it is at an instant; nothing is recorded or reserved."""
    customer_id = generation.customer_id(row)
    situation = situation_of(
        generation,
        row,
        now=now,
        channel=channel,
        granted=granted(generation, customer_id, now),
        shown=ledger.shown(customer_id, now),
        taken=ledger.taken_or_reserved(generation.catalogue.limited, now),
    )
    arm, choice = choose_in_arm(generation, situation)
    refused = {one.offer_id: one for one in choice.excluded}
    left_out = [offer for offer in generation.catalogue.offers if offer not in choice.ranked]
    effects = _effects(generation, row) if PERSONALISATION in situation.granted else {}
    return Explanation(
        arm,
        tuple(
            Explained(offer, refused.get(offer.offer_id), effects.get(offer.offer_id))
            for offer in (*choice.ranked, *left_out)
        ),
    )


def _effects(generation: Generation, row: int) -> dict[str, Effect]:
    known = generation.effects
    context = context_of(generation, np.array([row]), known.effects.order_value)
    without = np.repeat(known.effects.without_offer(context), len(known.offers))
    change = known.effects.repurchase(context)[0]
    low, high = (bound[0] for bound in known.effects.repurchase_interval(context))
    with_offer = np.clip(without + change, 0, 1)
    codes = verdicts(without, with_offer, low, high, LIKELY)
    margin = known.effects.margin(context)[0]
    return {
        offer: Effect(
            float(without[number]),
            float(with_offer[number]),
            None if np.isnan(margin[number]) else round(float(margin[number]), 2),
            VERDICTS[codes[number]],
            known.measured[number],
        )
        for number, offer in enumerate(known.offers)
    }
