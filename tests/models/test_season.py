"""Claims about the season of the base rate."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.season import YEAR, Season

START = datetime(2024, 1, 1, tzinfo=UTC)
WEEKS = [START + timedelta(weeks=week) for week in range(60)]


def _season(log_odds, followed=1.0):
    return Season(tuple(week.timestamp() for week in WEEKS), tuple(log_odds), followed)


WAVE = _season(np.sin(np.arange(60) / 52 * 2 * np.pi).tolist())


@given(st.integers(0, 59))
def test_a_known_instant_has_its_own_rate_less_the_last_known_one(week):
    assert WAVE.offset(WEEKS[week]) == pytest.approx(WAVE.log_odds[week] - WAVE.log_odds[-1])


@given(st.integers(0, 43), st.floats(0, 1))
def test_after_the_last_instant_it_moves_as_a_year_before_times_the_share_followed(weeks, followed):
    season = _season(WAVE.log_odds, followed)
    at = WEEKS[-1] + timedelta(weeks=weeks)
    expected = followed * (WAVE.log_odds[7 + weeks] - WAVE.log_odds[7])
    assert season.offset(at) == pytest.approx(expected)


def test_nothing_moves_at_the_last_instant():
    assert WAVE.offset(WEEKS[-1]) == 0
    assert WAVE.offset(WEEKS[-1] + timedelta(seconds=1)) == pytest.approx(0, abs=1e-4)


def test_offsets_of_cutoffs_are_those_of_each():
    asked = [WEEKS[3], WEEKS[-1] + timedelta(days=40)]
    cutoffs = np.array([at.replace(tzinfo=None) for at in asked], "datetime64[us]")
    assert WAVE.offsets(cutoffs).tolist() == pytest.approx([WAVE.offset(at) for at in asked])


def test_a_year_before_the_series_is_not_known():
    before = WAVE.year_before()
    assert np.isnan(before[:52]).all()
    assert before[52:].tolist() == pytest.approx(list(WAVE.log_odds[:8]))
    assert timedelta(weeks=52) == YEAR


def test_a_season_comes_back_from_json_as_it_was():
    assert Season.from_json(WAVE.to_json()) == WAVE


@pytest.mark.parametrize(
    ("instants", "log_odds", "followed", "said"),
    [
        ((), (), 1.0, "0 instants and 0 log-odds"),
        ((1.0,), (0.1, 0.2), 1.0, "1 instants and 2 log-odds"),
        ((2.0, 1.0), (0.1, 0.2), 1.0, "do not ascend; sort them"),
        ((1.0,), (0.1,), 1.5, r"followed is 1\.5"),
    ],
)
def test_an_impossible_season_is_an_error(instants, log_odds, followed, said):
    with pytest.raises(ValueError, match=said):
        Season(instants, log_odds, followed)
