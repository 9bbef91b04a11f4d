import numpy as np

from features.pairs.customers import customer_statistics
from features.pairs.history import pair_history
from features.pairs.purchases import DAY_US
from tests.purchases import CUTOFF, END_US, random_purchases


def made(purchases):
    history = pair_history(purchases, purchases.item, len(purchases.items), CUTOFF)
    return customer_statistics(purchases, history, CUTOFF)


def test_figures_equal_a_plain_loop():
    purchases = random_purchases(1).before(CUTOFF)
    found, age = made(purchases), (END_US - purchases.at) / DAY_US
    for customer in range(len(purchases.customer_ids)):
        own = purchases.customer == customer
        first = {
            order: age[own][purchases.order[own] == order][0] for order in set(purchases.order[own].tolist())
        }
        days = np.array(list(first.values()))
        items = purchases.item[own]
        assert found.trips[customer] == len(days)
        assert found.lately[customer] == (days <= 28).sum()
        assert found.quarter[customer] == (days <= 84).sum()
        assert found.items[customer] == len(set(items.tolist()))
        np.testing.assert_allclose(found.days_since_last[customer], days.min())
        np.testing.assert_allclose(found.tenure[customer], days.max())
        np.testing.assert_allclose(found.items_per_trip[customer], len(items) / len(days))
        twice = np.mean([np.sum(items == item) > 1 for item in set(items.tolist())])
        np.testing.assert_allclose(found.repeat_share[customer], twice)


def test_of_a_customer_without_a_purchase_nothing_is_known():
    purchases = random_purchases(1).before(CUTOFF)
    found = made(purchases.where(purchases.customer != 5))
    assert found.trips[5] == 0
    assert np.isnan([found.days_since_last[5], found.tenure[5], found.new_share[5]]).all()
