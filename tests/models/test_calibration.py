import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, softmax

from models.calibration import Calibration, HeldOut, least_loss

SCORES = st.lists(st.floats(-8, 8), min_size=6, max_size=40)


def _binary(scores):
    return np.column_stack([np.zeros(len(scores)), scores])


@given(scores=SCORES, bits=st.integers(0, 2**40 - 1))
def test_calibration_never_changes_the_order_of_a_list(scores, bits):
    labels = np.array([bits >> row & 1 for row in range(len(scores))])
    labels[:2] = 0, 1
    ranked = _binary(np.sort(scores))
    calibration = Calibration.fit(ranked, labels)
    assert calibration.slope > 0
    assert (np.diff(calibration.probabilities(ranked)[:, 1]) >= 0).all()


def test_even_scores_that_point_the_wrong_way_are_flattened_and_never_turned_round():
    scores = _binary(np.linspace(-2, 2, 200))
    calibration = Calibration.fit(scores, (scores[:, 1] < 0).astype(int))
    assert 0 < calibration.slope < 0.05
    assert (np.diff(calibration.probabilities(scores)[:, 1]) > 0).all()


@pytest.mark.parametrize(("slope", "intercept"), [(0.5, -1.0), (1.0, 0.0), (2.0, 0.7)])
def test_the_slope_and_intercept_that_made_the_outcomes_are_found_again(slope, intercept):
    random = np.random.default_rng(5)
    scores = random.normal(0, 2, 40_000)
    labels = (random.random(40_000) < expit(slope * scores + intercept)).astype(int)
    found = Calibration.fit(_binary(scores), labels)
    assert found.slope == pytest.approx(slope, rel=0.05)
    assert found.intercepts == (0.0, pytest.approx(intercept, abs=0.05))


def test_one_slope_and_an_intercept_a_label_are_found_again_for_several_labels():
    random = np.random.default_rng(6)
    scores, true = random.normal(0, 1.5, (40_000, 3)), Calibration(0.6, (0.0, 0.8, -0.5))
    chances = true.probabilities(scores).cumsum(axis=1)
    labels = (random.random((40_000, 1)) > chances).sum(axis=1)
    found = Calibration.fit(scores, labels)
    assert found.slope == pytest.approx(0.6, rel=0.05)
    assert found.intercepts == pytest.approx(true.intercepts, abs=0.06)


def test_calibrated_probabilities_add_up_to_the_number_of_outcomes_of_each_label():
    random = np.random.default_rng(7)
    scores, labels = random.normal(0, 3, (500, 4)), random.integers(0, 4, 500)
    fitted = Calibration.fit(scores, labels).probabilities(scores)
    assert fitted.sum(axis=0) == pytest.approx(np.bincount(labels), abs=0.1)


def test_scores_that_separate_the_labels_give_finite_parameters():
    found = Calibration.fit(_binary(np.array([-3.0, -2.0, 2.0, 3.0])), np.array([0, 0, 1, 1]))
    assert np.isfinite([found.slope, *found.intercepts]).all()


def test_identity_leaves_the_probabilities_of_the_scores():
    scores = np.array([[0.0, 1.0, -1.0], [2.0, 2.0, 0.5]])
    assert Calibration.identity(3).probabilities(scores) == pytest.approx(softmax(scores, axis=1))


def test_a_label_without_rows_is_refused_with_the_rows_that_there_are():
    with pytest.raises(
        ValueError, match=r"calibration needs rows of every label; rows by label: \[3, 0, 1\]"
    ):
        Calibration.fit(np.zeros((4, 3)), np.array([0, 0, 2, 0]))


def test_a_calibration_written_as_json_and_read_again_is_the_same():
    calibration = Calibration(0.1 + 0.2, (0.0, 1 / 3, -1e-17))
    assert Calibration.from_json(calibration.to_json()) == calibration


def test_what_moved_between_folds_and_the_final_model_counts_once():
    random = np.random.default_rng(8)
    scores = random.normal(0, 1.5, 40_000)
    level = np.where(np.arange(40_000) < 20_000, 1.0, -0.5)  # each fold's model is off by another amount
    labels = (random.random(40_000) < expit(0.7 * scores + level)).astype(int)
    folds = HeldOut(_binary(scores), labels, (np.arange(40_000) >= 20_000).astype(int))
    latest = random.normal(0, 1.5, 40_000)
    outcome = (random.random(40_000) < expit(0.7 * latest + 0.2)).astype(int)
    found = Calibration.fit_anchored(folds, _binary(latest), outcome)
    assert found.slope == pytest.approx(0.7, rel=0.05)
    assert found.intercepts == (0.0, pytest.approx(0.2, abs=0.05))


def test_a_known_offset_is_not_fitted_again():
    random = np.random.default_rng(9)
    scores, offsets = random.normal(0, 1.5, 40_000), random.normal(0, 1, 40_000)
    labels = (random.random(40_000) < expit(scores + 0.3 + offsets)).astype(int)
    found = Calibration.fit(_binary(scores), labels, offsets)
    assert found.slope == pytest.approx(1.0, rel=0.05)
    assert found.intercepts[1] == pytest.approx(0.3, abs=0.05)


@given(st.floats(-3, 3))
def test_moving_a_calibration_adds_to_the_log_odds_of_the_last_label(offset):
    scores = _binary(np.linspace(-3, 3, 7))
    moved = Calibration(0.8, (0.0, -0.4)).moved(offset).probabilities(scores)[:, 1]
    np.testing.assert_allclose(moved, expit(0.8 * scores[:, 1] - 0.4 + offset))


def test_the_least_loss_forgets_levels_of_folds_and_the_size_of_scores():
    random = np.random.default_rng(8)
    scores, fold = random.normal(0, 1, 4_000), np.repeat([0, 1], 2_000)
    labels = (random.random(4_000) < expit(2 * scores)).astype(int)
    as_they_are = least_loss(HeldOut(_binary(scores), labels, fold))
    moved = least_loss(HeldOut(_binary(5 * scores + 3 * fold), labels, fold))
    shuffled = least_loss(HeldOut(_binary(random.permutation(scores)), labels, fold))
    assert moved == pytest.approx(as_they_are, abs=1e-4)
    assert as_they_are < shuffled - 0.1
