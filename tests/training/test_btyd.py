import numpy as np
import pytest

from training.btyd import checked, checked_horizon, distinct, maximise, order_rate, scaled


def test_a_single_history_may_be_given_as_numbers():
    x, t_x, age = checked(2, 30, 38)
    assert (x.tolist(), t_x.tolist(), age.tolist()) == ([2.0], [30.0], [38.0])


@pytest.mark.parametrize(
    ("history", "problem"),
    [
        (([1], [5], [4]), "recency above the age"),
        (([-1], [0], [4]), "negative number"),
        (([1.5], [1], [4]), "frequency that is not whole"),
        (([np.nan], [1], [4]), "not finite"),
        (([0], [3], [4]), "recency without a repeat order"),
    ],
)
def test_an_impossible_history_is_refused_by_name(history, problem):
    with pytest.raises(ValueError, match=f"1 of 1 histories have a.*{problem}.*row 0"):
        checked(*history)


def test_histories_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="one number each per customer"):
        checked([1, 2], [1], [4])


def test_rounding_does_not_make_a_history_impossible():
    single = float(np.float32(16.8578))
    _, t_x, age = checked(2, single, 16.8578)
    assert t_x.tolist() == [min(single, 16.8578)]
    assert age.tolist() == [16.8578]


@pytest.mark.parametrize("horizon", [-1, np.nan, np.inf])
def test_a_horizon_must_be_a_length_of_time(horizon):
    with pytest.raises(ValueError, match="give a time of 0 or more"):
        checked_horizon(horizon)


def test_distinct_histories_keep_every_customer():
    histories = distinct(*checked([0, 2, 0], [0, 5, 0], [9, 9, 9]))
    assert histories.customers.tolist() == [2.0, 1.0]
    assert histories.frequency @ histories.customers == 2


def test_scaling_time_leaves_orders_alone_and_brings_the_mean_age_to_ten():
    histories, scale = scaled(distinct(*checked([1, 2], [100, 300], [300, 500])))
    assert np.average(histories.age, weights=histories.customers) == pytest.approx(10)
    assert scale == pytest.approx(40)
    assert sorted(histories.frequency) == [1, 2]


def test_nothing_can_be_fitted_where_nobody_repeated_an_order():
    with pytest.raises(ValueError, match="2 histories show no repeat order"):
        scaled(distinct(*checked([0, 0], [0, 0], [30, 40])))


def test_the_order_rate_is_repeat_orders_over_time():
    assert order_rate(distinct(*checked([1, 3], [2, 8], [10, 10]))) == pytest.approx(0.2)


def test_the_search_finds_the_deepest_of_several_valleys():
    def valleys(log_parameters):
        at = log_parameters[0]
        slope = 4 * at**3 - 8 * at + 1
        return at**4 - 4 * at**2 + at, np.array([slope])

    assert np.log(maximise(valleys, [(4.0,), (0.25,)]))[0] == pytest.approx(-1.473, abs=1e-3)


def test_a_search_without_a_finite_likelihood_says_so():
    with pytest.raises(ValueError, match="none of 1 starts"):
        maximise(lambda at: (float("nan"), np.zeros_like(at)), [(1.0,)])
