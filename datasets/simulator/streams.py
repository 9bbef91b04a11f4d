"""Random numbers: a stream of its own for every concept of every cell.

Streams are children of one `SeedSequence`, named by concept and cell. So a cell does not depend on which cells
were drawn before it, and a concept that draws more numbers does not move the others.
"""

from __future__ import annotations

from typing import Literal, get_args

from numpy.random import SFC64, Generator, SeedSequence

Concept = Literal[
    "assortment",
    "events",
    "traits",
    "satisfaction",
    "lifetimes",
    "demand",
    "responses",
    "campaigns",
    "orders",
    "baskets",
    "points",
    "memberships",
    "service",
    "feedback",
    "visits",
    "mails",
    "consents",
    "texts",
    "feedback_texts",
    "guests",
    "guest_baskets",
    "guest_arrival",
    "programme_arrival",
    "mail_arrival",
    "visit_arrival",
    "guest_delivery",
    "arrival",
    "delivery",
]
_NUMBERS = {concept: number for number, concept in enumerate(get_args(Concept))}


def stream(seed: int, concept: Concept, cell: int = 0) -> Generator:
    """The generator of a concept in a cell; equal arguments give equal numbers."""
    return Generator(SFC64(SeedSequence(seed, spawn_key=(_NUMBERS[concept], cell))))
