"""Every figure of a pair against a plain loop over its trips, on random histories."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.pairs.history import MONTH_DAYS, SCALES, WINDOWS, pair_history
from features.pairs.purchases import DAY_US
from tests.purchases import CUTOFF, END_US, random_purchases

SEEDS = st.integers(0, 10_000)


def made(seed, **shape):
    before = random_purchases(seed, **shape).before(CUTOFF)
    return before, pair_history(before, before.item, len(before.items), CUTOFF)


def by_hand(purchases, customer, item):
    """The figures of one pair, the slow way."""
    age = (END_US - purchases.at) / DAY_US
    own = purchases.customer == customer
    trips = sorted(set(purchases.order[own].tolist()))
    at = np.flatnonzero(own & (purchases.item == item))
    ages = age[at]
    gaps = -np.diff(ages)
    with_it = [trips.index(order) for order in purchases.order[at]]
    return {
        "count": len(at),
        "decayed": [sum(np.exp(-a / scale) for a in ages) for scale in SCALES],
        "within": [sum(a <= days for a in ages) for days in WINDOWS],
        "months": len({int(a // MONTH_DAYS) for a in ages}),
        "mean_gap": gaps.mean() if len(gaps) else np.nan,
        "last_gap": gaps[-1] if len(gaps) else np.nan,
        "gap_deviation": gaps.std() if len(gaps) > 1 else np.nan,
        "days_since_last": ages[-1],
        "days_since_first": ages[0],
        "trips_since_last": len(trips) - 1 - with_it[-1],
        "trips_since_first": len(trips) - with_it[0],
        "units": purchases.quantity[at].sum() / len(at),
        "price": purchases.amount[at].sum() / purchases.quantity[at].sum(),
    }


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_every_figure_equals_a_plain_loop(seed):
    purchases, found = made(seed)
    assert len(found) == len(np.unique(purchases.pair))
    for row in range(len(found)):
        expected = by_hand(purchases, found.customer[row], found.thing[row])
        for name, value in expected.items():
            np.testing.assert_allclose(getattr(found, name)[row], value, err_msg=name, rtol=1e-7, atol=1e-6)


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_a_pair_is_found_where_it_is_and_nowhere_else(seed):
    purchases, found = made(seed)
    customer, item = np.divmod(np.arange(12 * 9), 9)
    at = found.find(customer, item)
    assert set(np.flatnonzero(at >= 0).tolist()) == set(purchases.pair.tolist())
    assert (found.thing[at[at >= 0]] == item[at >= 0]).all()


def test_a_thing_without_a_name_is_a_trip_and_no_pair():
    purchases = random_purchases(3).before(CUTOFF)
    nameless = np.where(purchases.item == 0, -1, purchases.item)
    found = pair_history(purchases, nameless, len(purchases.items), CUTOFF)
    whole = pair_history(purchases, purchases.item, len(purchases.items), CUTOFF)
    assert (found.thing > 0).all()
    kept = whole.thing > 0
    np.testing.assert_array_equal(found.trips_since_last, whole.trips_since_last[kept])


def test_nobody_bought_anything():
    nothing = random_purchases().where(np.zeros(len(random_purchases()), bool))
    found = pair_history(nothing, nothing.item, len(nothing.items), CUTOFF)
    assert len(found) == 0
    assert found.find(np.array([0]), np.array([0])).tolist() == [-1]


def test_the_future_is_refused():
    everything = random_purchases()
    with pytest.raises(ValueError, match="at or after the cutoff"):
        pair_history(everything, everything.item, len(everything.items), CUTOFF)
