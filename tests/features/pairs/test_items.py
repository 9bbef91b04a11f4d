import numpy as np

from features.pairs.history import pair_history
from features.pairs.items import item_statistics
from features.pairs.purchases import DAY_US
from tests.purchases import CUTOFF, END_US, random_purchases


def made(seed=0):
    before = random_purchases(seed).before(CUTOFF)
    history = pair_history(before, before.item, len(before.items), CUTOFF)
    return before, history, item_statistics(before, history, CUTOFF)


def test_counts_equal_a_plain_loop():
    purchases, _, found = made()
    age = (END_US - purchases.at) / DAY_US
    for item in range(len(purchases.items)):
        own = purchases.item == item
        assert found.count[item] == own.sum()
        assert found.customers[item] == len(set(purchases.customer[own].tolist()))
        assert found.lately[item] == (own & (age <= 28)).sum()
        assert found.fortnight[item] == (own & (age <= 14)).sum()
        np.testing.assert_allclose(found.decayed[item], np.exp(-age[own] / 60).sum())
        np.testing.assert_allclose(found.age[item], age[own].max())


def test_rates_lie_between_0_and_1_and_near_that_of_all_where_little_is_known():
    _, history, found = made(4)
    for rate in (found.trend, found.repeat_rate, found.return_rate):
        assert ((rate >= 0) & (rate <= 1)).all()
    overall = (history.count > 1).mean()
    assert np.abs(found.repeat_rate - overall).max() < 1 - overall


def test_an_item_that_was_never_bought_is_known_to_be_unsold():
    purchases, _, _ = made()
    without = purchases.where(purchases.item != 2)
    history = pair_history(without, without.item, len(without.items), CUTOFF)
    found = item_statistics(without, history, CUTOFF)
    assert found.count[2] == 0
    assert np.isnan([found.age[2], found.price[2], found.usual_gap[2]]).all()
    assert found.table.shape == (len(without.items), 11)
