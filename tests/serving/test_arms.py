import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from serving.arms import HOLDOUT, POLICY, RANDOM, arm_of, position


@given(st.text())
def test_a_customer_stays_where_it_is(customer_id):
    assert position(customer_id) == position(customer_id)
    assert 0 <= position(customer_id) < 1


def test_positions_are_as_they_were_when_the_rule_was_made():
    assert round(position("anna"), 12) == 0.001955222185
    assert round(position("zoë 😀"), 12) == 0.380026156621


def test_arms_hold_the_shares_that_were_asked_for():
    arms = [arm_of(str(number), 0.1, 0.2) for number in range(20_000)]
    shares = {arm: arms.count(arm) / len(arms) for arm in (HOLDOUT, RANDOM, POLICY)}
    np.testing.assert_allclose([shares[HOLDOUT], shares[RANDOM], shares[POLICY]], [0.1, 0.2, 0.7], atol=0.01)


@given(st.text(), st.floats(0, 0.4), st.floats(0, 0.1))
def test_whoever_is_held_out_stays_so_when_the_group_grows(customer_id, holdout, more):
    if arm_of(customer_id, holdout, 0.3) == HOLDOUT:
        assert arm_of(customer_id, holdout + more, 0.3) == HOLDOUT


def test_without_arms_everybody_gets_the_policy():
    assert {arm_of(str(number), 0, 0) for number in range(1000)} == {POLICY}
