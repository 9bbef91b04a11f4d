import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.linear import FARTHEST, Linear, Scale

NUMBERS = st.floats(-1e9, 1e9) | st.just(float("nan"))


@pytest.fixture
def line(values):
    return Linear(Scale.fit(values), (0.8, -0.3, 0.0, 0.1), -1.5, 0.5)


def test_the_contributions_of_a_line_add_up_with_its_intercept_to_its_log_odds(line, values):
    parts = line.contributions(values)
    assert parts.shape == values.shape
    assert line.scores(values) == pytest.approx(parts.sum(axis=1) - 1.5, abs=1e-12)


def test_a_row_alone_gets_the_log_odds_that_it_gets_among_others_to_the_last_bit(line, values):
    alone = [line.scores(values[row : row + 1])[0] for row in range(50)]
    assert line.scores(values)[:50].tolist() == alone
    assert line.scores(np.asfortranarray(values))[:50].tolist() == alone


@given(rows=st.lists(st.lists(NUMBERS, min_size=2, max_size=2), min_size=1, max_size=20))
def test_places_are_finite_and_within_bounds_whatever_the_numbers(rows):
    table = np.array(rows)
    places = Scale.fit(table).places(table)
    assert (np.abs(places) <= FARTHEST).all()
    assert (places[np.isnan(table)] == 0).all()


def test_a_value_that_is_not_known_and_a_feature_that_never_moves_say_nothing():
    table = np.array([[1.0, 7.0], [9.0, 7.0], [np.nan, 7.0]])
    line = Linear(Scale.fit(table), (2.0, 5.0), 0.25)
    assert line.contributions(table)[2].tolist() == [0.0, 0.0]
    assert not line.contributions(table)[:, 1].any()


@given(low=st.floats(-1e6, 1e6), step=st.floats(0, 1e6))
def test_a_larger_number_never_has_a_lower_place(low, step):
    scale = Scale.fit(np.array([[-5.0], [0.0], [40.0], [1e4]]))
    first, second = scale.places(np.array([[low], [low + step]]))[:, 0]
    assert second >= first


def test_a_line_comes_back_from_json_as_it_was(line):
    assert Linear.from_json(json.loads(json.dumps(line.to_json()))) == line
