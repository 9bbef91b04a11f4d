"""Where customers stand in the buying cycle, and when their next order is due, from their own rhythm.

The cadence of a customer is the median gap between days with an order, drawn towards the shop's median as if that
had been seen PRIOR_GAPS times more. How irregular gaps are is a matter of the shop: all its gaps, each over the
cadence of its customer, say how far beyond a cadence is unusual.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NEW, EVALUATING, ACTIVE, SLIPPING, LAPSED, WON_BACK = range(6)
STAGES = ("new", "evaluating", "active", "slipping", "lapsed", "won_back")
PRIOR_GAPS = 3.0
USUAL, RARE = 0.75, 0.95
"""A gap within the USUAL quantile is active, within the RARE one slipping, beyond it lapsed."""
LEAST_USUAL, LEAST_RARE = 1.25, 1.5
"""In cadences; in a shop as regular as clockwork a day late is no sign yet."""
WON_BACK_CADENCES = 2.0
_DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Lifecycle:
    """All customers at one cutoff, (customers,) each.

    Attributes:
        stage: code into STAGES; 255 for who has not ordered before the cutoff.
        cadence_days: the gap that is usual for the customer.
        next_order_days: days from the cutoff to the next order, as it is expected; NaN where no gap of the shop was
            ever so long.
    """

    stage: NDArray[np.uint8]
    cadence_days: Floats
    next_order_days: Floats

    @classmethod
    def at(cls, customers: Ints, times: Ints, count: int, cutoff_us: int) -> Lifecycle:
        """Read it from every instant of an order.

        Args:
            customers: (orders,) number of the customer, ascending.
            times: (orders,) microseconds since 1970, ascending for a customer; the cutoff and later count not.
            count: how many customers there are.
            cutoff_us: the cutoff, in the same microseconds.
        """
        own, day = _order_days(customers, times, cutoff_us)
        orders = np.bincount(own, minlength=count)
        last = np.full(count, -np.inf)
        np.maximum.at(last, own, day)
        waited = cutoff_us / _DAY_US - last
        who, gaps = _gaps(own, day)
        cadence, ratios = _cadence(who, gaps, count)
        usual = max(float(np.quantile(ratios, USUAL)), LEAST_USUAL)
        rare = max(float(np.quantile(ratios, RARE)), LEAST_RARE)
        final = _last_of_each(who)
        last_gap = np.full(count, np.nan)
        last_gap[who[final]] = gaps[final]
        over = waited / cadence
        stage = np.select(
            [
                orders == 0,
                (orders == 1) & (over <= 1),
                orders == 1,
                (last_gap > rare * cadence) & (over <= WON_BACK_CADENCES),
                over <= usual,
                over <= rare,
            ],
            [255, NEW, EVALUATING, WON_BACK, ACTIVE, SLIPPING],
            LAPSED,
        )
        ahead = np.where(orders > 0, _still_to_come(ratios, over) * cadence, np.nan)
        return cls(stage.astype(np.uint8), cadence, ahead)


def _order_days(customers: Ints, times: Ints, cutoff_us: int) -> tuple[Ints, Ints]:
    """Customer and day of each day with an order before the cutoff."""
    before = times < cutoff_us
    own, day = customers[before], times[before] // _DAY_US
    first = np.ones(len(own), bool)
    first[1:] = (own[1:] != own[:-1]) | (day[1:] != day[:-1])
    return own[first], day[first]


def _gaps(own: Ints, day: Ints) -> tuple[Ints, Floats]:
    """Customer and length in days of each gap between two days with an order."""
    same = own[1:] == own[:-1]
    return own[1:][same], (day[1:] - day[:-1])[same].astype(np.float64)


def _cadence(who: Ints, gaps: Floats, count: int) -> tuple[Floats, Floats]:
    """The cadence of every customer, and each gap over that of its customer."""
    if not len(gaps):
        # nobody has come back yet: a month is as good a guess as any
        return np.full(count, 30.0), np.array([1.0])
    shop = float(np.median(gaps))
    order = np.lexsort((gaps, who))
    people, start, seen = np.unique(who[order], return_index=True, return_counts=True)
    ranked = gaps[order]
    median = (ranked[start + (seen - 1) // 2] + ranked[start + seen // 2]) / 2
    number, own = np.zeros(count), np.zeros(count)
    number[people], own[people] = seen, median
    cadence = (number * own + PRIOR_GAPS * shop) / (number + PRIOR_GAPS)
    return cadence, gaps / cadence[who]


def _last_of_each(who: Ints) -> NDArray[np.bool_]:
    last = np.ones(len(who), bool)
    last[:-1] = who[1:] != who[:-1]
    return last


def _still_to_come(ratios: Floats, over: Floats) -> Floats:
    """Mean of the gaps longer than `over`, less it, in cadences (rows,): what is left to wait on average."""
    ordered = np.sort(ratios)
    beyond = np.append(np.cumsum(ordered[::-1])[::-1], 0.0)
    place = np.searchsorted(ordered, over, side="right")
    longer = len(ordered) - place
    with np.errstate(divide="ignore", invalid="ignore"):
        left: Floats = np.where(longer > 0, beyond[place] / longer - over, np.nan)
    return left
