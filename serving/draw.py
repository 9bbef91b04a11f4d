"""The draw: probabilities of every eligible offer first, then chance, so that logged propensities are exact."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import accumulate

BELIEFS = 256
"""Draws of what offers may be worth, by which Thompson sampling is turned into probabilities."""
_PRIOR_TAKEN, _PRIOR_REFUSED = 1.0, 4.0


def even(count: int) -> list[float]:
    """The same probability for each of some offers."""
    return [1 / count] * count


def best_first(count: int, explore: float) -> list[float]:
    """Probability of each of ranked offers: chance has `explore`, in equal parts, the first has the rest."""
    floor = explore / count
    return [1 - explore + floor, *[floor] * (count - 1)]


def thompson(
    scores: Sequence[float], outcomes: Sequence[tuple[int, int]], explore: float, seed: int
) -> list[float]:
    """Probability of each offer: how often it is the best of what is believed, and an equal part of `explore`.

    What an offer is worth is its score times its chance of being accepted, of which a Beta distribution is believed
    (Thompson 1933; Russo et al. 2018).

    Args:
        scores: of each offer, 0 or more.
        outcomes: of each offer, in how many decisions it was taken and in how many it was shown.
        seed: of the draws of beliefs.
    """
    chance = random.Random(seed)  # noqa: S311 (not a secret)
    wins = [0] * len(scores)
    believed = [(_PRIOR_TAKEN + taken, _PRIOR_REFUSED + max(shown - taken, 0)) for taken, shown in outcomes]
    for _ in range(BELIEFS):
        worth = [score * chance.betavariate(*belief) for score, belief in zip(scores, believed, strict=True)]
        wins[worth.index(max(worth))] += 1
    floor = explore / len(scores)
    return [(1 - explore) * won / BELIEFS + floor for won in wins]


def draw(probabilities: Sequence[float], place: float) -> int:
    """Which one a place in [0, 1) falls on, when probabilities are laid end to end."""
    for number, end in enumerate(accumulate(probabilities)):
        if place < end:
            return number
    # what rounding has left belongs to the last that can be drawn
    return max(number for number, probability in enumerate(probabilities) if probability > 0)


def places(seed: int, count: int) -> list[float]:
    """The places in [0, 1) that a seed gives to slots, the same in every release of Python."""
    chance = random.Random(seed)  # noqa: S311 (not a secret)
    return [chance.random() for _ in range(count)]
