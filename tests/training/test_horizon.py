import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.horizon import ACTIVE, HORIZONS, SPARE, choose_active_days, choose_horizon_days

LONG = 10_000.0


@given(st.lists(st.floats(1, 400), min_size=1, max_size=60))
def test_the_horizon_covers_the_usual_gap_of_three_in_four_and_no_shorter_one_does(cadence):
    days = np.array(cadence)
    horizon = choose_horizon_days(days, LONG)
    upper = np.quantile(days, 0.75)
    assert horizon >= upper or horizon == HORIZONS[-1]
    assert all(shorter < upper for shorter in HORIZONS if shorter < horizon)


def test_customers_without_a_gap_say_nothing_about_the_horizon():
    known = np.array([10.0, 12.0, 20.0])
    assert (
        choose_horizon_days(np.append(known, [np.nan] * 50), LONG) == choose_horizon_days(known, LONG) == 28
    )


@given(st.floats(60, 5_000), st.floats(1, 400))
def test_the_history_holds_the_horizon_often_enough_to_train_and_to_test(history, cadence):
    horizon = choose_horizon_days(np.array([cadence]), history)
    assert horizon * SPARE <= history
    assert horizon <= choose_horizon_days(np.array([cadence]), LONG)


def test_a_shop_without_a_returning_customer_is_told_to_set_the_horizon():
    with pytest.raises(ValueError, match=r"no customer ordered on two days.*set \[churn\] horizon_days"):
        choose_horizon_days(np.array([np.nan, np.nan]), LONG)


@pytest.mark.parametrize("horizon", HORIZONS[:-1])
def test_the_active_window_is_the_shortest_usual_one_of_three_horizons_or_more(horizon):
    active = choose_active_days(horizon)
    assert active >= 3 * horizon
    assert all(shorter < 3 * horizon for shorter in ACTIVE if shorter < active)


def test_the_longest_horizon_gets_the_longest_active_window():
    assert choose_active_days(365) == 730
