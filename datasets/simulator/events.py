"""What happens to the whole shop: seasons, sales, price rises, a competitor's campaign."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.simulator.streams import stream
from datasets.simulator.timeline import Timeline

Floats = NDArray[np.float64]

WEEKDAY_DEMAND = np.array([0.85, 0.8, 0.9, 0.95, 1.2, 1.45, 0.85])
SALES = ((0, 18), (172, 21), (320, 12))
"""Winter sale, summer sale and the black weeks: first day of the year and length."""

PRICE_RISE_EVERY = 280
COMPETITOR_DAYS = 42


@dataclass(frozen=True)
class Events:
    """Of every grid day, shape (days,).

    Attributes:
        season: demand of the day, mean near 1, weekdays included.
        sale: a sale is on.
        competitor: the competitor's campaign is on.
        price_level: list prices of the day relative to the first day's.
        price_shock: a price rise was less than 56 days ago.
    """

    season: Floats
    sale: NDArray[np.bool_]
    competitor: NDArray[np.bool_]
    price_level: Floats
    price_shock: NDArray[np.bool_]


def draw_events(seed: int, timeline: Timeline) -> Events:
    """The calendar of a shop."""
    random = stream(seed, "events")
    day = np.arange(timeline.days)
    begins = int(random.uniform(0.45, 0.75) * timeline.end)
    rises = np.arange(timeline.first + int(random.integers(60, 140)), timeline.days, PRICE_RISE_EVERY)
    level = np.prod([np.where(day >= rise, random.uniform(1.02, 1.05), 1.0) for rise in rises], axis=0)
    shock = np.any([(day >= rise) & (day < rise + 56) for rise in rises], axis=0)
    return Events(
        season=_season(timeline) * np.exp(random.normal(0, 0.05, timeline.days)),
        sale=_sale(timeline),
        competitor=(day >= begins) & (day < begins + COMPETITOR_DAYS),
        price_level=np.broadcast_to(level, timeline.days).astype(np.float64),
        price_shock=np.broadcast_to(shock, timeline.days).copy(),
    )


def _season(timeline: Timeline) -> Floats:
    """A mild yearly wave, a peak before Christmas, a dip in high summer, and the weekday."""
    year = timeline.day_of_year
    wave = 1 + 0.06 * np.cos(2 * np.pi * (year - 330) / 365.25)
    peak = 0.45 * np.exp(-(((year - 348) / 11.0) ** 2))
    dip = 0.15 * np.exp(-(((year - 215) / 16.0) ** 2))
    return np.asarray((wave + peak - dip) * WEEKDAY_DEMAND[timeline.weekday])


def _sale(timeline: Timeline) -> NDArray[np.bool_]:
    year = timeline.day_of_year
    on = [(year >= first) & (year < first + length) for first, length in SALES]
    return np.asarray(np.any(on, axis=0))
