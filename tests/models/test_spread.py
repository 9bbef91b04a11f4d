import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.spread import Spread

SPREAD = Spread((-2.0, 0.0, 1.0), (0.1, 0.2, 0.4), movement=0.1)


@given(probability=st.floats(0, 1), level=st.floats(0.01, 0.99))
def test_a_probability_lies_inside_its_interval_and_the_interval_among_probabilities(probability, level):
    low, high = (bound[0] for bound in SPREAD.interval(np.array([probability]), level))
    assert 0 <= low <= probability <= high <= 1


@given(probability=st.floats(0.01, 0.99))
def test_to_be_surer_the_interval_has_to_be_wider(probability):
    narrow, wide = (SPREAD.interval(np.array([probability]), level) for level in (0.5, 0.95))
    assert wide[0] < narrow[0]
    assert narrow[1] < wide[1]


def test_a_level_that_moves_widens_every_interval():
    p = np.linspace(0.05, 0.95, 7)
    still = Spread(SPREAD.log_odds, SPREAD.deviations)
    assert (SPREAD.interval(p)[0] < still.interval(p)[0]).all()


def test_what_was_written_reads_back_the_same():
    assert Spread.from_json(SPREAD.to_json()) == SPREAD


@pytest.mark.parametrize(
    ("log_odds", "deviations", "match"),
    [
        ((), (), "0 log-odds and 0 deviations"),
        ((0.0, 1.0), (0.1,), "2 log-odds and 1 deviations"),
        ((1.0, 0.0), (0.1, 0.1), "log-odds of a spread ascend"),
        ((0.0, 1.0), (0.1, -0.1), "no deviation is negative"),
    ],
)
def test_numbers_that_are_no_spread_are_refused(log_odds, deviations, match):
    with pytest.raises(ValueError, match=match):
        Spread(log_odds, deviations)
