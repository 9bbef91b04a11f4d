"""Past campaigns: on the first day of each period some customers are sent an offer, and it changes what they do.

Two ways of logging. `randomised`: every contactable customer may be drawn, and the offer, or none, is drawn with
known probabilities, which the decisions record. `targeted`: the marketing department does what it always did
(the best customers get the most, lapsing ones a discount, members points); no probability is known, none is logged.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.simulator.catalogue import CAMPAIGN, CATALOGUE
from datasets.simulator.consent import Answers
from datasets.simulator.demand import Demand, Outlook
from datasets.simulator.lifetimes import Lifetimes
from datasets.simulator.responses import Effects, Responses, effects, eligible, pull_in_state, redemption_cost
from datasets.simulator.shop import Shop
from datasets.simulator.streams import stream
from datasets.simulator.timeline import PERIOD, Timeline
from datasets.simulator.traits import Traits

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

NO_OFFER = -1
CONTACTED = 0.35
NONE_SHARE = 0.2
"""Probability of no offer in a randomised decision: the control group."""
KNOWN_PERIODS = 4
"""Only who ordered in the last four periods is written to."""
REDEEM_DAYS = (1, 21)


@dataclass(frozen=True)
class Decisions:
    """One row for each decision, ordered by period and customer; shape (decisions,) each.

    Attributes:
        customer: row in the cell.
        period: it is made on the first day of this period.
        offer: position in CATALOGUE, or NO_OFFER.
        propensity: probability of that choice; NaN where nobody knows it.
        eligible_members: offers for members could be chosen too.
        redeemed: the offer was redeemed, with the first order after it.
        cost: cents that the redemption cost, 0 without one.
        repurchase: chance of an order in the 28 days with no offer.
        effect: change of that chance by the offer made.
        margin_effect: change of the expected margin by the offer made, cents.
    """

    customer: Integers
    period: Integers
    offer: Integers
    propensity: Floats
    eligible_members: Flags
    redeemed: Flags
    cost: Integers
    repurchase: Floats
    effect: Floats
    margin_effect: Floats

    def __len__(self) -> int:
        return len(self.customer)


@dataclass(frozen=True)
class Population:
    """What campaigns read of a cell."""

    traits: Traits
    lifetimes: Lifetimes
    demand: Demand
    outlook: Outlook
    responses: Responses
    answers: Answers


def draw_purchases(shop: Shop, timeline: Timeline, people: Population, cell: int) -> tuple[Flags, Decisions]:
    """Days with an order (customers, days of the extract) as the campaigns left them, and the decisions."""
    bought = _unmoved(shop, timeline, people, cell)
    random = stream(shop.seed, "campaigns", cell)
    state = people.lifetimes.by_period(timeline.periods)
    made = []
    for period in range(1, timeline.periods):
        who = np.flatnonzero(_contactable(timeline, people, bought, period))
        made.append(_decide(shop, random, people, bought, state[:, period], who, period))
    columns = [np.concatenate([getattr(one, field.name) for one in made]) for field in fields(Decisions)]
    return bought, Decisions(*columns)


def _unmoved(shop: Shop, timeline: Timeline, people: Population, cell: int) -> Flags:
    """Days with an order had no offer been made."""
    random = stream(shop.seed, "demand", cell)
    chance = people.demand.active[:, : timeline.end].copy()
    day = np.arange(timeline.end)
    drifting = day >= people.lifetimes.drifts[:, None]
    chance[drifting] = people.demand.drifting[:, : timeline.end][drifting]
    chance[day >= people.lifetimes.gone[:, None]] = 0
    bought = random.random(chance.shape, np.float32) < chance
    first = np.flatnonzero(people.traits.joined >= timeline.first)
    bought[first, people.traits.joined[first]] = True
    return np.asarray(bought)


def _contactable(timeline: Timeline, people: Population, bought: Flags, period: int) -> Flags:
    """Customers with marketing consent and an order in the last periods."""
    start = period * PERIOD
    recent = bought[:, max(start - KNOWN_PERIODS * PERIOD, timeline.first) : start].any(axis=1)
    return np.asarray(recent & people.answers.allows("marketing", start))


def _decide(
    shop: Shop,
    random: Generator,
    people: Population,
    bought: Flags,
    state: Integers,
    who: Integers,
    period: int,
) -> Decisions:
    """Decide for one period, and let the offers change `bought`."""
    able = eligible(people.traits, period * PERIOD)[who]
    if shop.logging == "randomised":
        drawn, offer, propensity = _at_random(random, able)
    else:
        drawn, offer = _by_habit(random, able, _orders_lately(bought, who, period))
        propensity = np.full(len(offer), np.nan)
    who, offer, propensity, able = who[drawn], offer[drawn], propensity[drawn], able[drawn]
    truth = effects(people.responses, people.outlook, state, period)
    redeemed = _respond(random, people, bought, state, who, offer, period)
    value = redemption_cost(people.outlook.order_value[:, period])[who, offer]
    return Decisions(
        who,
        np.full(len(who), period),
        offer,
        propensity,
        np.asarray(able[:, CAMPAIGN].all(axis=1)),
        redeemed,
        np.where(redeemed, value, 0).astype(np.int64),
        people.outlook.repurchase[who, period],
        *_of_offer(truth, who, offer),
    )


def _of_offer(truth: Effects, who: Integers, offer: Integers) -> tuple[Floats, Floats]:
    made = offer != NO_OFFER
    return np.where(made, truth.repurchase[who, offer], 0.0), np.where(made, truth.margin[who, offer], 0.0)


def _at_random(random: Generator, able: Flags) -> tuple[Flags, Integers, Floats]:
    """Who is drawn, the offer and its probability: none with NONE_SHARE, else any eligible one alike."""
    n = len(able)
    drawn = random.random(n) < CONTACTED
    lot = np.where(able[:, CAMPAIGN], random.random((n, len(CAMPAIGN))), -1.0)
    offer = CAMPAIGN[lot.argmax(axis=1)]
    none = random.random(n) < NONE_SHARE
    count = able[:, CAMPAIGN].sum(axis=1)
    propensity = np.where(none, NONE_SHARE, (1 - NONE_SHARE) / count)
    return drawn, np.where(none, NO_OFFER, offer), propensity


def _orders_lately(bought: Flags, who: Integers, period: int) -> Integers:
    start = period * PERIOD
    return np.asarray(bought[who, max(start - 3 * PERIOD, 0) : start].sum(axis=1))


def _by_habit(random: Generator, able: Flags, orders: Integers) -> tuple[Flags, Integers]:
    """Who is written to, and what: the more somebody orders, the more is sent."""
    names = [kind.type for kind in CATALOGUE]
    member = able[:, names.index("tier_boost")]
    drawn = random.random(len(able)) < np.clip(0.08 + 0.06 * orders, 0, 0.7)
    often = np.where(member, names.index("points"), names.index("early_access"))
    usual = np.where(
        orders >= 5, often, np.where(orders >= 2, names.index("bundle"), names.index("discount"))
    )
    other = random.choice(CAMPAIGN, len(able))
    wanted = np.where(random.random(len(able)) < 0.8, usual, other)
    allowed = able[np.arange(len(able)), wanted]
    return drawn, np.where(allowed, wanted, names.index("discount"))


def _respond(
    random: Generator,
    people: Population,
    bought: Flags,
    state: Integers,
    who: Integers,
    offer: Integers,
    period: int,
) -> Flags:
    """Win and put off customers in `bought`; return whose offer was redeemed."""
    window = slice(period * PERIOD, (period + 1) * PERIOD)
    made = offer != NO_OFFER
    buys = bought[who, window].any(axis=1)
    pull = pull_in_state(people.responses.pull[who], state[who])[np.arange(len(who)), offer]
    luck = random.random((2, len(who)))
    won = made & ~buys & (luck[0] < pull)
    lost = made & buys & (luck[0] < people.responses.push[who, offer])
    bought[who[won], period * PERIOD + random.integers(*REDEEM_DAYS, len(who))[won]] = True
    bought[who[lost], window] = False
    taken = made & buys & ~lost & (luck[1] < people.responses.uptake[who, offer])
    return np.asarray(won | taken)
