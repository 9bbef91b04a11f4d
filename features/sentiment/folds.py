"""Parts of the rated texts such that all texts of a customer are in the same part."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def generator(purpose: str, seed: int) -> np.random.Generator:
    """Random numbers for one purpose; apart from those of others, the caller's own by the same seed included."""
    return np.random.default_rng([seed, *purpose.encode()])


def customer_numbers(groups: Sequence[Hashable] | None, texts: int) -> Ints:
    """A number for each text, equal where the customer is; a text without one is of a customer of its own.

    Args:
        groups: customer ids, None or NaN where unknown; None if there are none.
        texts: how many there are.

    Raises:
        ValueError: lengths differ.
    """
    if groups is None:
        return np.arange(texts)
    if len(groups) != texts:
        raise ValueError(
            f"{len(groups)} customers and {texts} texts; give one customer, or None, for each text"
        )
    seen: dict[Hashable, int] = {}
    numbers = np.empty(texts, np.int64)
    for place, customer in enumerate(groups):
        unknown = customer is None or customer != customer
        numbers[place] = seen.setdefault((place,) if unknown else (customer, "known"), len(seen))
    return numbers


def fold_of(customer: Ints, folds: int, seed: int) -> Ints:
    """The fold 0..folds - 1 of each text: customers in random order, each to the smallest fold so far.

    Args:
        customer: number of each text's customer, 0..customers - 1, shape (texts,).
        folds: how many; fewer where there are fewer customers.
        seed: of the order.
    """
    sizes = np.bincount(customer)
    folds = max(1, min(folds, len(sizes)))
    order = generator("folds", seed).permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    filled = np.zeros(folds, np.int64)
    fold = np.empty(len(sizes), np.int64)
    for one in order:
        fold[one] = filled.argmin()
        filled[fold[one]] += sizes[one]
    return fold[customer]
