"""What is true of the simulated customers, kept apart from the tables that a retailer would bring."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datasets.simulator.campaigns import KNOWN_PERIODS
from datasets.simulator.catalogue import CATALOGUE
from datasets.simulator.choice import INTENSITIES, TYPES
from datasets.simulator.columns import customer_ids, instants, words
from datasets.simulator.lifetimes import STATES
from datasets.simulator.marketing import OFFER_IDS, decision_ids
from datasets.simulator.responses import effects, eligible
from datasets.simulator.timeline import PERIOD
from datasets.simulator.traits import LANGUAGES
from datasets.simulator.world import Cell, World

Singles = NDArray[np.float32]


def _single(values: NDArray[np.floating]) -> Singles:
    return np.asarray(values, np.float32)


def customers_truth(world: World, cell: Cell) -> pa.Table:
    """Traits of every customer, and what the 28 days after the extract hold with no offer."""
    people, timeline = cell.people, world.timeline
    traits, outlook, last = people.traits, people.outlook, timeline.periods
    state = people.lifetimes.by_period(last + 1)[:, last]
    left = np.where(people.lifetimes.gone < timeline.end, people.lifetimes.gone, -1)
    drifted = np.where(people.lifetimes.drifts < timeline.end, people.lifetimes.drifts, -1)
    return pa.table(
        {
            "customer_id": customer_ids(traits.number),
            "loyalty_type": words(TYPES, traits.loyalty_type),
            "intensity": INTENSITIES[traits.intensity],
            "orders_per_28_days": traits.rate,
            "lines_per_order": traits.lines,
            "language": words(LANGUAGES, traits.language),
            "joined_at": instants(timeline.instants(traits.joined, np.zeros(len(traits)))),
            "drifts_at": _day(world, drifted),
            "left_at": _day(world, left),
            "state": words(STATES, state),
            "hazard_per_day": people.lifetimes.hazard[:, last],
            "satisfaction": cell.mood.level[:, last],
            "touchiness": traits.touchiness,
            "engagement": traits.engagement,
            "repurchase_28d": outlook.repurchase[:, last],
            "orders_28d": outlook.orders[:, last],
            "margin_28d": outlook.margin[:, last] / 100,
            "order_margin": outlook.order_margin[:, last] / 100,
            "contactable": _contactable(cell, last),
            "erased": traits.erased,
        }
    )


def _day(world: World, day: NDArray[np.int64]) -> pa.Array:
    return instants(np.where(day >= 0, world.timeline.instants(day, np.zeros(len(day))), 0))


def _contactable(cell: Cell, period: int) -> NDArray[np.bool_]:
    """Who a campaign on the first day after the extract could reach."""
    recent = (cell.orders.first[:, period - KNOWN_PERIODS : period] >= 0).any(axis=1)
    allowed = cell.people.answers.allows("marketing", period * PERIOD)
    return np.asarray(recent & allowed & ~cell.people.traits.erased)


def periods_truth(world: World, cell: Cell) -> pa.Table:
    """State, hazard, satisfaction and outlook of each customer on the first day of each period since joining."""
    people, timeline = cell.people, world.timeline
    traits, count = people.traits, timeline.periods + 1
    who, period = np.nonzero(traits.joined[:, None] < np.arange(count) * PERIOD)
    state = people.lifetimes.by_period(count)[who, period]
    return pa.table(
        {
            "customer_id": customer_ids(traits.number[who]),
            "starts_at": instants(timeline.instants(period * PERIOD, np.zeros(len(who)))),
            "state": words(STATES, state),
            "hazard_per_day": _single(people.lifetimes.hazard[who, period]),
            "satisfaction": _single(cell.mood.level[who, period]),
            "repurchase_28d": _single(people.outlook.repurchase[who, period]),
            "orders_28d": _single(people.outlook.orders[who, period]),
            "margin_28d": _single(people.outlook.margin[who, period] / 100),
        }
    )


def responses_truth(world: World, cell: Cell) -> pa.Table:
    """What every offer would change for every customer in the 28 days after the extract."""
    people, last = cell.people, world.timeline.periods
    state = people.lifetimes.by_period(last + 1)[:, last]
    change = effects(people.responses, people.outlook, state, last)
    n, offers = change.margin.shape
    able = eligible(people.traits, last * PERIOD)
    return pa.table(
        {
            "customer_id": customer_ids(people.traits.number).take(pa.array(np.repeat(np.arange(n), offers))),
            "offer_id": words(OFFER_IDS, np.tile(np.arange(offers), n)),
            "eligible": able.ravel(),
            "campaign": np.tile([kind.campaign for kind in CATALOGUE], n),
            "repurchase_effect": _single(change.repurchase.ravel()),
            "margin_effect": _single(change.margin.ravel() / 100),
            "redemption": _single(change.redemption.ravel()),
        }
    )


def decisions_truth(world: World, cell: Cell) -> pa.Table:
    """What each past decision changed, as expected when it was made."""
    made, traits = cell.decisions, cell.people.traits
    table = pa.table(
        {
            "decision_id": decision_ids(cell),
            "customer_id": customer_ids(traits.number[made.customer]),
            "decided_on": instants(world.timeline.instants(made.period * PERIOD, np.zeros(len(made)))),
            "offer_id": words(OFFER_IDS, made.offer),
            "repurchase_28d": _single(made.repurchase),
            "repurchase_effect": _single(made.effect),
            "margin_effect": _single(made.margin_effect / 100),
        }
    )
    return table.filter(pa.array(~traits.erased[made.customer]))
