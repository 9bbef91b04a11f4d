import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.kernel.windows import ratio
from tests.features.kernel.events import ask, rows

BIG = 2**62


def test_a_window_holds_its_first_instant_and_not_the_cutoff():
    events = rows(("ann", 0, 1), ("ann", 10, 20), ("ann", 11, 300))
    assert ask(events, [10, 11], "total_10d") == [("ann", 1), ("ann", 20)]


def test_an_empty_window_gives_exactly_zero_or_unknown():
    [found] = ask(rows(("ann", 0, 333)), [50], "total_10d", "kinds_10d", "largest_10d", "latest_10d")
    assert found[:3] == ("ann", 0, 0)
    assert all(map(math.isnan, found[3:]))


def test_sums_that_pass_the_largest_integer_wrap_and_come_back():
    events = rows(*(("ann", number, BIG) for number in range(5)), ("bob", 4.5, 7), ("bob", 5, 9))
    assert ask(events, [6], "total_1d", "total_10d")[1] == ("bob", 9, 16)


def test_money_leaves_no_residue_of_larger_money_before_it():
    events = rows(
        ("ann", 0, 2**60 + 1), ("ann", 20, 1), ("ann", 20, 2, None, "k2"), ("ann", 20.5, -2, None, "k3")
    )
    assert ask(events, [21, 40], "total_1d", "total_10d") == [("ann", 1, 1), ("ann", 0, 0)]


def test_the_largest_of_negative_values_is_negative():
    assert ask(rows(("ann", 1, -5), ("ann", 2, -3), ("bob", 1, 9)), [3], "largest_10d") == [
        ("ann", -3),
        ("bob", 9),
    ]


def test_the_latest_event_is_the_last_before_the_cutoff():
    events = rows(("ann", 1, 5), ("ann", 2, 6), ("ann", 3, 7))
    assert ask(events, [2, 3, 4], "latest_10d", "days_since") == [("ann", 5, 1), ("ann", 6, 1), ("ann", 7, 1)]


def test_an_event_at_the_first_instant_of_1970_counts_like_any_other():
    epoch = -19_723  # days from 2024 to 1970
    assert ask(rows(("ann", epoch, 5)), [epoch + 2], "days_since") == [("ann", 2)]


def test_a_kind_counts_once_however_often_and_at_whatever_tie_it_occurs():
    events = rows(
        ("ann", 1, 5, "x"), ("ann", 1, 5, "x"), ("ann", 2, 5, "x"), ("ann", 2, 5, "y"), ("bob", 3, 5, "x")
    )
    assert ask(events, [1.5, 2, 12, 12.5], "kinds_10d") == [
        ("ann", 1),
        ("ann", 1),
        ("ann", 2),
        ("ann", 0),
        ("bob", 1),
        ("bob", 1),
    ]


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from("xyz")), min_size=1), st.integers(1, 40))
def test_distinct_counts_equal_the_size_of_a_set(pairs, cutoff):
    events = rows(*(("ann", number, 1, kind) for number, kind in sorted(pairs)))
    inside = {kind for number, kind in pairs if cutoff - 10 <= number < cutoff}
    expected = [("ann", len(inside))] if min(pairs)[0] < cutoff else []
    assert ask(events, [cutoff], "kinds_10d") == expected


def test_a_ratio_is_unknown_where_the_denominator_is_zero():
    found = ratio(np.array([0.0, 3.0, 6.0]), np.array([0.0, 0.0, 2.0]))
    assert np.array_equal(found, [np.nan, np.nan, 3.0], equal_nan=True)


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=1, max_size=8))
def test_a_ratio_of_windows_is_that_of_each_pair_however_the_arrays_lie(pairs):
    above, below = (np.array(side, np.float64) for side in zip(*pairs, strict=True))
    expected = [a / b if b else np.nan for a, b in pairs]
    for shaped in (lambda side: side[None], lambda side: np.repeat(side, 2)[::2][None]):
        found = ratio(shaped(above), shaped(below))
        assert np.array_equal(found, [expected], equal_nan=True)
    assert np.array_equal(ratio(above[None], np.array([[2.0]])), above[None] / 2)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(-3, 9)), min_size=1, max_size=12), st.integers(1, 40)
)
def test_a_measure_of_rare_rows_sums_as_if_it_were_there_in_every_row(pairs, cutoff):
    events = rows(*(("ann", number, value) for number, value in sorted(pairs)))
    expected = sum(value**2 for number, value in pairs if value > 5 and cutoff - 10 <= number < cutoff)
    found = [("ann", expected)] if min(pairs)[0] < cutoff else []
    assert ask(events, [cutoff], "large_squares_10d") == found
