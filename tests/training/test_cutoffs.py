import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from training.cutoffs import distance_days, plan_cutoffs, training_cutoffs, with_whole_population

FIRST = datetime(2025, 1, 1, 9, 30, tzinfo=UTC)
HORIZON, EVERY, MOST = st.integers(1, 200), st.integers(1, 60), st.integers(1, 30)
HISTORY = st.floats(2, 1_500).map(lambda days: timedelta(days=days))


@given(horizon=HORIZON, history=HISTORY, every=EVERY, most=MOST)
def test_no_label_window_of_a_training_cutoff_reaches_beyond_a_test_cutoff(horizon, history, every, most):
    assume(history >= 2 * timedelta(days=horizon))
    plan = plan_cutoffs(FIRST, FIRST + history, horizon, every_days=every, most=most)
    if not plan.by_customer:
        assert max(plan.train) + timedelta(days=horizon) <= min(plan.test)


@given(horizon=HORIZON, history=HISTORY, every=EVERY, most=MOST)
def test_every_cutoff_has_a_horizon_of_history_and_its_labels_end_by_as_of(horizon, history, every, most):
    assume(history >= 2 * timedelta(days=horizon))
    window, as_of = timedelta(days=horizon), FIRST + history
    plan = plan_cutoffs(FIRST, as_of, horizon, every_days=every, most=most)
    assert all(FIRST + window <= cutoff <= as_of - window for cutoff in plan.all)
    assert max(plan.all) + window == as_of


@given(horizon=HORIZON, history=HISTORY, every=EVERY, most=MOST)
def test_training_cutoffs_ascend_at_one_distance_and_are_not_more_than_asked_for(
    horizon, history, every, most
):
    cutoffs = training_cutoffs(FIRST, FIRST + history, horizon, every_days=every, most=most)
    steps = {later - earlier for earlier, later in pairwise(cutoffs)}
    assert len(cutoffs) <= most
    assert steps <= {timedelta(days=every)}


@given(horizon=HORIZON, history=HISTORY, every=EVERY, most=MOST)
def test_a_plan_by_time_trains_on_labels_of_a_whole_horizon(horizon, history, every, most):
    assume(history >= 2 * timedelta(days=horizon))
    plan = plan_cutoffs(FIRST, FIRST + history, horizon, every_days=every, most=most)
    assert plan.by_customer or plan.train[-1] - plan.train[0] >= timedelta(days=horizon)


@given(horizon=HORIZON, history=HISTORY)
def test_too_little_history_says_how_many_days_more_will_do(horizon, history):
    assume(history < 2 * timedelta(days=horizon))
    with pytest.raises(ValueError, match="or set a shorter horizon") as refusal:
        plan_cutoffs(FIRST, FIRST + history, horizon, every_days=7, most=9)
    more = timedelta(days=int(re.search(r"bring (\d+) days more", str(refusal.value))[1]))
    assert plan_cutoffs(FIRST, FIRST + history + more, horizon, every_days=7, most=9).by_customer
    with pytest.raises(ValueError, match="or set a shorter horizon"):
        plan_cutoffs(FIRST, FIRST + history + more - timedelta(days=1), horizon, every_days=7, most=9)


def test_history_for_one_cutoff_only_is_split_by_customer():
    plan = plan_cutoffs(FIRST, FIRST + timedelta(days=70), 28, every_days=7, most=9)
    assert plan.by_customer
    assert plan.all == plan.train == (FIRST + timedelta(days=42),)


def test_one_training_cutoff_more_than_a_horizon_back_turns_the_split_to_one_by_time():
    days = 28 + 28 + 28 + 28  # before the first cutoff, between the cutoffs, until the test, after it
    plan = plan_cutoffs(FIRST, FIRST + timedelta(days=days), 28, every_days=28, most=9)
    assert [(cutoff - FIRST).days for cutoff in plan.train] == [28, 56]
    assert [(cutoff - FIRST).days for cutoff in plan.test] == [84]
    assert plan_cutoffs(FIRST, FIRST + timedelta(days=days - 1), 28, every_days=28, most=9).by_customer


@given(horizon=HORIZON, history=HISTORY, every=EVERY, most=MOST, look_back=st.integers(0, 400))
def test_a_cutoff_with_less_history_than_the_population_looks_back_trains_only_where_too_few_are_left(
    horizon, history, every, most, look_back
):
    cutoffs = training_cutoffs(FIRST, FIRST + history, horizon, every_days=every, most=most)
    kept = with_whole_population(cutoffs, FIRST, look_back, horizon)
    whole = tuple(cutoff for cutoff in cutoffs if cutoff - FIRST >= timedelta(days=look_back))
    enough = len(whole) > 0 and whole[-1] - whole[0] >= timedelta(days=3 * horizon)
    assert kept == (whole if enough else cutoffs)


@pytest.mark.parametrize(
    ("horizon", "chosen", "days"), [(7, None, 7), (28, None, 7), (90, None, 11), (90, 30, 30)]
)
def test_training_cutoffs_lie_an_eighth_of_the_horizon_apart_unless_set(horizon, chosen, days):
    assert distance_days(horizon, chosen) == days
