from datetime import timedelta

import numpy as np
import pytest

from features.settings import ChurnSettings, LoyaltySettings, Settings
from training.choosing import churn_task, loyalty_task
from training.job import make_task
from training.readiness.rhythm import history_days, mean_gaps, measure_cadence, orders_in_window


@pytest.mark.parametrize("days_earlier", [0, 45, 300])
def test_horizon_and_orders_of_a_regular_are_those_that_training_chooses(
    shop, feeder, shop_lines, days_earlier
):
    as_of = shop.as_of - timedelta(days=days_earlier)
    settings = Settings(churn=ChurnSettings(), loyalty=LoyaltySettings(window_days=90))
    churn = churn_task(
        settings.churn, lambda: (mean_gaps(shop_lines, as_of), history_days(shop_lines, as_of))
    )
    loyalty = loyalty_task(settings.loyalty, lambda: orders_in_window(shop_lines, as_of, 90))
    assert churn == make_task("churn", settings, feeder, as_of)
    assert loyalty == make_task("loyalty_type", settings, feeder, as_of)


def test_gaps_are_between_days_with_an_order(tables, opened):
    lines = opened(tables.order_lines([0, 0.5, 3, 10], customer_id=["a", "a", "a", "a"]))
    found = measure_cadence(lines)
    assert found.histogram == ((3, 1), (7, 1))
    assert (found.gaps, found.returning) == (2, 1)
    assert found.own_gap_days["p50"] == 5.0


def test_a_horizon_covers_the_gaps_that_are_no_longer(tables, opened):
    lines = opened(tables.order_lines([0, 3, 10, 40], customer_id="a"))
    found = measure_cadence(lines)
    assert [found.covered(days) for days in (2, 3, 7, 29, 30)] == pytest.approx([0, 1 / 3, 2 / 3, 2 / 3, 1])


def test_customers_of_one_day_have_no_cadence(tables, opened):
    lines = opened(tables.order_lines([0, 1, 2], customer_id=["a", "b", "c"]))
    assert np.isnan(mean_gaps(lines, tables.as_of)).all()
    found = measure_cadence(lines)
    assert (found.gaps, found.returning, found.gap_days, found.own_gap_days) == (0, 0, {}, {})


def test_a_shop_of_guests_has_neither_gaps_nor_history(tables, opened):
    lines = opened(tables.order_lines([0, 1], customer_id=[None, None]))
    assert len(mean_gaps(lines, tables.as_of)) == 0
    assert history_days(lines, tables.as_of) == 0.0
    assert measure_cadence(lines).gaps == 0
