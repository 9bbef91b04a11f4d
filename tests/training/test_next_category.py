"""The next category is held against the next order alone, beside the customer's own favourite."""

from datetime import timedelta

import numpy as np
import pytest

from features.pairs.snapshot import Snapshot
from models.candidates import Candidates
from tests.purchases import CUTOFF, random_purchases
from training.next_category import MODEL, PERSONAL, category_hits


@pytest.fixture
def shop():
    purchases = random_purchases(1, customers=30, items=12, rows=3_000)
    return Snapshot.at(purchases, CUTOFF), purchases.between(CUTOFF, CUTOFF + timedelta(days=28))


def pairs(snapshot):
    """Every customer with every item."""
    items = len(snapshot.purchases.items)
    customer, item = np.divmod(np.arange(len(snapshot.purchases.customer_ids) * items), items)
    return Candidates(customer, item, np.zeros(len(item), bool), np.zeros((len(item), 1), np.float32))


def test_who_knows_the_next_order_is_always_right(shop):
    snapshot, following = shop
    candidates = pairs(snapshot)
    first = {}
    for who, order, item in zip(following.customer, following.order, following.item, strict=True):
        if first.setdefault(who, (order, set()))[0] == order:
            first[who][1].add(item)
    known = np.array(
        [
            item in first.get(who, (0, set()))[1]
            for who, item in zip(candidates.customer, candidates.item, strict=True)
        ]
    )
    hits = category_hits(snapshot, candidates, 0.9 * known, following)
    group = snapshot.purchases.items.group
    judged = [who for who, (_, items) in first.items() if any(group[item] >= 0 for item in items)]
    assert len(hits[MODEL]) == len(hits[PERSONAL]) == len(judged) > 20
    assert hits[MODEL].mean() == 1
    assert hits[PERSONAL].mean() < 1


def test_many_small_chances_add_up(shop):
    snapshot, following = shop
    candidates = pairs(snapshot)
    group = snapshot.purchases.items.group[candidates.item]
    kinds = snapshot.purchases.items.group
    sizes = np.bincount(kinds[kinds >= 0])
    even = category_hits(snapshot, candidates, np.full(len(candidates), 0.1), following)
    largest = category_hits(snapshot, candidates, 0.9 * (group == sizes.argmax()), following)
    np.testing.assert_array_equal(even[MODEL], largest[MODEL])


def test_without_an_order_nothing_is_judged(shop):
    snapshot, following = shop
    nothing = following.where(np.zeros(len(following), bool))
    assert category_hits(snapshot, pairs(snapshot), np.zeros(len(pairs(snapshot))), nothing) == {}
