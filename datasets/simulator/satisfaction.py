"""How content customers are, period by period: what drives tickets, ratings and texts, and leaving.

Satisfaction returns to the customer's own mean (an autoregressive process), and falls after a service failure:
little where it is solved well, much where it is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.simulator.shop import Shop
from datasets.simulator.streams import stream
from datasets.simulator.timeline import Timeline
from datasets.simulator.traits import Traits

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

PERSISTENCE = 0.75
SHOCK = 0.3
FAILURES_PER_ORDER = 0.045
SOLVED_WELL = 0.55
DROP_WELL, DROP_BADLY = 0.3, 1.6
LOWEST, HIGHEST = -3.0, 2.0


@dataclass(frozen=True)
class Satisfaction:
    """Shape (customers, periods + 1): the last is the period after the extract.

    Attributes:
        level: satisfaction at the start of the period, 0 in the mean, -3 to 2.
        failed: something goes wrong in the period, if the customer orders at all.
        solved_well: it is then put right quickly.
    """

    level: Floats
    failed: Flags
    solved_well: Flags


def draw_satisfaction(shop: Shop, timeline: Timeline, traits: Traits, cell: int) -> Satisfaction:
    """The satisfaction of a cell's customers."""
    random = stream(shop.seed, "satisfaction", cell)
    shape = (len(traits), timeline.periods + 1)
    chance = 1 - np.exp(-FAILURES_PER_ORDER * traits.rate * np.exp(-0.5 * traits.mood))
    failed = random.random(shape) < chance[:, None]
    well = random.random(shape) < SOLVED_WELL
    drop = np.where(failed, np.where(well, DROP_WELL, DROP_BADLY), 0.0)
    shock = random.normal(0, SHOCK, shape)
    level = np.empty(shape)
    level[:, 0] = traits.mood + 1.5 * shock[:, 0]
    for period in range(1, shape[1]):
        back = PERSISTENCE * (level[:, period - 1] - traits.mood)
        level[:, period] = traits.mood + back - drop[:, period - 1] + shock[:, period]
    return Satisfaction(np.clip(level, LOWEST, HIGHEST), failed, well)
