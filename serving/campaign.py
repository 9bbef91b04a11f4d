"""A campaign plan: whom to contact with what, for a budget, and what it is expected to bring.

Each customer gets at most one offer. What an offer brings is its expected change of the margin less its costs
(`models.offer_effects`); what it costs is the expected redemptions and the contact. Customers and offers are chosen
by net value less a price on cost, the least price at which the budget is kept (Lagrangian relaxation of the
multiple-choice knapsack), and by what fits afterwards, capacities included. Customers of the holdout would have been
contacted, and are not: the difference to them is what the campaign has brought.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from models.offer_effects import LEVEL_Z, NO_OFFER
from serving.arms import HOLDOUT, POLICY, position
from serving.decisions import ARM_STAGE, HELD_OUT, customer_of, granted, new_decision_id, promised_terms
from serving.gains import ORDERS, SPEND, context_of, most_cost
from serving.generation import Generation
from serving.ledger import Ledger
from serving.offers import Offer
from serving.policy import Situation, refusal
from serving.product_offers import chosen_products
from serving.record import Decision, Reservation

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
NAME = "campaign@1"
_POWER_Z = 1.959964 + 0.841621
"""A difference of a true effect is found four times out of five, with five false alarms in a hundred."""
_HALVINGS = 60


@dataclass(frozen=True, eq=False)
class Candidates:
    """Customers who may get something on a channel; n customers, k offers.

    Attributes:
        rows: (n,) of the generation.
        able: (n, k) who may get which offer.
        repurchase: (n, k) change of the chance of an order.
        margin: (n, k) change of the margin after all costs, minor units.
        cost: (n, k) expected cost of making the offer, minor units.
        order_margin: (n,) margin of one order.
        held_out: (n,) customers who are not contacted, to compare with.
    """

    rows: Ints
    able: npt.NDArray[np.bool_]
    repurchase: Floats
    margin: Floats
    cost: Floats
    order_margin: Floats
    held_out: npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Plan:
    """What is planned, and what is expected of it.

    Attributes:
        offers: of the catalogue.
        candidates: who could be contacted.
        choice: (n,) index of the offer, NO_OFFER for nobody's; of the held out, what they would have got.
        budget: minor units.
        horizon_days: over which effects are expected, and how long to wait until they can be measured.
    """

    offers: tuple[Offer, ...]
    candidates: Candidates
    choice: Ints
    budget: float
    horizon_days: int

    @property
    def contacted(self) -> Ints:
        """Places of the customers who are contacted."""
        return np.flatnonzero((self.choice != NO_OFFER) & ~self.candidates.held_out)

    @property
    def compared(self) -> Ints:
        """Places of the customers who would have been, and are held out."""
        return np.flatnonzero((self.choice != NO_OFFER) & self.candidates.held_out)

    def summary(self) -> dict[str, Any]:
        """What it comes to; money in minor units."""
        who = self.contacted
        chosen = self.choice[who]
        won = self.candidates.repurchase[who, chosen]
        margin = self.candidates.margin[who, chosen]
        chance = won.clip(0, 1)
        error = float(np.sqrt((chance * (1 - chance) * self.candidates.order_margin[who] ** 2).sum()))
        expected = float(margin.sum())
        return {
            "contacted": len(who),
            "held_out": len(self.compared),
            "in_vain": round(float((1 - won).sum())),
            "orders_won": float(won.sum()),
            "expected_cost": float(self.candidates.cost[who, chosen].sum()),
            "budget": self.budget,
            "expected_margin": expected,
            "expected_margin_low": expected - LEVEL_Z * error,
            "expected_margin_high": expected + LEVEL_Z * error,
            "holdout_needed": holdout_needed(len(who), float(won.mean()) if len(who) else 0.0),
            "wait_days": self.horizon_days,
            "offers": {
                offer.offer_id: int((chosen == number).sum())
                for number, offer in enumerate(self.offers)
                if (chosen == number).any()
            },
        }


def holdout_needed(contacted: int, effect: float, rate: float = 0.5) -> int | None:
    """How many customers have to be held out for an effect on repurchase to be found four times out of five.

    By the normal approximation for two shares of unequal groups (Fleiss 1981); None where no number would do.

    Args:
        contacted: how many are contacted.
        effect: expected change of the share that orders.
        rate: share that orders anyway; one half is the worst case.
    """
    if contacted == 0 or effect <= 0:
        return None
    wanted = rate * (1 - rate) * (_POWER_Z / effect) ** 2  # of 1 / (1/n + 1/m)
    return math.ceil(1 / (1 / wanted - 1 / contacted)) if wanted < contacted else None


def candidates(
    generation: Generation,
    ledger: Ledger,
    *,
    channel: str,
    now: datetime,
    hidden: Callable[[str], bool],
    holdout: float,
    contact_cost: float,
    progress: Callable[[int, int], None] | None = None,
) -> Candidates:
    """Pass every customer through the funnel of the channel; what would not pay is left to the choice.

    Args:
        hidden: who must not appear at all.
        holdout: share of the customers who are not contacted.
        contact_cost: minor units.

    Raises:
        ValueError: the generation does not know what an order brings.
    """
    catalogue, limited = generation.catalogue, generation.catalogue.limited
    taken = ledger.taken_or_reserved(limited, now)
    rows, able = [], []
    total = generation.manifest.rows
    for row in range(total):
        customer_id = generation.customer_id(row)
        if progress is not None and row % 1000 == 0:
            progress(row, total)
        if hidden(customer_id):
            continue
        situation = Situation(
            customer_of(generation, row),
            now,
            channel,
            granted(generation, customer_id, now),
            ledger.shown(customer_id, now),
            taken,
            most_cost=most_cost(generation, row),
            products=chosen_products(generation, catalogue, row),
        )
        may = [refusal(offer, catalogue, situation) is None for offer in catalogue.offers]
        if any(may):
            rows.append(row)
            able.append(may)
    at = np.array(rows, np.int64)
    effects = generation.effects.effects
    if np.isnan(effects.order_value):
        raise ValueError(
            f"the generation has no {SPEND} and {ORDERS}; a campaign cannot tell what an order brings"
        )
    context = context_of(generation, at, effects.order_value)
    margin = effects.margin(context, contact_cost)
    cost = effects.cost(context, contact_cost)
    value = effects.margin_share * effects.value_of_order(context)
    held_out = np.array([position(generation.customer_id(row)) < holdout for row in rows], bool)
    possible = np.array(able, bool).reshape(len(rows), len(catalogue.offers))
    return Candidates(at, possible, effects.repurchase(context), margin, cost, value, held_out)


def without(found: Candidates, generation: Generation, customer_ids: set[str]) -> Candidates:
    """The candidates, of whom some get nothing: something was decided about them while the others were looked at."""
    if not customer_ids:
        return found
    gone = np.array([generation.customer_id(int(row)) in customer_ids for row in found.rows], bool)
    return replace(found, able=found.able & ~gone[:, None])


def choose(found: Candidates, offers: Sequence[Offer], budget: float, taken: dict[str, int]) -> Ints:
    """The offer of each customer (n,), NO_OFFER for none: what brings most for the budget and the capacities.

    Args:
        budget: minor units; of the customers who are contacted.
        taken: how often each limited offer is taken or reserved already.
    """
    value = np.where(found.able, found.margin, -np.inf)
    low, high = 0.0, 1.0
    if _spent(found, _best(value, found.cost, 0.0)) > budget:
        while _spent(found, _best(value, found.cost, high)) > budget:
            high *= 2
        for _ in range(_HALVINGS):
            price = (low + high) / 2
            low, high = (
                (price, high) if _spent(found, _best(value, found.cost, price)) > budget else (low, price)
            )
    else:
        high = 0.0
    wanted, kept = (_best(value, found.cost, price) for price in (low, high))
    return _fitting(found, value, wanted, kept, offers, budget, taken)


def _best(value: Floats, cost: Floats, price: float) -> Ints:
    """Of each customer what brings most at a price on cost; NO_OFFER where nothing brings anything."""
    if not value.size:
        return np.full(len(value), NO_OFFER, np.int64)
    worth = value - price * cost
    best = worth.argmax(axis=1)
    return np.where(worth[np.arange(len(best)), best] > 0, best, NO_OFFER).astype(np.int64)


def _spent(found: Candidates, choice: Ints) -> float:
    made = (choice != NO_OFFER) & ~found.held_out
    return float(found.cost[made, choice[made]].sum())


def _fitting(
    found: Candidates,
    value: Floats,
    wanted: Ints,
    kept: Ints,
    offers: Sequence[Offer],
    budget: float,
    taken: dict[str, int],
) -> Ints:
    """What keeps the budget, and of what would not have fitted the best by the money; capacities are never passed."""
    left = [math.inf if offer.most is None else offer.most - taken.get(offer.offer_id, 0) for offer in offers]
    choice = np.full(len(kept), NO_OFFER, np.int64)
    spent = 0.0
    for options in (kept, wanted):
        places = np.flatnonzero((options != NO_OFFER) & (choice == NO_OFFER))
        cost = found.cost[places, options[places]]
        rate = value[places, options[places]] / np.maximum(cost, 1e-9)
        for place in places[np.argsort(-rate, kind="stable")]:
            offer = _open(value[place], int(options[place]), left)
            if offer is None:
                continue
            price = 0.0 if found.held_out[place] else float(found.cost[place, offer])
            if spent + price > budget:
                continue
            choice[place], spent = offer, spent + price
            left[offer] -= 0 if found.held_out[place] else 1
    return choice


def _open(value: Floats, wanted: int, left: list[float]) -> int | None:
    """The wanted offer, else the best of those that are left; None where none brings anything."""
    if left[wanted] >= 1:
        return wanted
    for offer in np.argsort(-value, kind="stable").tolist():
        if left[offer] >= 1 and value[offer] > 0:
            return int(offer)
    return None


def _product(generation: Generation, offer: Offer, row: int) -> str | None:
    return chosen_products(generation, generation.catalogue, row).get(offer.offer_id)


def records(
    generation: Generation, plan: Plan, channel: str, now: datetime
) -> list[tuple[Decision, Reservation | None]]:
    """A decision for everybody who is contacted or held out, and what it reserves."""
    found: list[tuple[Decision, Reservation | None]] = []
    until = now + timedelta(days=plan.horizon_days)
    for place in (*plan.contacted.tolist(), *plan.compared.tolist()):
        row, offer = int(plan.candidates.rows[place]), plan.offers[int(plan.choice[place])]
        customer_id, held_out = generation.customer_id(row), bool(plan.candidates.held_out[place])
        refused = (
            [] if not held_out else [{"offer_id": offer.offer_id, "stage": ARM_STAGE, "reason": HELD_OUT}]
        )
        decision = Decision(
            decision_id=new_decision_id(now),
            slot=0,
            customer_id=customer_id,
            decided_at=now,
            offer_id=None if held_out else offer.offer_id,
            propensity=1.0,
            arm=HOLDOUT if held_out else POLICY,
            policy=NAME,
            generation=generation.id,
            eligible=[] if held_out else [{"offer_id": offer.offer_id, "propensity": 1.0}],
            excluded=refused,
            terms=None if held_out else promised_terms(offer, _product(generation, offer, row)),
            seed=0,
            counters={"granted": sorted(granted(generation, customer_id, now))},
            channel=channel,
            request_id=None,
        )
        reserved = None
        if not held_out and offer.is_counted:
            reserved = Reservation(decision.decision_id, offer.offer_id, customer_id, now, until, offer.most)
        found.append((decision, reserved))
    return found
