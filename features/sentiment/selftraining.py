"""What the word lists find in the retailer's own texts, learnt as weights of all n-grams of these texts.

The lists label the texts where they find something; a classifier learns from these labels, and through the words
beside the listed ones reaches texts that hold no listed word. Two classifiers, each from half of the texts, so that
every text can be scored by one that has not seen its label.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from features.sentiment.classifier import Classifier

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FEWEST = 25
"""Texts on either side that the lists have to find, in each half."""
AGREEING = 0.7
"""How often, of a good and a bad text that it has not seen, a student has to order them as the lists do."""


@dataclass(frozen=True, eq=False)
class Student:
    """Two classifiers, each taught by the word lists on half of the texts.

    Attributes:
        weights: of n-grams, float32, shape (buckets, 2).
        constants: shape (2,).
        agreement: the chance, in [0, 1], that a text which is good by the lists scores above one that is bad; both
            unseen.
    """

    weights: NDArray[np.float32]
    constants: Floats
    agreement: float

    @classmethod
    def of(cls, sparse: csr_matrix, polarity: Floats, half: Ints, seed: int) -> Student | None:
        """Learn from what the lists say; None where they find too little, or nothing that can be learnt.

        Args:
            sparse: weighted n-grams, shape (texts, buckets).
            polarity: by the lists, 0 where they found nothing, shape (texts,).
            half: 0 or 1, shape (texts,).
            seed: of the order in which texts are visited.
        """
        parts = [np.flatnonzero((half != one) & (polarity != 0)) for one in (0, 1)]
        if min(_rarer(polarity[part]) for part in parts) < FEWEST:
            return None
        pairs = [_taught(sparse[part], polarity[part], seed) for part in parts]
        student = cls(
            np.stack([weights for weights, _ in pairs], axis=1).astype(np.float32),
            np.array([constant for _, constant in pairs]),
            0.0,
        )
        unseen = student.unseen(sparse, half)
        spread, told = float(unseen.std()), polarity != 0
        agreement = _ordered(unseen[told], polarity[told])
        if agreement < AGREEING or not spread:
            return None
        return cls(student.weights / np.float32(spread), student.constants / spread, agreement)

    def unseen(self, sparse: csr_matrix, half: Ints) -> Floats:
        """The score of each text by the classifier that was taught on the other half; spread about 1."""
        both = sparse @ self.weights + self.constants
        return np.asarray(both[np.arange(len(half)), half], np.float64)

    def scores(self, sparse: csr_matrix) -> Floats:
        """The mean score of both classifiers, for new texts; spread about 1. Shape (texts,)."""
        return np.asarray((sparse @ self.weights + self.constants).mean(axis=1), np.float64)


def _taught(sparse: csr_matrix, polarity: Floats, seed: int) -> tuple[NDArray[np.float32], float]:
    weight = np.abs(polarity) / np.abs(polarity).mean()
    nothing = np.empty((len(polarity), 0))
    learnt = Classifier.fit(sparse, nothing, (polarity > 0).astype(np.int64), 2, seed, weight)
    return learnt.weights[:, 1], float(learnt.dense_weights[0, 1])


def _rarer(polarity: Floats) -> int:
    return int(min((polarity > 0).sum(), (polarity < 0).sum()))


def _ordered(score: Floats, polarity: Floats) -> float:
    """The area under the ROC curve, ties taken as they come."""
    good = polarity > 0
    rank = np.empty(len(score))
    rank[np.argsort(score, kind="stable")] = np.arange(1, len(score) + 1)
    goods = int(good.sum())
    above = rank[good].sum() - goods * (goods + 1) / 2
    return float(above / (goods * (len(score) - goods)))
