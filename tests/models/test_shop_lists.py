from dataclasses import replace

import numpy as np

from features.pairs.purchases import DAY_US
from features.pairs.snapshot import Snapshot
from models.shop_lists import basket_neighbours, bestsellers, newcomers
from tests.purchases import CUTOFF, END_US, random_purchases


def snapshot_of(purchases):
    return Snapshot.at(purchases, CUTOFF, least=5)


def test_bestsellers_are_eligible_and_fall_in_sales():
    snapshot = snapshot_of(random_purchases(1))
    found = bestsellers(snapshot, 4)
    assert snapshot.eligible[found].all()
    assert (np.diff(snapshot.items.lately[found]) <= 0).all()


def test_what_was_sold_first_a_short_while_ago_is_new():
    purchases = random_purchases(2)
    young = purchases.where((purchases.item != 3) | (purchases.at > END_US - 30 * DAY_US))
    assert newcomers(snapshot_of(young), 5).tolist() == [3]
    assert newcomers(snapshot_of(purchases), 5).tolist() == []


def test_in_a_shop_that_is_new_itself_nothing_is_new():
    purchases = random_purchases(2)
    assert len(newcomers(snapshot_of(purchases.where(purchases.at > END_US - 40 * DAY_US)), 5)) == 0


def test_items_that_share_orders_are_neighbours():
    purchases = random_purchases(4)
    twins = np.where(purchases.item == 1, 2, 1)
    beside = np.isin(purchases.item, (1, 2))
    # whoever buys item 1 buys item 2 in the same order, and the other way round
    columns = {
        name: np.concatenate([getattr(purchases, name), getattr(purchases, name)[beside]])
        for name in ("customer", "order", "at", "known", "store", "amount", "quantity")
    }
    item = np.concatenate([purchases.item, twins[beside]])
    order = np.lexsort((item, columns["order"]))
    twin = replace(purchases, item=item[order], **{name: values[order] for name, values in columns.items()})
    near, weights = basket_neighbours(snapshot_of(twin), np.arange(9), 3)
    assert near[1][0] == 2
    assert near[2][0] == 1
    assert weights[1][0] > 0
