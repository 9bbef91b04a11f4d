import numpy as np
import pytest

from features.pairs.snapshot import Snapshot
from models.candidates import Shelf
from tests.purchases import CUTOFF, random_purchases
from training.recommendation_baselines import BASELINES, personal, popular


@pytest.fixture(scope="module")
def shelf():
    return Shelf.of(Snapshot.at(random_purchases(1), CUTOFF, least=5))


@pytest.mark.parametrize("name", BASELINES)
def test_a_rule_lists_eligible_items_once_and_new_ones_first_among_the_new(shelf, name):
    lists = BASELINES[name](shelf, np.arange(12))
    bought = set(shelf.snapshot.purchases.pair.tolist())
    for part in ("all", "new"):
        assert len(np.unique(lists[part])) == len(lists[part])
        assert shelf.snapshot.eligible[lists[part] % 9].all()
    for customer in range(12):
        own = [pair in bought for pair in lists["new"][lists["new"] // 9 == customer].tolist()]
        assert own == sorted(own)


def test_everybody_sees_the_same_that_is_popular(shelf):
    lists = popular(shelf, np.arange(12))["all"].reshape(12, -1) % 9
    assert (lists == lists[0]).all()
    assert (np.diff(shelf.snapshot.items.lately[lists[0]]) <= 0).all()


def test_the_personal_list_falls_in_what_the_customer_bought_lately(shelf):
    snapshot = shelf.snapshot
    lists = personal(shelf, np.arange(12))["all"]
    at = snapshot.own.find(lists // 9, lists % 9)
    weight = np.append(snapshot.own.faded(60), 0.0)[at].reshape(12, -1)
    assert (np.diff(weight, axis=1) <= 1e-6).all()
