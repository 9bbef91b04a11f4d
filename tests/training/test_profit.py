import math

import numpy as np
import pytest

from features.settings import ReportSettings
from tests.training.judged import judged
from training.profit import CAPACITIES, Economics, at_capacities, profit_curves, scores_of

JUDGED = judged()
MONEY = Economics(value_saved=100, contact_cost=2, save_rate=0.2, is_turnover=False)


def test_profit_is_what_the_saved_are_worth_less_what_the_contacts_cost():
    best = at_capacities(judged(probability=[0.9, 0.8, 0.1, 0.1], outcome=[1, 0, 1, 0]), MONEY, draws=20)
    at_one = best[0]  # a hundredth of four customers is one
    assert (at_one.contacts, at_one.reached) == (1, 1)
    assert at_one.profit.estimate == pytest.approx(1 * 0.2 * 100 - 2)


def test_at_each_capacity_so_many_are_contacted_and_the_shares_agree():
    found = at_capacities(JUDGED, MONEY, draws=50)
    assert [one.share for one in found] == list(CAPACITIES)
    for one in found:
        assert one.contacts == round(one.share * 2_000)
        assert one.precision.estimate == pytest.approx(one.reached / one.contacts)
        assert one.recall == pytest.approx(one.reached / JUDGED.outcome.sum())
        assert one.lift == pytest.approx(one.precision.estimate / JUDGED.outcome.mean())
        assert one.profit.low <= one.profit.estimate <= one.profit.high


def test_more_contacts_reach_more_leavers_and_fewer_of_the_contacted_leave():
    found = at_capacities(JUDGED, MONEY, draws=20)
    assert [one.reached for one in found] == sorted(one.reached for one in found)
    assert found[0].lift > found[-1].lift > 1


def test_a_curve_begins_at_nothing_and_ends_where_everybody_is_contacted():
    curves = profit_curves(JUDGED, MONEY, np.array([0.0, 1.0]))
    everybody = JUDGED.outcome.sum() * 0.2 * 100 - 2_000 * 2
    for curve in curves.values():
        assert curve.tolist() == pytest.approx([0, everybody])


def test_the_model_earns_more_than_a_rule_that_knows_nothing():
    tenth = at_capacities(JUDGED, MONEY, draws=20)[3]
    assert tenth.profit.low > tenth.baselines["recency"]
    assert list(scores_of(JUDGED)) == ["model", "recency"]


def test_a_contact_pays_from_the_probability_that_breaks_even():
    assert MONEY.break_even == pytest.approx(2 / (0.2 * 100))
    assert math.isinf(Economics(0, 2, 0.2, False).break_even)


def test_without_a_value_the_spend_of_one_horizon_stands_in_and_says_so():
    assert Economics.of(ReportSettings(), 730.0, 28) == Economics(56.0, 1.0, 0.1, True)
    assert Economics.of(ReportSettings(value_saved=60), 730.0, 28) == Economics(60, 1.0, 0.1, False)


def test_where_nobody_left_there_is_nothing_to_reach():
    with pytest.raises(ValueError, match="none of 5 rows is an event"):
        at_capacities(judged(probability=[0.1] * 5, outcome=[0] * 5), MONEY)
