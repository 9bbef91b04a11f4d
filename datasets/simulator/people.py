"""The tables `customers`, `consents` and `loyalty_events`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datasets.simulator.arrival import arrive
from datasets.simulator.columns import contract_table, customer_ids, instants, money, numbers, row_ids, words
from datasets.simulator.consent import PURPOSES
from datasets.simulator.points import LAPSES_AFTER, POINT_VALUE, TIERS, YEAR
from datasets.simulator.selling import order_ids
from datasets.simulator.streams import stream
from datasets.simulator.timeline import PERIOD
from datasets.simulator.traits import COUNTRIES, LANGUAGES, NEVER
from datasets.simulator.world import Cell, World

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

PROGRAMMES, MEMBERSHIPS = ("points",), ("plus",)
MEMBERSHIP_FEE = 3_900


def customers_table(world: World, cell: Cell) -> pa.Table:
    """One row from joining on, and one from each change of programme, tier or membership."""
    traits, ledger = cell.people.traits, cell.ledger
    who, day = _changes(world, cell)
    member = day >= np.minimum(traits.enrolled, NEVER)[who]
    tier = np.where(day >= 0, ledger.tier[who, np.maximum(day, 0) // PERIOD], 0)
    plus = (day >= ledger.subscribed[who]) & (day < ledger.unsubscribed[who])
    referrer = traits.referred_by[who]
    valid = world.timeline.instants(day, np.zeros(len(day)))
    joined = world.timeline.instants(traits.joined[who], np.zeros(len(day)))
    return contract_table(
        "customers",
        {
            "customer_id": customer_ids(traits.number[who]),
            "valid_from": instants(valid),
            "joined_at": instants(joined),
            "birth_month": pa.array(traits.birth_month[who], mask=~member),
            "country": words(COUNTRIES, traits.language[who]),
            "language": words(LANGUAGES, traits.language[who]),
            "tier": words(TIERS, np.where(member, np.maximum(tier, 0), -1)),
            "membership": words(MEMBERSHIPS, np.where(plus, 0, -1)),
            "programme": words(PROGRAMMES, np.where(member, 0, -1)),
            "referred_by": _referrer(cell, referrer),
        },
    )


def _referrer(cell: Cell, row: Integers) -> pa.Array:
    """Ids of those who sent somebody; none where they were erased."""
    traits = cell.people.traits
    named = (row >= 0) & ~traits.erased[row]
    return pc.if_else(pa.array(named), customer_ids(traits.number[row]), None)


def _changes(world: World, cell: Cell) -> tuple[Integers, Integers]:
    """Customer and grid day of every row, ascending."""
    traits, ledger = cell.people.traits, cell.ledger
    everybody = np.arange(len(traits))
    moved, period = np.nonzero(_tier_moves(cell))
    days = [traits.joined, traits.enrolled, ledger.subscribed, ledger.unsubscribed, period * PERIOD]
    rows = [everybody] * 4 + [moved]
    who, day = np.concatenate(rows), np.concatenate(days)
    keep = (day < world.timeline.end) & (day >= traits.joined[who]) & ~traits.erased[who]
    pairs = np.unique(np.stack((who[keep], day[keep]), axis=1), axis=0)
    return pairs[:, 0], pairs[:, 1]


def _tier_moves(cell: Cell) -> Flags:
    """Periods on whose first day the tier changes, shape (customers, periods)."""
    tier = np.maximum(cell.ledger.tier, 0)
    before = np.concatenate((np.zeros((len(tier), 1), np.int64), tier[:, :-1]), axis=1)
    return np.asarray(tier != before)


def consents_table(world: World, cell: Cell) -> pa.Table:
    """Answers on joining, refusals and second thoughts."""
    traits, answers = cell.people.traits, cell.people.answers
    shape = answers.granted.shape
    joined = np.broadcast_to(traits.joined[:, None], shape)
    given = np.where(answers.granted, 0, 1)
    days = np.stack((joined, answers.revoked, answers.again))
    status = np.stack((given, np.full(shape, 2), np.zeros(shape, np.int64)))
    kept = (days < world.timeline.end) & ~traits.erased[:, None]
    step, who, purpose = np.nonzero(kept)
    day, said = days[step, who, purpose], status[step, who, purpose]
    return contract_table(
        "consents",
        {
            "customer_id": customer_ids(traits.number[who]),
            "purpose": words(PURPOSES, purpose),
            "status": words(("granted", "denied", "revoked"), said),
            "changed_at": instants(world.timeline.instants(day, 60 * (1 + step))),
        },
    )


def loyalty_events_table(world: World, cell: Cell) -> pa.Table:
    """Everything that happened in the programme, known by the end of the extract."""
    events = pa.concat_tables([_by_order(world, cell), _by_day(world, cell)])
    random = stream(world.shop.seed, "programme_arrival", cell.number)
    at = events["occurred_at"].cast(pa.int64()).to_numpy()
    known = arrive(random, at)
    keep = pa.array(known < world.timeline.end_instant)
    events = events.append_column("event_id", row_ids("L", cell.number, len(at)))
    events = events.append_column("ingested_at", instants(known)).filter(keep)
    return contract_table("loyalty_events", {name: events[name] for name in events.column_names})


def _events(cell: Cell, who: Integers, columns: dict[str, Any]) -> pa.Table:
    traits = cell.people.traits
    n = len(who)
    empty = {"points": pa.nulls(n, pa.float64()), "value": pa.nulls(n, pa.float64())}
    empty |= {name: pa.nulls(n, pa.string()) for name in ("tier", "order_id", "referred_customer_id")}
    empty["expires_at"] = pa.nulls(n, pa.timestamp("us", "UTC"))
    whole = (
        {"customer_id": customer_ids(traits.number[who]), "programme": pa.array(["points"] * n, pa.string())}
        | empty
        | columns
    )
    names = sorted(whole)
    return pa.table({name: whole[name] for name in names}).filter(pa.array(~traits.erased[who]))


def _by_order(world: World, cell: Cell) -> pa.Table:
    """Points earned and redeemed."""
    orders, ledger = cell.orders, cell.ledger
    earned, redeemed = np.flatnonzero(ledger.earned), np.flatnonzero(ledger.redeemed)
    at = np.concatenate((earned, redeemed))
    is_earned = np.arange(len(at)) < len(earned)
    points = np.where(is_earned, ledger.earned[at], -ledger.redeemed[at])
    lapse = world.timeline.instants((orders.period[at] + LAPSES_AFTER) * PERIOD, np.zeros(len(at)))
    return _events(
        cell,
        orders.customer[at],
        {
            "type": words(("earn", "redeem"), np.where(is_earned, 0, 1)),
            "occurred_at": instants(orders.instant[at]),
            "points": numbers(points),
            "value": money(np.rint(np.abs(points) * POINT_VALUE)),
            "order_id": order_ids(cell).take(pa.array(at)),
            "expires_at": instants(np.where(is_earned, lapse, 0)),
        },
    )


def _by_day(world: World, cell: Cell) -> pa.Table:
    """Enrolments, lapses, tiers, referrals and paid memberships."""
    ledger, end = cell.ledger, world.timeline.end
    enrols, starts, ends = (
        np.flatnonzero(day < end) for day in (ledger.enrolled, ledger.subscribed, ledger.unsubscribed)
    )
    first = {"tier": words(TIERS, np.zeros(len(enrols), np.int64))}
    start = ledger.subscribed[starts]
    until = world.timeline.instants(start + YEAR, np.full(len(starts), 1_800))
    paid = {"value": money(np.full(len(starts), MEMBERSHIP_FEE)), "expires_at": instants(until)}
    parts = [
        _dated(world, cell, "enrol", enrols, ledger.enrolled[enrols], first),
        _lapses(world, cell),
        _tier_changes(world, cell),
        _referrals(world, cell),
        _dated(world, cell, "membership_start", starts, start, paid),
        _dated(world, cell, "membership_end", ends, ledger.unsubscribed[ends], {}),
    ]
    return pa.concat_tables(parts)


def _dated(
    world: World, cell: Cell, kind: str, who: Integers, day: Integers, columns: dict[str, Any]
) -> pa.Table:
    """Events of one kind, half an hour after midnight."""
    at = world.timeline.instants(day, np.full(len(day), 1_800))
    return _events(
        cell, who, {"type": pa.array([kind] * len(who), pa.string()), "occurred_at": instants(at)} | columns
    )


def _lapses(world: World, cell: Cell) -> pa.Table:
    who, period = np.nonzero(cell.ledger.lapsed)
    points = cell.ledger.lapsed[who, period]
    columns = {"points": numbers(-points), "value": money(np.rint(points * POINT_VALUE))}
    return _dated(world, cell, "expire", who, period * PERIOD, columns)


def _tier_changes(world: World, cell: Cell) -> pa.Table:
    who, period = np.nonzero(_tier_moves(cell))
    tier = words(TIERS, np.maximum(cell.ledger.tier[who, period], 0))
    return _dated(world, cell, "tier_change", who, period * PERIOD, {"tier": tier})


def _referrals(world: World, cell: Cell) -> pa.Table:
    """Of those who sent somebody, on the day on which that customer joined; none where either was erased."""
    traits = cell.people.traits
    sent = np.flatnonzero((traits.referred_by >= 0) & ~traits.erased & ~traits.erased[traits.referred_by])
    columns = {"referred_customer_id": customer_ids(traits.number[sent])}
    return _dated(world, cell, "referral", traits.referred_by[sent], traits.joined[sent], columns)
