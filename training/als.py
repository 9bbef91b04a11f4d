"""Alternating least squares for implicit feedback, a baseline of recommendations.

Hu, Koren and Volinsky, "Collaborative filtering for implicit feedback datasets" (2008): a purchase is preferred with
confidence 1 + alpha * r, everything else with confidence 1, and factors of customers and items are solved in turn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def factorise(
    matrix: Any,
    *,
    factors: int = 64,
    alpha: float = 10.0,
    penalty: float = 1.0,
    rounds: int = 8,
    seed: int = 0,
) -> tuple[Floats, Floats]:
    """Factors of customers (customers, factors) and items (items, factors); their product ranks items.

    Args:
        matrix: scipy CSR (customers, items), not negative.
        factors: length of a factor.
        alpha: how much a purchase adds to the confidence.
        penalty: of the squared factors.
        rounds: how often both sides are solved.
    """
    random = np.random.default_rng(seed)
    by_customer, by_item = matrix.tocsr(), matrix.T.tocsr()
    items = random.normal(scale=0.01, size=(matrix.shape[1], factors))
    customers = np.zeros((matrix.shape[0], factors))
    for _ in range(rounds):
        customers = _solve(by_customer, items, alpha, penalty)
        items = _solve(by_item, customers, alpha, penalty)
    return customers, items


def _solve(matrix: Any, other: Floats, alpha: float, penalty: float) -> Floats:
    """The factors of one side, given those of the other."""
    shared = other.T @ other + penalty * np.eye(other.shape[1])
    found = np.zeros((matrix.shape[0], other.shape[1]))
    for row in range(matrix.shape[0]):
        start, end = matrix.indptr[row : row + 2]
        if start == end:
            continue
        near, extra = other[matrix.indices[start:end]], alpha * matrix.data[start:end]
        found[row] = np.linalg.solve(shared + (near.T * extra) @ near, near.T @ (1.0 + extra))
    return found
