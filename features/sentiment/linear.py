"""A linear separator of two classes over sparse and dense columns: squared hinge loss, squared penalty.

Dual coordinate descent (Hsieh, Chang, Lin, Keerthi and Sundararajan 2008): one pass over the texts costs as much
as scoring them once, and a dozen passes are enough.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from features.compiled import compiled

Floats = NDArray[np.float64]
PASSES = 60
TOLERANCE = 0.01
"""Passes end when no text breaks its optimality condition by more."""


def separate(
    sparse: csr_matrix, scale: Floats, dense: Floats, positive: NDArray[np.bool_], cost: Floats, seed: int
) -> tuple[Floats, Floats]:
    """Weights of the sparse and of the dense columns, shapes (columns,) and (dense columns,).

    A text is on the positive side where the weighted sum of its columns is above 0; for a constant part give a
    dense column of ones.

    Args:
        sparse: shape (texts, columns), float32.
        scale: what each sparse column is multiplied with, shape (columns,); the weights are for unscaled columns.
        dense: shape (texts, dense columns).
        positive: the class of each text, shape (texts,).
        cost: of being on the wrong side, for each text, above 0, shape (texts,).
        seed: of the order in which texts are visited.
    """
    values = sparse.data * scale[sparse.indices]
    weights, dense_weights = _descend(
        sparse.indptr.astype(np.int64),
        sparse.indices,
        values,
        np.ascontiguousarray(dense, np.float64),
        np.where(positive, 1.0, -1.0),
        cost,
        sparse.shape[1],
        np.uint64(2 * seed + 1),
    )
    return weights * scale, dense_weights


@compiled()
def _descend(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    values: Floats,
    dense: Floats,
    side: Floats,
    cost: Floats,
    columns: int,
    seed: np.uint64,
) -> tuple[Floats, Floats]:
    texts = len(side)
    weights, dense_weights = np.zeros(columns), np.zeros(dense.shape[1])
    push = np.zeros(texts)  # the dual variables
    size = np.empty(texts)
    for text in range(texts):
        row = values[indptr[text] : indptr[text + 1]]
        size[text] = 0.5 / cost[text] + np.sum(dense[text] ** 2) + np.sum(row**2)
    order, state = np.arange(texts), seed
    for _ in range(PASSES):
        state = _shuffle(order, state)
        worst = 0.0
        for place in range(texts):
            text = order[place]
            at = slice(indptr[text], indptr[text + 1])
            margin = _margin(weights, indices[at], values[at]) + np.sum(dense_weights * dense[text])
            slope = side[text] * margin - 1.0 + push[text] * 0.5 / cost[text]
            if push[text] > 0.0 or slope < 0.0:
                worst = max(worst, abs(slope))
                moved = max(push[text] - slope / size[text], 0.0)
                step = (moved - push[text]) * side[text]
                push[text] = moved
                _add(weights, indices[at], values[at], step)
                dense_weights += step * dense[text]
        if worst < TOLERANCE:
            break
    return weights, dense_weights


@compiled()
def _margin(weights: Floats, indices: NDArray[np.int32], values: Floats) -> float:
    total = 0.0
    for at in range(len(indices)):
        total += weights[indices[at]] * values[at]
    return total


@compiled()
def _add(weights: Floats, indices: NDArray[np.int32], values: Floats, step: float) -> None:
    for at in range(len(indices)):
        weights[indices[at]] += step * values[at]


@compiled()
def _shuffle(order: NDArray[np.int64], state: np.uint64) -> np.uint64:
    """Fisher and Yates, by Marsaglia's xorshift: the same on every machine. Gives the state to go on from."""
    for last in range(len(order) - 1, 0, -1):
        state ^= state << np.uint64(13)
        state ^= state >> np.uint64(7)
        state ^= state << np.uint64(17)
        other = int(state % np.uint64(last + 1))
        order[last], order[other] = order[other], order[last]
    return state
