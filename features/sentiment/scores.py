"""What the sentiment model says of texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from features.sentiment.ratings import POLARITIES


class Stage(StrEnum):
    """What a model has learnt from, by how many ratings there were."""

    WORD_LIST = "word_list"
    """No ratings, and nothing to be learnt from the retailer's texts."""
    SELF_TRAINED = "self_trained"
    """No ratings: word lists, and what the retailer's texts say beside the listed words."""
    RATINGS_AND_LIST = "ratings_and_list"
    """Own ratings; the word lists are asked for every text."""
    RATINGS = "ratings"
    """Own ratings; the word lists are not asked any more."""


@dataclass(frozen=True, eq=False)
class SentimentScores:
    """Polarity of n texts.

    Attributes:
        polarity: in [-1, 1], below 0 where negative, shape (n,).
        negative: probability, in [0, 1], that the text is negative, shape (n,).
        label: 0 negative, 1 neutral, 2 positive, shape (n,).
        confidence: in [0, 1]; once there are ratings the probability of the label, before at most a half, shape (n,).
        calibrated: whether `negative` is a probability by the customers' ratings, or a mere reading of `polarity`.
        language: code of the word list that was asked, "" where none was.
    """

    polarity: NDArray[np.float64]
    negative: NDArray[np.float64]
    label: NDArray[np.int64]
    confidence: NDArray[np.float64]
    calibrated: bool
    language: list[str]

    def __len__(self) -> int:
        return len(self.polarity)

    @property
    def labels(self) -> list[str]:
        """The label of each text in words."""
        return [POLARITIES[number] for number in self.label]


def joined(parts: Sequence[SentimentScores]) -> SentimentScores:
    """The scores of several batches by one model, in order."""
    return SentimentScores(
        np.concatenate([part.polarity for part in parts]),
        np.concatenate([part.negative for part in parts]),
        np.concatenate([part.label for part in parts]),
        np.concatenate([part.confidence for part in parts]),
        all(part.calibrated for part in parts),
        [language for part in parts for language in part.language],
    )
