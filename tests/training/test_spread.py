import numpy as np
import pytest
from scipy.special import expit, logit

from features.matrix import FeatureMatrix
from models.calibration import HeldOut
from training.fit import fit_model, folds_by_time, with_spread
from training.rows import TrainingRows
from training.spread import level_movement, measure_spread
from training.tasks import Churn

TASK = Churn(28, 60)


def _held_out(levels, rows=4000, seed=1):
    """Folds whose models are off by some levels, in nats."""
    random = np.random.default_rng(seed)
    scores = random.normal(0, 1, (len(levels), rows))
    labels = random.random(scores.shape) < expit(scores + np.array(levels)[:, None])
    fold = np.repeat(np.arange(len(levels)), rows)
    return HeldOut(np.stack([0 * scores.ravel(), scores.ravel()], axis=1), labels.ravel().astype(int), fold)


def test_a_level_that_stays_does_not_move_beyond_chance():
    assert level_movement(_held_out([0, 0, 0]), 1.0) < 0.06


def test_how_far_the_level_of_later_months_was_off_is_found_again():
    assert level_movement(_held_out([0.3, -0.3, 0.3]), 1.0) == pytest.approx(0.3, abs=0.06)


def test_what_a_season_foretold_is_no_movement():
    held = _held_out([0.4, -0.4])
    known = HeldOut(held.scores, held.labels, held.fold, np.where(held.fold == 0, 0.4, -0.4))
    assert level_movement(known, 1.0) < 0.1


def test_the_deviation_of_a_mean_is_that_of_a_mean_over_all_customers():
    random = np.random.default_rng(2)
    known = random.normal(0, 1, 3000)
    ids = np.arange(3000).astype(str).astype(object)
    spreads = [
        measure_spread(lambda rows: np.array([known[rows].mean()]), ids, np.zeros(1), 0.0, seed)
        for seed in range(60)
    ]
    variance = np.mean([spread.deviations[0] ** 2 for spread in spreads])
    assert variance == pytest.approx(1 / 3000, rel=0.3)


def test_rows_of_a_customer_are_drawn_together():
    ids = np.repeat(np.array(["a", "b", "c", "d"], object), 5)
    seen = []

    def scores(rows):
        seen.append(set(ids[rows]))
        assert len(rows) == 5 * len(seen[-1])
        return np.zeros(1)

    measure_spread(scores, ids, np.zeros(1), 0.0, 1)
    assert all(
        one | other == set("abcd") and not one & other
        for one, other in zip(seen[::2], seen[1::2], strict=True)
    )


@pytest.fixture(scope="module")
def simulated():
    """A model of customers whose true probabilities are known, months whose level moves, and the next month."""
    random = np.random.default_rng(5)
    customers, months = 800, 9
    values = random.normal(0, 1, (months, customers, 3))
    truth = logit(0.25) + values @ [0.9, -0.6, 0.0] + random.normal(0, 0.15, months)[:, None]
    labels = (random.random(truth.shape) < expit(truth)).astype(int)
    days = np.repeat(28 * np.arange(months), customers).astype("timedelta64[D]")
    ids = np.tile(np.array([f"c{number}" for number in range(customers)], object), months)
    cutoffs = np.datetime64("2025-01-01", "us") + days
    flat = values.reshape(-1, 3).astype(np.float32)
    rows = TrainingRows(FeatureMatrix(ids, cutoffs, ("a", "b", "c"), flat), labels.ravel())
    train = rows.where(np.arange(len(rows)) < (months - 1) * customers)
    model = fit_model(TASK, train, folds_by_time(train, 28), seed=7)
    return with_spread(model, TASK, train, seed=7), flat[-customers:], expit(truth[-1])


@pytest.mark.slow
def test_the_true_probability_lies_in_the_interval_of_nearly_every_customer(simulated):
    model, values, truth = simulated
    low, high = model.interval(model.predict(values)[:, 1])
    assert np.mean((low <= truth) & (truth <= high)) > 0.85
    assert np.mean(high - low) < 0.3


@pytest.mark.slow
def test_an_interval_says_more_than_that_nothing_is_known(simulated):
    model, values, truth = simulated
    low, high = model.interval(model.predict(values)[:, 1])
    swapped = truth[np.random.default_rng(1).permutation(len(truth))]
    assert np.mean((low <= swapped) & (swapped <= high)) < 0.6
