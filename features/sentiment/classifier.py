"""Margins of polarity classes: one linear separator a class over n-grams that are scaled by what they tell.

N-grams are scaled by the root of their naive Bayes log-ratio (after Wang and Manning 2012, "Baselines and Bigrams"):
what occurs as often in every class counts little before anything is learnt, so that few ratings go further.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from features.sentiment.linear import separate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
COST = 0.5
POWER = 0.5
"""Of the log-ratio; 0 leaves n-grams as they are, 1 is naive Bayes' own scale."""


@dataclass(frozen=True, eq=False)
class Classifier:
    """Weights of every class.

    Attributes:
        weights: of n-grams, float32, shape (buckets, classes).
        dense_weights: of the dense columns and, last, the constant, shape (dense columns + 1, classes).
    """

    weights: NDArray[np.float32]
    dense_weights: Floats

    @classmethod
    def fit(
        cls,
        sparse: csr_matrix,
        dense: Floats,
        label: Ints,
        classes: int,
        seed: int,
        weight: Floats | None = None,
    ) -> Classifier:
        """Learn one separator a class; for two classes one, that serves both.

        Args:
            sparse: weighted n-grams, rows of length 1, shape (texts, buckets).
            dense: further columns of about the same size, shape (texts, dense columns).
            label: class numbers 0..classes - 1, shape (texts,).
            classes: how many.
            seed: of the order in which texts are visited.
            weight: how much each text counts, 1 on average, shape (texts,).
        """
        dense = with_constant(dense)
        weight = np.ones(len(label)) if weight is None else weight
        asked = range(classes) if classes > 2 else (1,)
        learnt = [_one_class(sparse, dense, label == one, weight, seed) for one in asked]
        if classes == 2:
            learnt.insert(0, (-learnt[0][0], -learnt[0][1]))
        return cls(
            np.stack([pair[0] for pair in learnt], axis=1).astype(np.float32),
            np.stack([pair[1] for pair in learnt], axis=1),
        )

    def margins(self, sparse: csr_matrix, dense: Floats) -> Floats:
        """How far on the side of each class a text is. Shape (texts, classes)."""
        found: Floats = np.asarray(sparse @ self.weights, np.float64)
        return found + with_constant(dense) @ self.dense_weights


def with_constant(dense: Floats) -> Floats:
    """The columns and one of ones."""
    return np.concatenate([dense, np.ones((len(dense), 1))], axis=1)


def _one_class(
    sparse: csr_matrix, dense: Floats, positive: NDArray[np.bool_], weight: Floats, seed: int
) -> tuple[Floats, Floats]:
    share = positive.mean()
    if share in (0.0, 1.0):  # a fold without the class, or of it alone
        constant = np.zeros(dense.shape[1])
        constant[-1] = 2 * share - 1
        return np.zeros(sparse.shape[1]), constant
    rare = np.sqrt(np.where(positive, 0.5 / share, 0.5 / (1 - share)))
    scale = _scale(sparse, positive)
    return separate(sparse, scale, dense, positive, COST * rare * weight, seed)


def _scale(sparse: csr_matrix, positive: NDArray[np.bool_]) -> Floats:
    """Root of the absolute log-ratio of each n-gram, so that texts stay of length 1 on average."""
    inside = _texts_with(sparse[positive]) + 1.0
    outside = _texts_with(sparse[~positive]) + 1.0
    ratio = np.log(inside / inside.sum()) - np.log(outside / outside.sum())
    scale = np.abs(ratio) ** POWER
    length = np.sqrt(np.mean(sparse.multiply(sparse) @ scale**2))
    found: Floats = scale / length if length else scale
    return found


def _texts_with(sparse: csr_matrix) -> Floats:
    return np.bincount(sparse.indices, minlength=sparse.shape[1]).astype(np.float64)
