from datetime import timedelta

import numpy as np
import pytest

from features.catalogue import FEATURES
from features.feeders.embedded import Feeder, feature_matrix
from features.matrix import FeatureMatrix
from models.horizons import HORIZONS_DAYS
from training.rows import TrainingRows
from training.tasks import Churn
from training.within import days_to_next_order, fit_within

TASK = Churn(28, 60)


def _asked(*places):
    """Rows of (customer, cutoff)."""
    ids = np.array([customer for customer, _ in places], object)
    cutoffs = np.array([cutoff for _, cutoff in places], "datetime64[us]")
    matrix = FeatureMatrix(ids, cutoffs, (), np.empty((len(ids), 0), np.float32))
    return TrainingRows(matrix, np.zeros(len(ids), np.int64))


def test_the_next_order_is_the_first_at_or_after_the_cutoff_and_a_return_is_none(tables):
    folder = tables(
        ("ann", "2025-01-01T10:00:00", 500),
        ("ann", "2025-01-05T00:00:00", -500),
        ("ann", "2025-01-08T12:00:00", 300),
        ("bob", "2025-01-05T00:00:00", 100),
    )
    with Feeder(folder) as feeder:
        rows = _asked(
            ("ann", "2025-01-05"), ("bob", "2025-01-05"), ("bob", "2025-01-06"), ("ann", "2024-12-31")
        )
        days = days_to_next_order(feeder, rows)
    np.testing.assert_array_equal(days, [3.5, 0, np.inf, 1 + 10 / 24])


def test_no_order_within_the_horizon_is_what_the_kernel_labels_churn(feeder, churn_rows):
    days = days_to_next_order(feeder, churn_rows)
    np.testing.assert_array_equal(days >= 28, churn_rows.labels == 1)


@pytest.mark.parametrize("horizon", [7, 56])
def test_it_is_so_for_every_horizon(feeder, churn_rows, plan, horizon):
    cutoff = plan.train[-1]
    rows = churn_rows.at([cutoff])
    days = days_to_next_order(feeder, rows)
    orders = FEATURES["order_count_30d"].over(horizon)
    later = feature_matrix(feeder, [orders], [cutoff + timedelta(days=horizon)])
    placed = dict(zip(later.customer_ids, later.values[:, 0], strict=True))
    assert [placed[customer] > 0 for customer in rows.matrix.customer_ids] == (days < horizon).tolist()


@pytest.fixture(scope="module")
def ahead(feeder, churn_rows, plan):
    train = churn_rows.at(plan.train)
    return train, days_to_next_order(feeder, train)


@pytest.mark.slow
def test_a_model_of_another_horizon_is_fitted_on_no_outcome_that_ends_later_than_told(plan, ahead):
    train, days = ahead
    end = plan.test[0]
    known = days.copy()
    horizon = 56
    open_at_the_end = train.matrix.cutoffs + np.timedelta64(horizon, "D") > np.datetime64(
        end.replace(tzinfo=None)
    )
    known[open_at_the_end] = 0.0
    one, other = (
        next(m for m in fit_within(TASK, train, told, end, seed=7, threads=1) if m.horizon_days == horizon)
        for told in (days, known)
    )
    assert one.booster_text == other.booster_text
    assert open_at_the_end.any()


@pytest.mark.slow
def test_training_gives_every_horizon_that_history_allows_and_tells_how_good_it_is(trained):
    model, figures = trained.first.model, trained.first.judgement.figures
    assert model.horizons_days == HORIZONS_DAYS
    assert model.spread is not None
    assert figures["within_7d_rate"] < figures["within_14d_rate"] < 1 - figures["churn_rate"]
    assert figures["within_7d_auroc"] > 0.6
    assert "within_56d_auroc" not in figures  # its outcomes are not known yet at the test cutoff


def test_history_that_is_too_short_for_a_horizon_leaves_it_out(ahead, plan):
    train, days = ahead
    first = train.mask_at(plan.train[:1])
    end = plan.train[0] + timedelta(days=8)
    models = fit_within(TASK, train.where(first), days[first], end, seed=7, threads=1)
    assert {model.horizon_days for model in models} <= {7}
