"""What customers allow: one answer for each purpose on joining, taken back by some, given again by few."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.simulator.shop import Shop
from datasets.simulator.streams import stream
from datasets.simulator.timeline import Timeline
from datasets.simulator.traits import NEVER, Traits

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

PURPOSES = ("profiling", "marketing", "personalisation")
GRANTED = np.array([0.96, 0.8, 0.88])
REVOKED = np.array([0.015, 0.06, 0.03])
GRANTED_AGAIN = 0.2


@dataclass(frozen=True)
class Answers:
    """Shape (customers, purposes).

    Attributes:
        granted: the answer on joining.
        revoked: grid day on which it is taken back, or NEVER.
        again: grid day on which it is given once more, or NEVER.
    """

    granted: Flags
    revoked: Integers
    again: Integers

    def allows(self, purpose: str, day: int) -> Flags:
        """Whether the answer in force on the eve of a grid day is a grant, shape (customers,)."""
        at = PURPOSES.index(purpose)
        taken = (self.revoked[:, at] < day) & ~(self.again[:, at] < day)
        return self.granted[:, at] & ~taken


def draw_answers(shop: Shop, timeline: Timeline, traits: Traits, cell: int) -> Answers:
    """The answers of a cell's customers."""
    random = stream(shop.seed, "consents", cell)
    shape = (len(traits), len(PURPOSES))
    granted = random.random(shape) < GRANTED
    first = np.maximum(traits.joined, timeline.first)[:, None]
    revoked = first + 1 + random.integers(0, 700, shape)
    revokes = granted & (random.random(shape) < REVOKED * 2) & (revoked < timeline.end)
    again = revoked + random.integers(1, 300, shape)
    grants = revokes & (random.random(shape) < GRANTED_AGAIN) & (again < timeline.end)
    return Answers(granted, np.where(revokes, revoked, NEVER), np.where(grants, again, NEVER))
