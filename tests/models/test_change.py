"""Claims about why scores moved: the parts are whole, fair, and each says what it is called."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit

from features.matrix import FeatureMatrix
from models.calibration import Calibration
from models.change import change_of_scores
from models.season import Season

THEN = datetime(2025, 5, 1, tzinfo=UTC)
NOW = THEN + timedelta(days=28)
WEEKS = [THEN - timedelta(weeks=70 - week) for week in range(70)]
SEASON = Season(tuple(week.timestamp() for week in WEEKS), tuple(np.sin(np.arange(70) / 8).tolist()), 0.7)
rows_of_customers = st.lists(st.integers(0, 399), min_size=1, max_size=20)


def _matrix(model, values, cutoff, ids=None):
    ids = np.array([f"c{row:03}" for row in range(len(values))] if ids is None else ids, object)
    cutoffs = np.full(len(values), np.datetime64(cutoff.replace(tzinfo=None), "us"))
    return FeatureMatrix(ids, cutoffs, model.features, values)


@pytest.fixture(scope="module")
def older(churn_model):
    return replace(churn_model, season=SEASON)


@pytest.fixture(scope="module")
def newer(churn_model):
    """Reads fewer trees, is calibrated otherwise, and knows no season."""
    fewer = churn_model.booster.model_to_string(num_iteration=6)
    return replace(churn_model, booster_text=fewer, calibration=Calibration(0.9, (0.0, 0.3)))


@pytest.fixture(scope="module")
def shuffled(values):
    """The same customers four weeks later: each is like another one was."""
    return values[np.random.default_rng(9).permutation(len(values))]


def _total(change):
    return change.by_driver.sum(axis=1) + change.season + change.model


@given(first=rows_of_customers, data=st.data(), swap=st.booleans())
@settings(max_examples=30)
def test_the_parts_add_up_to_the_difference_in_log_odds(older, newer, values, first, data, swap):
    second = data.draw(st.lists(st.integers(0, 399), min_size=len(first), max_size=len(first)))
    models = (newer, older) if swap else (older, newer)
    then, now = _matrix(older, values[first], THEN), _matrix(older, values[second], NOW)
    change = change_of_scores(then, now, *models)
    assert _total(change) == pytest.approx(change.after - change.before, abs=1e-9)


def test_before_and_after_are_what_the_models_say_at_their_cutoffs(older, newer, values, shuffled):
    change = change_of_scores(_matrix(older, values, THEN), _matrix(older, shuffled, NOW), older, newer)
    said = older.at(THEN).predict(values)[:, 1], newer.at(NOW).predict(shuffled)[:, 1]
    assert change.before == pytest.approx(logit(said[0]))
    assert change.after == pytest.approx(logit(said[1]))
    assert np.stack(change.probabilities) == pytest.approx(np.stack(said))


def test_there_and_back_is_the_same_way_with_the_other_sign(older, newer, values, shuffled):
    then, now = _matrix(older, values, THEN), _matrix(older, shuffled, NOW)
    there, back = change_of_scores(then, now, older, newer), change_of_scores(now, then, newer, older)
    assert there.by_driver == pytest.approx(-back.by_driver)
    assert there.season == pytest.approx(-back.season)
    assert there.model == pytest.approx(-back.model)


def test_one_model_has_no_part_in_the_change(older, values, shuffled):
    change = change_of_scores(_matrix(older, values, THEN), _matrix(older, shuffled, NOW), older)
    assert not change.model.any()
    assert change.season == pytest.approx(SEASON.offset(NOW) - SEASON.offset(THEN))


def test_a_customer_who_did_not_change_is_moved_by_season_and_model_only(older, newer, values):
    change = change_of_scores(_matrix(older, values, THEN), _matrix(older, values, NOW), older, newer)
    assert not change.by_driver.any()
    assert change.season == pytest.approx((SEASON.offset(NOW) - SEASON.offset(THEN)) / 2)


def test_models_that_read_different_features_share_the_drivers_of_both(older, churn_model, values):
    odd = replace(churn_model, features=("page_view_count_30d", *churn_model.features[1:]))
    names = (*churn_model.features, "page_view_count_30d")
    wide = np.column_stack([values, values[:, 0]]).astype(np.float32)
    then, now = (replace(_matrix(older, wide, cutoff), names=names) for cutoff in (THEN, NOW))
    change = change_of_scores(then, now, older, odd)
    assert {"recency", "visits"} <= set(change.drivers)
    assert _total(change) == pytest.approx(change.after - change.before, abs=1e-9)


def test_customers_are_matched_by_their_id_and_those_of_one_cutoff_left_out(older, values):
    then = _matrix(older, values[:3], THEN, ["c", "a", "b"])
    now = _matrix(older, values[[1, 0, 5]], NOW, ["a", "c", "new"])
    change = change_of_scores(then, now, older)
    assert change.customer_ids.tolist() == ["a", "c"]
    assert not change.by_driver.any()


def test_the_strongest_driver_comes_first_and_season_and_model_last(older, newer, values, shuffled):
    change = change_of_scores(_matrix(older, values, THEN), _matrix(older, shuffled, NOW), older, newer)
    parts = change.parts(5)
    *drivers, season, model = parts
    assert (season, model) == ("season", "model")
    assert sorted(drivers, key=lambda name: -abs(parts[name])) == drivers
    assert sum(parts.values()) == pytest.approx(change.after[5] - change.before[5], abs=1e-9)


def test_what_cannot_be_compared_is_refused(older, type_model, values):
    then, now = _matrix(older, values[:2], THEN), _matrix(older, values[:2], NOW)
    with pytest.raises(ValueError, match="two of the same two labels"):
        change_of_scores(then, now, older, type_model)
    with pytest.raises(ValueError, match="no customer is in both"):
        change_of_scores(then, _matrix(older, values[:1], NOW, ["other"]), older)
    with pytest.raises(ValueError, match="twice"):
        change_of_scores(then, _matrix(older, values[:2], NOW, ["a", "a"]), older)
    mixed = replace(now, cutoffs=np.array([then.cutoffs[0], now.cutoffs[0]]))
    with pytest.raises(ValueError, match="has 2"):
        change_of_scores(then, mixed, older)
