"""Counts of n-grams as weights: damped counts times inverse document frequency, characters and words in equal parts.

A count c weighs 1 + ln c, an n-gram in d of n texts 1 + ln((1 + n) / (1 + d)) (Manning, Raghavan and Schuetze 2008,
chapter 6). Characters and words are brought to the same length before they are joined, so that the many n-grams
of characters do not drown the few of words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from features.compiled import compiled
from features.sentiment.ngrams import BUCKETS, FIRST_WORD

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Weighting:
    """How rare each n-gram is.

    Attributes:
        rarity: inverse document frequency by bucket, shape (BUCKETS,).
    """

    rarity: Floats

    @classmethod
    def of(cls, counts: csr_matrix) -> Weighting:
        """Of the texts in hand, rated or not. Shape (texts, BUCKETS)."""
        texts = np.bincount(counts.indices, minlength=BUCKETS)
        return cls((1 + np.log((1 + counts.shape[0]) / (1 + texts))).astype(np.float32))

    def rows(self, counts: csr_matrix) -> csr_matrix:
        """The weights of each text, a row of length 1 (0 for a text without n-grams). Shape (texts, BUCKETS)."""
        data = _weights(counts.indptr.astype(np.int64), counts.indices, counts.data, self.rarity)
        return csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)


@compiled()
def _weights(indptr: NDArray[np.int64], indices: NDArray[np.int32], data: Floats, rarity: Floats) -> Floats:
    weights = np.empty(len(data), np.float32)
    for row in range(len(indptr) - 1):
        characters, words = 0.0, 0.0
        for at in range(indptr[row], indptr[row + 1]):
            count = data[at]
            weight = rarity[indices[at]] * (1.0 if count == 1.0 else 1.0 + np.log(count))
            weights[at] = weight
            if indices[at] < FIRST_WORD:
                characters += weight * weight
            else:
                words += weight * weight
        characters = np.sqrt(0.5 / characters) if characters else 0.0
        words = np.sqrt(0.5 / words) if words else 0.0
        for at in range(indptr[row], indptr[row + 1]):
            weights[at] *= characters if indices[at] < FIRST_WORD else words
    return weights
