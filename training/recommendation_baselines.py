"""Simple rules that a recommender has to beat, on the same customers and items.

Each gives, for "all" items and for "new" ones that the customer never bought, the first places of every customer as
numbered pairs, the first place first.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from models.candidates import Shelf, pair_matrix
from models.ease import Ease
from training.als import factorise
from training.ranking import PLACES

Ints = NDArray[np.int64]
Scores = Callable[[Ints], NDArray[np.floating]]
Lists = dict[str, Ints]

_CUSTOMERS_AT_ONCE = 256
EASE_PENALTY = 30.0


def popular(shelf: Shelf, customers: Ints) -> Lists:
    """What sold most in the last 28 days."""
    sold = shelf.snapshot.items.lately[shelf.items]
    return _lists(shelf, customers, lambda some: np.broadcast_to(sold, (len(some), len(sold))))


def personal(shelf: Shelf, customers: Ints) -> Lists:
    """What the customer bought most, purchases fading with exp(-age / 60 days); then what sold most."""
    own = pair_matrix(shelf.snapshot, shelf.snapshot.own.faded(60), shelf.items)
    sold = shelf.snapshot.items.decayed[shelf.items]
    behind = 1e-9 * sold / max(sold.max(initial=0.0), 1.0)
    return _lists(shelf, customers, lambda some: own[some].toarray().astype(np.float64) + behind)


def als(shelf: Shelf, customers: Ints) -> Lists:
    """Factors of customers and items on fading purchases."""
    matrix = pair_matrix(shelf.snapshot, shelf.snapshot.own.faded(60), shelf.items)
    who, what = factorise(matrix)
    return _lists(shelf, customers, lambda some: who[some] @ what.T)


def ease(shelf: Shelf, customers: Ints) -> Lists:
    """EASE on fading purchases."""
    matrix = pair_matrix(shelf.snapshot, shelf.snapshot.own.faded(60), shelf.items)
    return _lists(shelf, customers, Ease.fit(matrix, EASE_PENALTY).scores)


BASELINES: dict[str, Callable[[Shelf, Ints], Lists]] = {
    "popular": popular,
    "personal": personal,
    "als": als,
    "ease": ease,
}


def _lists(shelf: Shelf, customers: Ints, scores: Scores) -> Lists:
    """First places by score, of everything and of what was never bought."""
    found: dict[str, list[Ints]] = {"all": [], "new": []}
    items = len(shelf.snapshot.eligible)
    for start in range(0, len(customers), _CUSTOMERS_AT_ONCE):
        some = customers[start : start + _CUSTOMERS_AT_ONCE]
        score = np.asarray(scores(some), np.float64)
        bought = shelf.once[some].toarray() > 0
        for part, masked in (("all", score), ("new", np.where(bought, -np.inf, score))):
            first = np.argsort(-masked, axis=1, kind="stable")[:, :PLACES]
            found[part].append((some[:, None] * items + shelf.items[first]).ravel())
    return {part: np.concatenate(lists) for part, lists in found.items()}
