import numpy as np
import pytest
from scipy.special import expit

from features.matrix import FeatureMatrix
from training.ridge import SHARES, fit_line, fit_linear, line_beside
from training.rows import TrainingRows

FOLDS = [(np.arange(2_000, 4_000), np.arange(2_000)), (np.arange(2_000), np.arange(2_000, 4_000))]


@pytest.fixture(scope="module")
def rows():
    """4,000 rows whose log-odds are a line in the logarithm of the first of three features."""
    random = np.random.default_rng(2)
    table = random.lognormal(3, 1, (4_000, 3)).astype(np.float32)
    labels = (random.random(4_000) < expit(1.5 * (np.log1p(table[:, 0]) - 3))).astype(np.int64)
    ids = np.array([f"c{number}" for number in range(4_000)], dtype=object)
    at = np.full(4_000, np.datetime64("2025-01-01", "us"))
    return TrainingRows(FeatureMatrix(ids, at, ("a", "b", "c"), table), labels)


def _trees(scores):
    return np.stack([np.zeros(len(scores)), scores], axis=1)


def test_the_feature_that_made_the_outcomes_gets_the_slope(rows):
    slopes = np.array(fit_linear(rows.matrix.values, rows.labels).coefficients)
    assert slopes[0] > 0.5
    assert np.abs(slopes[1:]).max() < 0.1


def test_the_intercept_makes_the_total_of_the_probabilities_that_of_the_outcomes(rows):
    line = fit_linear(rows.matrix.values, rows.labels)
    assert expit(line.scores(rows.matrix.values)).mean() == pytest.approx(rows.labels.mean(), abs=1e-3)


def test_log_odds_that_are_known_are_not_learned_again(rows):
    known = 1.5 * (np.log1p(rows.matrix.values[:, 0].astype(float)) - 3)
    line = fit_linear(rows.matrix.values, rows.labels, known)
    assert np.abs(line.coefficients).max() < 0.1
    assert line.intercept == pytest.approx(0, abs=0.1)


def test_the_same_rows_give_the_same_line(rows):
    chosen = np.arange(1_000)
    assert fit_line(rows, chosen) == fit_line(rows, chosen)


def test_a_line_that_says_more_than_the_trees_gets_the_largest_share(rows):
    noise = np.random.default_rng(3).normal(0, 1, len(rows))
    line, mixed = line_beside(rows, FOLDS, _trees(noise))
    assert line.share == SHARES[-1]
    of_line = np.concatenate([fit_line(rows, fit).scores(rows.matrix.values[held]) for fit, held in FOLDS])
    assert mixed[:, 1] == pytest.approx(0.25 * noise + 0.75 * of_line)


def test_trees_that_know_the_outcome_do_without_a_line(rows):
    sure = _trees(np.where(rows.labels == 1, 6.0, -6.0))
    line, mixed = line_beside(rows, FOLDS, sure)
    assert line is None
    assert mixed.tolist() == sure.tolist()


def test_of_several_labels_trees_do_without_a_line(rows):
    scores = np.zeros((len(rows), 3))
    assert line_beside(rows, FOLDS, scores)[0] is None
