import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.pairs.history import pair_history
from features.pairs.snapshot import SNAPSHOT_FEATURES, Snapshot
from tests.purchases import CUTOFF, random_purchases

EVERY = np.divmod(np.arange(12 * 9), 9)


def column(table, name):
    return table[:, SNAPSHOT_FEATURES.index(name)]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_later_purchases_never_change_a_feature(seed):
    everything = random_purchases(seed)
    with_future = Snapshot.at(everything, CUTOFF, least=3)
    without = Snapshot.at(everything.before(CUTOFF), CUTOFF, least=3)
    np.testing.assert_array_equal(with_future.rows(*EVERY), without.rows(*EVERY))
    np.testing.assert_array_equal(with_future.eligible, without.eligible)


def test_the_ids_of_customers_never_change_a_feature():
    purchases = random_purchases(2)
    turned = purchases.where(np.argsort(-purchases.customer, kind="stable"))
    turned = turned.__class__(**(vars(turned) | {"customer": 11 - turned.customer, "order": turned.order}))
    order = np.unique(turned.customer * 10_000 + turned.order, return_inverse=True)[1]
    turned = turned.__class__(**(vars(turned) | {"order": order}))
    customer, item = EVERY
    one, other = Snapshot.at(purchases, CUTOFF), Snapshot.at(turned, CUTOFF)
    np.testing.assert_allclose(one.rows(customer, item), other.rows(11 - customer, item), rtol=1e-5)


def test_rows_hold_the_history_of_the_pair_and_of_its_group():
    purchases = random_purchases(5)
    snapshot = Snapshot.at(purchases, CUTOFF)
    customer, item = EVERY
    table = snapshot.rows(customer, item)
    before = purchases.before(CUTOFF)
    own = pair_history(before, before.item, 9, CUTOFF)
    at = own.find(customer, item)
    np.testing.assert_array_equal(column(table, "count"), np.where(at >= 0, own.count[at], 0))
    group = purchases.items.group[item]
    assert (column(table, "group_count")[group >= 0] >= 0).all()
    assert (column(table, "group_new")[group < 0] == 1).all()


def test_only_infinite_and_unknown_values_are_empty():
    table = Snapshot.at(random_purchases(6), CUTOFF).rows(*EVERY)
    assert table.dtype == np.float32
    assert table.shape == (108, len(SNAPSHOT_FEATURES))
    assert not np.isinf(table).any()
    assert len(set(SNAPSHOT_FEATURES)) == len(SNAPSHOT_FEATURES)


def test_an_item_is_eligible_from_its_least_purchases_on():
    snapshot = Snapshot.at(random_purchases(7), CUTOFF, least=20)
    np.testing.assert_array_equal(snapshot.eligible, snapshot.items.count >= 20)
