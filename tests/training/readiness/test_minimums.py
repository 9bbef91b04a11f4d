import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.readiness.minimums import (
    auroc_error,
    rows_for_overall_risk,
    rows_for_parameters,
    rows_to_judge,
    rows_to_learn,
)

SHARES = st.floats(0.01, 0.99)


def test_half_a_population_of_events_needs_385_rows_to_be_known_within_five_points():
    assert rows_for_overall_risk(0.5) == 385  # Riley et al. 2020, their example of criterion 1


def test_the_shrinkage_criterion_agrees_with_the_published_example():
    # Riley et al. 2020, figure 3: 24 parameters, Cox-Snell R2 0.288, shrinkage 0.9 -> 623
    share = 0.5
    largest = 1 - math.exp(2 * math.log(0.5))
    assert rows_for_parameters(share, 24, explained=0.288 / largest) == 623


@given(SHARES, st.integers(1, 200))
def test_twice_the_parameters_need_twice_the_rows(share, parameters):
    once, twice = rows_for_parameters(share, parameters), rows_for_parameters(share, 2 * parameters)
    assert abs(twice - 2 * once) <= 2


@given(SHARES)
def test_both_outcomes_are_alike_for_learning(share):
    assert abs(rows_to_learn(share, 5) - rows_to_learn(1 - share, 5)) <= 1


@given(st.integers(1, 500), st.integers(1, 500))
def test_for_pure_chance_the_error_of_an_auroc_is_that_of_mann_and_whitney(events, others):
    exact = (events + others + 1) / (12 * events * others)
    assert auroc_error(events, others, 0.5) == pytest.approx(math.sqrt(exact))


@given(SHARES, st.sampled_from([0.025, 0.05]))
def test_the_rows_to_judge_on_are_enough_and_one_fewer_are_not(share, error):
    rows = rows_to_judge(share, error)
    assert auroc_error(rows * share, rows * (1 - share)) <= error
    assert rows == 2 or auroc_error((rows - 1) * share, (rows - 1) * (1 - share)) > error


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, float("nan")])
@pytest.mark.parametrize("ask", [rows_for_overall_risk, lambda share: rows_to_judge(share, 0.05)])
def test_a_share_without_both_outcomes_is_refused(ask, share):
    with pytest.raises(ValueError, match=r"share of events is .*; give one above 0 and below 1"):
        ask(share)


@pytest.mark.parametrize(("events", "others"), [(0, 5), (5, 0)])
def test_an_auroc_needs_events_and_others(events, others):
    with pytest.raises(ValueError, match="an AUROC needs both"):
        auroc_error(events, others)
