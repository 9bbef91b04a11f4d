from datetime import date

import numpy as np
import pytest

from training.readiness.gaps import Gap, find_gaps, gap_findings
from training.readiness.series import Days

MONDAY = date(2024, 1, 1)


def days(orders):
    orders = np.asarray(orders)
    return Days(MONDAY, 3 * orders, orders, 100 * orders)


def steady(count, orders=40):
    return np.full(count, orders)


def test_a_run_of_open_days_without_lines_is_a_gap():
    orders = steady(140)
    orders[50:60] = 0
    assert find_gaps(days(orders)) == (Gap(date(2024, 2, 20), date(2024, 2, 29), 10),)


def test_usual_closing_days_are_no_gaps_and_do_not_lengthen_one():
    orders = steady(140)
    orders[6::7] = 0  # Sundays
    assert find_gaps(days(orders)) == ()
    orders[40:43] = 0  # Saturday, Sunday, Monday
    assert find_gaps(days(orders)) == (Gap(date(2024, 2, 10), date(2024, 2, 12), 2),)


def test_a_shop_that_opens_twice_a_week_has_no_gaps():
    orders = np.where(np.isin(np.arange(200) % 7, (2, 5)), 30, 0)
    assert find_gaps(days(orders)) == ()


@pytest.mark.parametrize("seed", range(20))
def test_days_that_are_empty_by_chance_are_no_gaps(seed):
    orders = np.random.default_rng(seed).poisson(1.5, 365)
    assert find_gaps(days(orders)) == ()


def test_new_opening_hours_are_no_gap():
    orders = steady(280)
    orders[140:][6::7] = 0  # from then on closed on Sundays
    gaps = find_gaps(days(orders))
    assert sum(gap.open_days for gap in gaps) <= 4


def test_a_long_gap_is_a_warning_and_single_days_a_recommendation():
    orders = steady(200)
    orders[50:60] = orders[100] = 0
    findings = gap_findings(find_gaps(days(orders)))
    assert [(one.name, one.state) for one in findings] == [
        ("missing_days", "warning"),
        ("holidays", "recommendation"),
    ]
    assert findings[0].examples == ("2024-02-20 to 2024-02-29",)
    assert "10 days of opening" in findings[0].mend
    assert "1 day of opening" in findings[1].mend


def test_the_same_days_in_another_year_are_holidays():
    orders = steady(800)
    orders[357:368] = orders[722:733] = 0  # over New Year
    assert [one.name for one in gap_findings(find_gaps(days(orders)))] == ["holidays"]


def test_a_history_without_days_has_no_gaps():
    assert find_gaps(days([])) == ()
