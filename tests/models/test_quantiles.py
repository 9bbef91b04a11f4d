import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.quantiles import Quantiles


@pytest.fixture(scope="module")
def fitted():
    """Amounts that are 0 half of the time and spread around twice the expectation otherwise."""
    random = np.random.default_rng(1)
    expected = random.uniform(1, 100, 20_000)
    actual = expected * 2 * random.gamma(4, 1 / 4, 20_000) * (random.random(20_000) < 0.5)
    return Quantiles.fit(expected, actual), random


def test_so_many_amounts_as_it_says_lie_below_a_quantile(fitted):
    quantiles, random = fitted
    expected = random.uniform(5, 90, 20_000)
    actual = expected * 2 * random.gamma(4, 1 / 4, 20_000) * (random.random(20_000) < 0.5)
    for level in (0.1, 0.7, 0.9):
        below = actual <= quantiles.at(expected, np.full(20_000, level))
        assert below.mean() == pytest.approx(max(level, 0.5), abs=0.02)


@given(expected=st.floats(0.01, 1e6), low=st.floats(0, 1), high=st.floats(0, 1))
def test_a_higher_level_is_never_a_smaller_amount(fitted, expected, low, high):
    low, high = sorted((low, high))
    at = [fitted[0].at(np.array([expected]), np.array([level]))[0] for level in (low, high)]
    assert at[0] <= at[1] + 1e-9


def test_what_was_written_reads_back_the_same(fitted):
    assert Quantiles.from_json(fitted[0].to_json()) == fitted[0]


def test_a_single_row_is_enough_to_answer():
    assert Quantiles.fit(np.array([2.0]), np.array([3.0])).at(np.array([4.0]), np.array([0.5])).tolist() == [
        6.0
    ]


def test_without_a_row_there_is_nothing_to_learn():
    with pytest.raises(ValueError, match="rows that were held out; there is none"):
        Quantiles.fit(np.empty(0), np.empty(0))
