"""How each customer takes each offer, and what that changes in the 28 days after it.

Whatever would have happened without the offer happens first. Who would not have ordered is then won with the
chance `pull`; who would have ordered is put off, for the whole 28 days, with the chance `push`. So with p the
chance of an order without the offer,

    effect on repurchase = pull (1 - p) - push p,

exactly, and the expected margin follows in the same way (see `effects`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.simulator.catalogue import CATALOGUE, CONTACT_COST, column, pulls
from datasets.simulator.demand import Outlook
from datasets.simulator.lifetimes import STATES
from datasets.simulator.shop import Shop
from datasets.simulator.streams import stream
from datasets.simulator.traits import NEVER, Traits

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

GONE_PULL = 0.04
HIGHEST_PULL, HIGHEST_PUSH = 0.9, 0.5


@dataclass(frozen=True)
class Responses:
    """Shape (customers, offers) each.

    Attributes:
        pull: chance of winning an active customer who would not have ordered.
        push: chance of putting off one who would have.
        uptake: chance that one who orders anyway redeems the offer.
    """

    pull: Floats
    push: Floats
    uptake: Floats


@dataclass(frozen=True)
class Effects:
    """What making an offer changes in the 28 days after, as expected; shape (customers, offers) each.

    Attributes:
        repurchase: change of the chance of an order, -1 to 1.
        margin: change of margin after all costs of the offer, cents.
        redemption: chance that it is redeemed.
    """

    repurchase: Floats
    margin: Floats
    redemption: Floats


def draw_responses(shop: Shop, traits: Traits, cell: int) -> Responses:
    """Responses of a cell's customers: those of the loyalty type, and a part of their own."""
    random = stream(shop.seed, "responses", cell)
    shape, spread = (len(traits), len(CATALOGUE)), shop.difficulty.personal
    own = np.exp(random.normal(-(spread**2) / 2, spread, shape)) if spread else np.ones(shape)
    mean = pulls()[traits.loyalty_type]
    push = column("push") * traits.touchiness[:, None] * np.exp(random.normal(-0.02, 0.2, shape))
    uptake = column("uptake") * (mean / column("pull")) ** 2
    return Responses(
        np.minimum(mean * own, HIGHEST_PULL), np.minimum(push, HIGHEST_PUSH), np.minimum(uptake, 1.0)
    )


def pull_in_state(pull: Floats, state: Integers) -> Floats:
    """Pull on customers in a state (customers,) or (customers, 1)."""
    factor = np.ones((len(STATES), len(CATALOGUE)))
    factor[1] = column("rescue")
    factor[2] = GONE_PULL * column("rescue")
    return np.minimum(pull * factor[state], HIGHEST_PULL)


def redemption_cost(order_value: Floats) -> Floats:
    """Cents that a redemption costs, shape (customers, offers), from the customers' usual order."""
    return np.asarray(np.rint(column("cost") + column("share") * order_value[:, None]))


def effects(responses: Responses, outlook: Outlook, state: Integers, period: int) -> Effects:
    """The effect of every offer made on the first day of a period to customers in a state, (customers,)."""
    before = outlook.repurchase[:, period, None]
    won = pull_in_state(responses.pull, state) * (1 - before)
    kept = before * (1 - responses.push)
    redemption = won + kept * responses.uptake
    margin = won * outlook.order_margin[:, period, None] - responses.push * outlook.margin[:, period, None]
    cost = redemption_cost(outlook.order_value[:, period]) * redemption + CONTACT_COST
    return Effects(won - responses.push * before, margin - cost, redemption)


def eligible(traits: Traits, day: int) -> Flags:
    """Who may have which offer on a grid day, shape (customers, offers)."""
    member = (traits.enrolled < NEVER) & (traits.enrolled < day)
    return np.asarray(member[:, None] | ~column("members").astype(np.bool_))
