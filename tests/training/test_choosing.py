import numpy as np
import pytest

from features.settings import ChurnSettings, LoyaltySettings
from training.choosing import churn_task, loyalty_task
from training.horizon import choose_active_days, choose_horizon_days
from training.tasks import Churn, LoyaltyType


def nobody_asks():
    raise AssertionError("what is set needs no data")


def test_what_is_set_is_not_looked_for_in_the_data():
    assert churn_task(ChurnSettings(horizon_days=14, active_days=60), nobody_asks) == Churn(14, 60)
    set_here = LoyaltySettings(window_days=90, min_orders=3, min_past_orders=2, threshold=0.4)
    assert loyalty_task(set_here, nobody_asks) == LoyaltyType(90, 3, 0.4, 2)


def test_a_horizon_that_is_not_set_is_chosen_from_the_rhythm():
    rhythm = (np.array([10.0, 20.0, np.nan]), 400.0)
    horizon = choose_horizon_days(*rhythm)
    assert churn_task(ChurnSettings(), lambda: rhythm) == Churn(horizon, choose_active_days(horizon))


def test_an_active_window_that_is_not_set_follows_the_horizon():
    assert churn_task(ChurnSettings(horizon_days=28), nobody_asks).active_days == choose_active_days(28)


def test_orders_of_a_regular_are_chosen_from_the_last_window():
    assert loyalty_task(LoyaltySettings(), lambda: np.array([4.0, 4.0, 4.0])).min_orders == 4


def test_a_shop_where_nobody_returns_is_told_to_set_the_horizon():
    with pytest.raises(ValueError, match=r"set \[churn\] horizon_days"):
        churn_task(ChurnSettings(), lambda: (np.array([np.nan]), 400.0))
