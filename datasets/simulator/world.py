"""What all customers share, and everything that was drawn of one cell of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datasets.simulator.assortment import Assortment, draw_assortment
from datasets.simulator.campaigns import Decisions, Population, draw_purchases
from datasets.simulator.choice import OCCASIONAL, TASTES, Choice, make_choice, segment_of
from datasets.simulator.consent import draw_answers
from datasets.simulator.demand import make_demand, make_outlook
from datasets.simulator.events import Events, draw_events
from datasets.simulator.lifetimes import draw_lifetimes
from datasets.simulator.orders import Buyers, Lines, Orders, draw_guests, draw_lines, draw_orders
from datasets.simulator.points import Ledger, keep_ledger
from datasets.simulator.responses import draw_responses
from datasets.simulator.satisfaction import Satisfaction, draw_satisfaction
from datasets.simulator.shop import Shop
from datasets.simulator.streams import stream
from datasets.simulator.timeline import Timeline
from datasets.simulator.traits import draw_traits

GUEST_LINES = 2.5


@dataclass(frozen=True)
class World:
    """The shop, its clock, its calendar, its products and how they are chosen."""

    shop: Shop
    timeline: Timeline
    events: Events
    assortment: Assortment
    choice: Choice


@dataclass(frozen=True)
class Cell:
    """One cell of customers and what they did."""

    number: int
    people: Population
    mood: Satisfaction
    decisions: Decisions
    orders: Orders
    lines: Lines
    guest_orders: Orders
    guest_lines: Lines
    ledger: Ledger


def make_world(shop: Shop) -> World:
    """Draw what all customers share."""
    timeline = Timeline(shop.months)
    events = draw_events(shop.seed, timeline)
    assortment = draw_assortment(shop.seed, timeline, events)
    return World(
        shop, timeline, events, assortment, make_choice(shop.seed, shop.difficulty, timeline, assortment)
    )


def draw_cell(world: World, cell: int) -> Cell:
    """Draw one cell; it depends on the world and its own number only."""
    shop, timeline = world.shop, world.timeline
    traits = draw_traits(shop, timeline, cell)
    mood = draw_satisfaction(shop, timeline, traits, cell)
    lifetimes = draw_lifetimes(shop, timeline, world.events, traits, mood, cell)
    demand = make_demand(timeline, world.events, traits, mood)
    people = Population(
        traits,
        lifetimes,
        demand,
        make_outlook(timeline, world.choice, traits, lifetimes, demand),
        draw_responses(shop, traits, cell),
        draw_answers(shop, timeline, traits, cell),
    )
    bought, decisions = draw_purchases(shop, timeline, people, cell)
    orders = draw_orders(shop, timeline, traits, mood, bought, cell)
    lines = _lines(world, people, mood, orders, cell)
    guests = draw_guests(shop, timeline, world.events.season, len(orders), cell)
    guest_lines = _guest_lines(world, guests, cell)
    ledger = keep_ledger(shop, timeline, traits, lifetimes, orders, lines, cell)
    return Cell(cell, people, mood, decisions, orders, lines, guests, guest_lines, ledger)


def _lines(world: World, people: Population, mood: Satisfaction, orders: Orders, cell: int) -> Lines:
    random = stream(world.shop.seed, "baskets", cell)
    traits, who = people.traits, orders.customer
    level = mood.level[who, orders.period]
    buyers = Buyers(traits.segment[who], traits.loyalty_type[who], traits.lines[who], level)
    return draw_lines(random, world.timeline, world.assortment, world.choice, orders, buyers)


def _guest_lines(world: World, guests: Orders, cell: int) -> Lines:
    """Guests choose as occasional buyers of any taste do."""
    random = stream(world.shop.seed, "guest_baskets", cell)
    n = len(guests)
    occasional = np.full(n, OCCASIONAL)
    segment = segment_of(occasional, np.zeros(n, np.int64), random.integers(0, TASTES, n))
    buyers = Buyers(segment, occasional, np.full(n, GUEST_LINES), np.zeros(n))
    return draw_lines(random, world.timeline, world.assortment, world.choice, guests, buyers)
