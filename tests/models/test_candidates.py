import numpy as np
import pytest

from features.pairs.snapshot import Snapshot
from models.candidates import FEATURES, Limits, Shelf
from tests.purchases import CUTOFF, random_purchases


@pytest.fixture(scope="module")
def shelf():
    return Shelf.of(Snapshot.at(random_purchases(1), CUTOFF, least=5), Limits(own=3, likely=2, popular=1))


def test_candidates_are_eligible_and_each_pair_comes_once(shelf):
    found = shelf.candidates(np.arange(12))
    pairs = found.customer * 9 + found.item
    assert len(np.unique(pairs)) == len(found)
    assert shelf.snapshot.eligible[found.item].all()
    assert (np.diff(found.customer) >= 0).all()
    assert found.values.shape == (len(found), len(FEATURES))


def test_what_was_bought_says_so_and_stays_within_its_limit(shelf):
    found = shelf.candidates(np.arange(12))
    before = shelf.snapshot.purchases
    bought = set(before.pair.tolist())
    assert [pair in bought for pair in (found.customer * 9 + found.item).tolist()] == found.bought.tolist()
    assert np.bincount(found.customer[found.bought]).max() <= 3


def test_the_candidates_of_a_customer_do_not_depend_on_who_is_asked_with_them(shelf):
    alone, together = shelf.candidates(np.array([4])), shelf.candidates(np.arange(12))
    own = together.where(together.customer == 4)
    np.testing.assert_array_equal(alone.item, own.item)
    np.testing.assert_allclose(alone.values, own.values, rtol=1e-4)


def test_later_purchases_never_change_a_candidate():
    everything = random_purchases(3)
    whole, past = (
        Shelf.of(Snapshot.at(known, CUTOFF, least=5)).candidates(np.arange(12))
        for known in (everything, everything.before(CUTOFF))
    )
    np.testing.assert_array_equal(whole.item, past.item)
    np.testing.assert_array_equal(whole.values, past.values)


def test_nobody_has_no_candidates(shelf):
    assert len(shelf.candidates(np.empty(0, np.int64))) == 0
