"""What customers rated, as polarity: negative, neutral or positive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

POLARITIES = ("negative", "neutral", "positive")
NEGATIVE, NEUTRAL, POSITIVE = range(3)


@dataclass(frozen=True)
class Scale:
    """Ordered ratings: negative up to one, positive from another, neutral between."""

    negative_up_to: float
    positive_from: float


STARS = Scale(2, 4)
"""1 to 5: stars of a review, or customer satisfaction (CSAT)."""
NPS = Scale(6, 9)
"""0 to 10: detractors, passives and promoters."""


def polarities(ratings: Sequence[object], scale: Scale | None = None) -> NDArray[np.int64]:
    """The polarity of each rating as a number: 0 negative, 1 neutral, 2 positive.

    Args:
        ratings: n of "negative", "neutral", "positive"; or n numbers, with a scale.
        scale: what the numbers mean.

    Raises:
        ValueError: a rating is neither, or missing.
    """
    if scale is None:
        return _named(ratings)
    numbers = np.asarray(ratings, np.float64)
    if np.isnan(numbers).any():
        raise ValueError(
            f"rating {int(np.flatnonzero(np.isnan(numbers))[0])} is missing; leave unrated texts out"
        )
    negative, positive = numbers <= scale.negative_up_to, numbers >= scale.positive_from
    return np.where(negative, NEGATIVE, np.where(positive, POSITIVE, NEUTRAL)).astype(np.int64)


def _named(ratings: Sequence[object]) -> NDArray[np.int64]:
    numbers = {name: number for number, name in enumerate(POLARITIES)}
    unknown = [rating for rating in ratings if rating not in numbers]
    if unknown:
        raise ValueError(
            f"rating {unknown[0]!r} is none of {', '.join(POLARITIES)}; give the scale of numbers"
        )
    return np.fromiter((numbers[str(rating)] for rating in ratings), np.int64, len(ratings))
