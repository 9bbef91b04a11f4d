import numpy as np
import pytest

from features.pairs.snapshot import Snapshot
from models.candidates import FEATURES, Candidates, Shelf
from models.recommendations import (
    BOUGHT,
    BUY_AGAIN,
    COMPLEMENT,
    NEW_KIND,
    NONE,
    POPULAR,
    UNBOUGHT,
    UPSELL,
    due_days,
    kinds,
    make_lists,
)
from tests.purchases import CUTOFF, random_purchases
from tests.recommender import quick_recommender


def candidate(bought=False, **values):
    row = np.full((1, len(FEATURES)), np.nan, np.float32)
    usual = {"group_count": 1, "price_to_usual": 1, "ease_lately_rank": 1}
    for name, value in (usual | values).items():
        row[0, FEATURES.index(name)] = value
    return Candidates(np.zeros(1, np.int64), np.zeros(1, np.int64), np.array([bought]), row)


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (candidate(bought=True), BUY_AGAIN),
        (candidate(group_count=0), NEW_KIND),
        (candidate(price_to_usual=1.3), UPSELL),
        (candidate(ease_lately_rank=0.01), COMPLEMENT),
        (candidate(), POPULAR),
    ],
)
def test_the_kind_follows_from_what_the_customer_has_bought(asked, kind):
    assert kinds(asked).tolist() == [kind]


@pytest.mark.parametrize(
    ("own_gap", "usual_gap", "since", "due"),
    [(30, 10, 12, 18), (np.nan, 20, 12, 8), (10, 10, 25, 0), (np.nan, np.nan, 5, np.nan)],
)
def test_a_purchase_is_due_after_the_own_gap_else_that_of_others_and_never_in_the_past(
    own_gap, usual_gap, since, due
):
    asked = candidate(bought=True, mean_gap=own_gap, item_usual_gap=usual_gap, days_since_last=since)
    np.testing.assert_allclose(due_days(asked), [due])


def test_what_was_never_bought_is_never_due():
    assert np.isnan(due_days(candidate(item_usual_gap=10, days_since_last=3))).all()


def test_lists_fall_in_probability_hold_an_item_once_and_have_the_best_first():
    model = quick_recommender()
    shelf = Shelf.of(Snapshot.at(random_purchases(2), CUTOFF, least=5))
    customers = np.arange(12)
    found = make_lists(model, shelf, customers)
    candidates = shelf.candidates(customers)
    said = model.score(candidates)
    assert found.item.shape == (12, BOUGHT + UNBOUGHT)
    for customer in customers:
        items = found.item[customer][found.item[customer] != NONE]
        assert len(set(items.tolist())) == len(items)
        assert (np.diff(found.probability[customer][: len(items)]) <= 0).all()
        own = candidates.customer == customer
        np.testing.assert_allclose(found.probability[customer, 0], said[own].max(), rtol=1e-5)
        assert (found.kind[customer][: len(items)] == BUY_AGAIN).sum() == candidates.bought[own].sum()
