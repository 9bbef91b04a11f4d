"""Surveys, reviews and mentions: what customers say, from how content they are."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.simulator.choice import TYPES, VALUE
from datasets.simulator.lifetimes import GONE
from datasets.simulator.service import period_start, polarity_of
from datasets.simulator.streams import stream
from datasets.simulator.texts import ASPECTS
from datasets.simulator.timeline import DAY, PERIOD
from datasets.simulator.world import Cell, World

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

KINDS = ("nps", "csat", "cli", "review", "mention", "survey")
NPS, CSAT, CLI, REVIEW, MENTION, SURVEY = range(len(KINDS))
QUESTIONS = ("recommend", "buy again", "try other products", "delivery", "why do you buy from us?")
SCALES = {NPS: (0, 10), CSAT: (1, 5), CLI: (1, 6), REVIEW: (1, 5)}
ANSWERS_NPS, ANSWERS_CLI, ANSWERS_WHY = 0.08, 0.012, 0.01
"""Chance of an answer in a period, of a customer who is not gone and has joined."""
REVIEWS, RATES_DELIVERY, MENTIONS = 0.035, 0.04, 0.008
"""Chance for each order."""
MENTION_KNOWN = 0.35
HONEST = 0.85
"""Share of survey answers that name the true loyalty type."""
NOBODY = -1


@dataclass(frozen=True)
class Feedback:
    """Shape (answers,) each.

    Attributes:
        customer: row in the cell, NOBODY where it is unknown.
        writer: row in the cell whose words they are.
        given: microseconds since 1970.
        kind: index into KINDS.
        question: index into QUESTIONS, -1 for none.
        score: on the scale of the kind; NaN for none.
        polarity: of the text, -1, 0 or 1.
        aspect: of the text, index into ASPECTS.
        answer: index into TYPES of a survey answer, -1 elsewhere.
        written: there is a free text.
    """

    customer: Integers
    writer: Integers
    given: Integers
    kind: Integers
    question: Integers
    score: Floats
    polarity: Integers
    aspect: Integers
    answer: Integers
    written: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.customer)


def draw_feedback(world: World, cell: Cell) -> Feedback:
    """All feedback of a cell's customers."""
    random = stream(world.shop.seed, "feedback", cell.number)
    parts = [
        *_asked(world, cell, random),
        _of_orders(cell, random, REVIEW, REVIEWS),
        _of_orders(cell, random, CSAT, RATES_DELIVERY),
        _of_orders(cell, random, MENTION, MENTIONS),
    ]
    return Feedback(
        *(np.concatenate([getattr(one, field.name) for one in parts]) for field in fields(Feedback))
    )


def _asked(world: World, cell: Cell, random: Generator) -> list[Feedback]:
    """Answers to surveys, which are sent whatever happens."""
    known = _known(world, cell)
    parts = []
    for kind, chance in ((NPS, ANSWERS_NPS), (CLI, ANSWERS_CLI), (SURVEY, ANSWERS_WHY)):
        writer, period = np.nonzero(known & (random.random(known.shape) < chance))
        n = len(writer)
        given = period_start(world, period, random.integers(0, PERIOD, n), random.integers(30_000, 80_000, n))
        level = cell.mood.level[writer, period]
        questions = range(3) if kind == CLI else (-1,) if kind == NPS else (4,)
        parts += [_answers(cell, random, kind, question, writer, given, level) for question in questions]
    return parts


def _known(world: World, cell: Cell) -> NDArray[np.bool_]:
    periods = world.timeline.periods
    joined = cell.people.traits.joined[:, None] < np.arange(periods) * PERIOD
    return np.asarray(joined & (cell.people.lifetimes.by_period(periods) != GONE))


def _of_orders(cell: Cell, random: Generator, kind: int, chance: float) -> Feedback:
    """What follows an order by one to ten days; the very content and the very discontent write most."""
    orders = cell.orders
    level = cell.mood.level[orders.customer, orders.period] - np.where(orders.failed, 1.6, 0.0)
    at = np.flatnonzero(random.random(len(orders)) < chance * (0.6 + np.abs(level)))
    given = orders.instant[at] + DAY + (random.random(len(at)) * 9 * DAY).astype(np.int64)
    question = QUESTIONS.index("delivery") if kind == CSAT else -1
    return _answers(cell, random, kind, question, orders.customer[at], given, level[at])


def _answers(
    cell: Cell,
    random: Generator,
    kind: int,
    question: int,
    writer: Integers,
    given: Integers,
    level: Floats,
) -> Feedback:
    n, truth = len(writer), cell.people.traits.loyalty_type[writer]
    feeling = level + np.where(truth == VALUE, 0.25, 0.0)
    known = random.random(n) < (MENTION_KNOWN if kind == MENTION else 1.0)
    answer = np.where(random.random(n) < HONEST, truth, random.integers(0, len(TYPES), n))
    chance = {REVIEW: 0.9, MENTION: 1.0, NPS: 0.45}.get(kind, 0.0)
    return Feedback(
        np.where(known, writer, NOBODY),
        np.asarray(writer, np.int64),
        given,
        np.full(n, kind),
        np.full(n, question),
        _score(random, kind, question, feeling),
        polarity_of(random, feeling),
        random.integers(0, len(ASPECTS), n),
        answer if kind == SURVEY else np.full(n, -1),
        random.random(n) < chance,
    )


def _score(random: Generator, kind: int, question: int, feeling: Floats) -> Floats:
    """A rating on the scale of its kind: the middle at content, a step or so of noise."""
    if kind not in SCALES:
        return np.full(len(feeling), np.nan)
    low, high = SCALES[kind]
    width = high - low
    centre = low + 0.74 * width - (0.1 * width if question == 2 else 0.0)
    rating = centre + 0.24 * width * feeling + random.normal(0, 0.1 * width, len(feeling))
    return np.clip(np.rint(rating), low, high)
