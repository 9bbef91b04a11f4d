"""The tables `decisions`, `offer_events` and `visits`."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.simulator.arrival import arrive
from datasets.simulator.assortment import CATEGORIES
from datasets.simulator.campaigns import NO_OFFER, NONE_SHARE
from datasets.simulator.catalogue import CAMPAIGN, CATALOGUE, offer_id
from datasets.simulator.columns import contract_table, customer_ids, instants, money, numbers, row_ids, words
from datasets.simulator.streams import stream
from datasets.simulator.timeline import DAY, DECISION_SECOND, PERIOD, SECOND
from datasets.simulator.visits import KINDS, draw_visits
from datasets.simulator.world import Cell, World

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

OFFER_IDS = [offer_id(kind) for kind in CATALOGUE]
EVENTS = ("shown", "accepted", "redeemed", "dismissed")
SHOWN, ACCEPTED, REDEEMED, DISMISSED = range(len(EVENTS))
DISMISSES, ACCEPTED_ONLY = 0.06, 0.03


def decision_ids(cell: Cell) -> pa.Array:
    """Ids of a cell's decisions."""
    return row_ids("D", cell.number, len(cell.decisions))


def _decided(world: World, cell: Cell) -> Integers:
    made = cell.decisions
    return world.timeline.instants(made.period * PERIOD, np.full(len(made), DECISION_SECOND))


def decisions_table(world: World, cell: Cell) -> pa.Table:
    """Randomised decisions with their propensities."""
    made, traits = cell.decisions, cell.people.traits
    n = len(made)
    policies = [_eligible(members=False), _eligible(members=True)]
    table = contract_table(
        "decisions",
        {
            "decision_id": decision_ids(cell),
            "slot": np.zeros(n, np.int64),
            "customer_id": customer_ids(traits.number[made.customer]),
            "decided_at": instants(_decided(world, cell)),
            "offer_id": words(OFFER_IDS, made.offer),
            "propensity": numbers(made.propensity),
            "arm": ["random"] * n,
            "policy": ["uniform"] * n,
            "eligible": words(policies, made.eligible_members.astype(np.int64)),
            "excluded": ["[]"] * n,
            "channel": ["email"] * n,
        },
    )
    return table.filter(pa.array(~traits.erased[made.customer]))


def _eligible(*, members: bool) -> str:
    """What could be chosen, no offer among it, each with its probability."""
    able = [number for number in CAMPAIGN.tolist() if members or not CATALOGUE[number].members]
    share = round((1 - NONE_SHARE) / len(able), 12)
    offers = [{"offer_id": OFFER_IDS[number], "propensity": share} for number in able]
    return json.dumps([{"offer_id": None, "propensity": NONE_SHARE}, *offers])


def offer_events_table(world: World, cell: Cell) -> pa.Table:
    """What happened to the offers that were made."""
    random = stream(world.shop.seed, "mail_arrival", cell.number)
    made, traits = cell.decisions, cell.people.traits
    row, event, instant = _happenings(world, cell, random)
    known = arrive(random, instant)
    table = contract_table(
        "offer_events",
        {
            "decision_id": decision_ids(cell).take(pa.array(row)),
            "offer_id": words(OFFER_IDS, made.offer[row]),
            "event": words(EVENTS, event),
            "occurred_at": instants(instant),
            "customer_id": customer_ids(traits.number[made.customer[row]]),
            "value": pc.if_else(pa.array(event == REDEEMED), money(made.cost[row]), None),
            "ingested_at": instants(known),
        },
    )
    return table.filter(pa.array(known < world.timeline.end_instant))


def _happenings(world: World, cell: Cell, random: Generator) -> tuple[Integers, Integers, Integers]:
    """Decision, kind and instant of every event, kind by kind."""
    made = cell.decisions
    sent = (made.offer != NO_OFFER) & ~cell.people.traits.erased[made.customer]
    luck = random.random(len(made))
    shown = _decided(world, cell) + 60 * SECOND
    ordered = cell.orders.instant[np.maximum(cell.orders.first[made.customer, made.period], 0)]
    later = shown + (random.random(len(made)) * 3 * DAY).astype(np.int64) + 3_600 * SECOND
    idle = sent & ~made.redeemed
    happened = (
        (SHOWN, sent, shown),
        (ACCEPTED, sent & made.redeemed, ordered - 60 * SECOND),
        (ACCEPTED, idle & (luck < ACCEPTED_ONLY), later),
        (REDEEMED, sent & made.redeemed, ordered),
        (DISMISSED, idle & (luck > 1 - DISMISSES), later),
    )
    row = np.concatenate([np.flatnonzero(mask) for _, mask, _ in happened])
    event = np.concatenate([np.full(int(mask.sum()), kind) for kind, mask, _ in happened])
    return row, event, np.concatenate([instant[mask] for _, mask, instant in happened])


def visits_table(world: World, cell: Cell) -> pa.Table:
    """Browsing and mails, known by the end of the extract."""
    seen, traits, goods = draw_visits(world, cell), cell.people.traits, world.assortment
    known = arrive(stream(world.shop.seed, "visit_arrival", cell.number), seen.instant)
    campaign = np.append(cell.decisions.offer, NO_OFFER)[seen.decision]
    keep = (known < world.timeline.end_instant) & ~traits.erased[seen.customer]
    category = np.where(seen.product >= 0, goods.category[seen.product], -1)
    is_mail = seen.decision >= 0
    key = row_ids("V", cell.number, len(known))
    table = contract_table(
        "visits",
        {
            "visit_id": key,
            "customer_id": customer_ids(traits.number[seen.customer]),
            "occurred_at": instants(seen.instant),
            "kind": words(KINDS, seen.kind),
            "session_id": pc.if_else(pa.array(is_mail), None, key),
            "duration_s": numbers(seen.seconds),
            "product_id": words(goods.ids, seen.product),
            "category": words(CATEGORIES, category),
            "campaign_id": words(OFFER_IDS, campaign),
            "ingested_at": instants(known),
        },
    )
    return table.filter(pa.array(keep))
