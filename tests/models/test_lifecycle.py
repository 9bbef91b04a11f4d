import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.lifecycle import STAGES, Lifecycle

DAY = 86_400_000_000
CUTOFF = 1000


def _at(*days, cutoff=CUTOFF):
    """The lifecycle of customers who ordered on some days each."""
    customers = np.repeat(np.arange(len(days)), [len(own) for own in days])
    times = np.array([day * DAY for own in days for day in own], np.int64)
    return Lifecycle.at(customers, times, len(days), cutoff * DAY)


def _stages(*days):
    return [STAGES[code] for code in _at(*days).stage[: len(days) - len(WEEKLY)]]


WEEKLY = [list(range(start, 990, 7)) for start in range(700, 712)]
"""Regulars who make the shop's rhythm: a week, and hardly ever more."""


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        ([997], "new"),
        ([900], "evaluating"),
        ([*range(930, 1000, 7)], "active"),
        ([*range(850, 980, 7)], "lapsed"),
        ([*range(800, 900, 7), 996], "won_back"),
        ([*range(800, 900, 7), 960], "lapsed"),
    ],
)
def test_a_customer_stands_where_the_own_rhythm_puts_it(days, stage):
    assert _stages(days, *WEEKLY) == [stage]


def test_a_long_pause_is_usual_for_who_always_pauses_long():
    seldom = list(range(110, 960, 60))
    assert _stages(seldom, *WEEKLY) == ["active"]


def test_between_active_and_lapsed_a_customer_slips():
    random = np.random.default_rng(1)
    irregular = [np.cumsum(random.integers(1, 20, 60)).tolist() for _ in range(30)]
    regulars = [[day + 990 - own[-1] for day in own] for own in irregular]
    waits = [[day - wait for day in regulars[0]] for wait in range(0, 40, 2)]
    codes = _at(*waits, *regulars).stage[:20].tolist()
    assert codes == sorted(codes)
    assert {STAGES[code] for code in codes} == {"active", "slipping", "lapsed"}


ORDERS = st.lists(st.lists(st.integers(0, CUTOFF + 50), max_size=12).map(sorted), min_size=1, max_size=8)


@given(ORDERS)
def test_everybody_who_has_ordered_has_one_stage_and_no_order_lies_in_the_past(days):
    found = _at(*days)
    known = np.array([any(day < CUTOFF for day in own) for own in days])
    assert ((found.stage < len(STAGES)) == known).all()
    ahead = found.next_order_days[known]
    assert (ahead[~np.isnan(ahead)] >= 0).all()


@given(ORDERS)
def test_what_comes_at_the_cutoff_or_later_changes_nothing(days):
    past = [[day for day in own if day < CUTOFF] for own in days]
    one, other = _at(*days), _at(*past)
    np.testing.assert_array_equal(one.stage, other.stage)
    np.testing.assert_array_equal(one.next_order_days, other.next_order_days)


def test_the_next_order_is_due_sooner_the_longer_a_regular_has_waited():
    due = _at([*range(933, 999, 7)], [*range(931, 996, 7)], *WEEKLY).next_order_days
    assert 0 <= due[1] < due[0] <= 8


def test_who_has_waited_longer_than_anybody_ever_did_is_not_expected():
    assert np.isnan(_at([1, 8], *WEEKLY).next_order_days[0])
