"""The offers of a simulated shop: one of every type, with what it costs and how customers take it."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datasets.simulator.choice import TYPES
from datasets.simulator.columns import INSTANT, contract_table

Floats = NDArray[np.float64]

SPILL = 0.19
"""Pull of an offer on customers whose loyalty type it does not speak to, relative to those whose it does."""
CONTACT_COST = 2.0
"""Cents for every message."""


@dataclass(frozen=True)
class Kind:
    """One offer.

    Attributes:
        type: type of the contract.
        mechanism: loyalty type that it speaks to, or any.
        pull: chance that a customer of that type who would not have ordered in 28 days does.
        push: chance that a customer who would have ordered is put off, at ordinary touchiness.
        uptake: chance that such a customer who orders anyway redeems it.
        cost: cents when redeemed.
        share: cost when redeemed as a share of the customer's usual order, on top.
        rescue: pull on a drifting customer relative to an active one.
        campaign: sent in the logged campaigns; the others are answers to a situation.
        members: for members of the programme only.
    """

    type: str
    name: str
    mechanism: str
    pull: float
    push: float
    uptake: float
    cost: float
    share: float = 0.0
    rescue: float = 1.0
    campaign: bool = False
    members: bool = False


CATALOGUE: tuple[Kind, ...] = (
    Kind("discount", "10 % off your next order", "discount", 0.45, 0.001, 0.4, 0, 0.05, campaign=True),
    Kind("bundle", "Three for two", "discount", 0.33, 0.001, 0.3, 10, 0.03, campaign=True),
    Kind("free_product", "A gift with your order", "discount", 0.3, 0.001, 0.35, 70, campaign=True),
    Kind("price_match", "We match any price", "price", 0.4, 0.0005, 0.2, 20, 0.02, campaign=True),
    Kind("price_drop", "Now cheaper: what you buy", "price", 0.34, 0.001, 0.35, 10, 0.02, campaign=True),
    Kind("points", "Double points", "reward", 0.32, 0.001, 0.45, 40, 0.01, campaign=True),
    Kind(
        "tier_boost",
        "One order to the next tier",
        "reward",
        0.34,
        0.001,
        0.4,
        60,
        campaign=True,
        members=True,
    ),
    Kind(
        "expiring_points",
        "Your points expire soon",
        "reward",
        0.3,
        0.001,
        0.4,
        40,
        campaign=True,
        members=True,
    ),
    Kind("early_access", "See the new range first", "value", 0.27, 0.0005, 0.25, 50, campaign=True),
    Kind("experience", "An evening at our shop", "value", 0.3, 0.0005, 0.25, 110, campaign=True),
    Kind("membership_trial", "A month of free delivery", "any", 0.12, 0.001, 0.15, 80),
    Kind("referral", "Bring a friend", "value", 0.2, 0.001, 0.06, 150),
    Kind("donation", "We plant a tree for you", "value", 0.22, 0.0005, 0.4, 40),
    Kind("birthday", "Happy birthday", "reward", 0.3, 0.0005, 0.5, 100),
    Kind("welcome", "Welcome", "any", 0.14, 0.0005, 0.3, 60),
    Kind("enrolment", "Join our programme", "reward", 0.2, 0.001, 0.2, 50),
    Kind("second_purchase", "Something for next time", "any", 0.2, 0.001, 0.3, 60, rescue=1.3),
    Kind("win_back", "We miss you", "any", 0.16, 0.0015, 0.25, 70, rescue=2.0),
    Kind("post_purchase", "Care for what you bought", "value", 0.16, 0.0005, 0.1, 10),
    Kind("product", "Picked for you", "any", 0.08, 0.001, 0.2, 10),
    Kind("service_recovery", "We are sorry", "any", 0.12, 0.0005, 0.3, 60, rescue=1.5),
    Kind("chat_invitation", "Can we help?", "any", 0.08, 0.001, 0.1, 15),
    Kind("feedback_request", "How did we do?", "value", 0.16, 0.0008, 0.05, 10),
)

CAMPAIGN = np.array([number for number, kind in enumerate(CATALOGUE) if kind.campaign])
"""Positions of the offers that campaigns send."""


def column(name: str) -> Floats:
    """One number of every offer, shape (offers,)."""
    return np.array([getattr(kind, name) for kind in CATALOGUE], np.float64)


def offer_id(kind: Kind) -> str:
    """Id of an offer in the tables."""
    return f"offer-{kind.type}"


def pulls() -> Floats:
    """Mean pull on each loyalty type, shape (types, offers); occasional buyers answer a little to everything."""
    matched = np.array([[kind.mechanism in (name, "any") for kind in CATALOGUE] for name in TYPES])
    share = np.where(matched, 1.0, SPILL)
    share[TYPES.index("occasional")] = np.where(matched[0] & matched[1], 1.0, 0.22)
    return np.asarray(share * column("pull"))


def offers_table(first: int) -> pa.Table:
    """The `offers` table, valid from the first instant (microseconds since 1970) on, and still today."""
    n = len(CATALOGUE)
    return contract_table(
        "offers",
        {
            "offer_id": [offer_id(kind) for kind in CATALOGUE],
            "name": [kind.name for kind in CATALOGUE],
            "type": [kind.type for kind in CATALOGUE],
            "mechanism": [kind.mechanism for kind in CATALOGUE],
            "cost": [round((kind.cost + 4000 * kind.share) / 100, 2) for kind in CATALOGUE],
            "starts_at": pa.array([first] * n, INSTANT),
            "ends_at": pa.nulls(n, INSTANT),
            "channels": [json.dumps(["email", "web"])] * n,
            "audience": ["[]"] * n,
            "cooldown_days": pa.array([28] * n, pa.int64()),
            "max_per_customer": pa.array([12] * n, pa.int64()),
            "purpose": ["marketing"] * n,
            "terms": [_terms(kind) for kind in CATALOGUE],
        },
    )


def _terms(kind: Kind) -> str:
    whom = " For members of the points programme." if kind.members else ""
    return f"{kind.name}. Valid for 28 days, once.{whom}"
