"""When rows become known: most within the hour, some days late. What is late beyond the end is not in the extract."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.simulator.timeline import DAY, SECOND

Integers = NDArray[np.int64]

LATE = 0.015
USUAL_SECONDS, LATE_DAYS = 600.0, 4.0


def arrive(random: Generator, happened: Integers) -> Integers:
    """The instant at which each row becomes known, microseconds since 1970."""
    n = len(happened)
    usual = 1 + random.exponential(USUAL_SECONDS, n) * SECOND
    late = random.exponential(LATE_DAYS, n) * DAY
    return happened + np.where(random.random(n) < LATE, late, usual).astype(np.int64)
