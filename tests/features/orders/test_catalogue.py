import numpy as np
from hypothesis import given, settings

from tests.features.orders.histories import CUSTOMERS, FEATURES, ZONE, built, cutoffs, histories
from tests.features.orders.oracle import features_at


@settings(max_examples=150, deadline=None)
@given(histories(), cutoffs)
def test_every_feature_equals_the_brute_force_to_the_last_bit(lines, at):
    rows = {(row.pop("customer_id"), row.pop("cutoff")): row for row in built(lines, at).to_pylist()}
    for customer in CUSTOMERS:
        own = [line for line in lines if line["customer_id"] == customer]
        for cutoff in at:
            expected = features_at(own, cutoff, ZONE)
            assert (expected is None) == ((customer, cutoff) not in rows)
            if expected is not None:
                assert differing(rows[customer, cutoff], expected) == {}


def differing(found, expected):
    assert found.keys() == expected.keys() == {feature.name for feature in FEATURES}
    pairs = {name: (np.float32(found[name]), np.float32(expected[name])) for name in found}
    return {name: pair for name, pair in pairs.items() if not np.array_equal(*pair, equal_nan=True)}
