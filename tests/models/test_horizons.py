import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.horizons import order_curve

SHARE = st.floats(0, 1)


@given(rows=st.lists(st.tuples(SHARE, SHARE, SHARE, SHARE), min_size=1, max_size=20))
def test_an_order_within_a_longer_horizon_is_never_less_probable_and_the_task_s_own_stays(rows):
    week, own, eight_weeks, quarter = np.array(rows).T
    curve = order_curve(28, own, {90: quarter, 7: week, 56: eight_weeks})
    assert curve.shape == (len(own), 4)
    assert (np.diff(curve, axis=1) >= 0).all()
    np.testing.assert_array_equal(curve[:, 1], 1 - own)


def test_models_that_do_not_contradict_each_other_are_answered_as_they_are():
    curve = order_curve(28, np.array([0.3]), {7: np.array([0.8]), 56: np.array([0.1])})
    np.testing.assert_allclose(curve, [[0.2, 0.7, 0.9]])


def test_a_model_of_the_task_s_horizon_alone_answers_for_it_alone():
    np.testing.assert_allclose(order_curve(28, np.array([0.3]), {}), [[0.7]])
