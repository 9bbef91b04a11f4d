from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.matrix import FeatureMatrix
from training.fit import fit_model, folds_by_customer, folds_by_time
from training.rows import TrainingRows
from training.tasks import Churn, LoyaltyType

TASK = Churn(28, 60)
DAYS = st.lists(st.integers(0, 400), min_size=1, max_size=30, unique=True).map(sorted)


def _rows(days, customers=3):
    """Rows of the same customers at cutoffs of some days; nothing is known of them."""
    ids = np.array([f"c{number}" for number in range(customers)] * len(days), dtype=object)
    cutoffs = np.repeat(np.datetime64("2025-01-01", "us") + np.array(days, "timedelta64[D]"), customers)
    matrix = FeatureMatrix(ids, cutoffs, (), np.empty((len(ids), 0), np.float32))
    return TrainingRows(matrix, np.zeros(len(ids), np.int64))


@given(days=DAYS, horizon=st.integers(1, 90))
def test_a_fold_by_time_is_never_fitted_on_label_windows_that_reach_into_those_held_out(days, horizon):
    rows = _rows(days)
    window = np.timedelta64(horizon, "D")
    for fit, held in folds_by_time(rows, horizon):
        assert (rows.matrix.cutoffs[fit] + window).max() <= rows.matrix.cutoffs[held].min()


@given(days=DAYS, horizon=st.integers(1, 90), most=st.integers(1, 5))
def test_a_row_is_held_out_by_one_fold_at_most_and_with_its_whole_cutoff(days, horizon, most):
    rows = _rows(days)
    folds = folds_by_time(rows, horizon, most=most)
    held = np.concatenate([[], *(held for _, held in folds)]).astype(int)
    assert len(folds) <= most
    assert len(np.unique(held)) == len(held)
    assert np.isin(rows.matrix.cutoffs, rows.matrix.cutoffs[held]).sum() == len(held)


@given(days=DAYS, horizon=st.integers(1, 90))
def test_the_latest_cutoffs_are_held_out_first_wherever_there_is_a_fold(days, horizon):
    rows = _rows(days)
    folds = folds_by_time(rows, horizon)
    if days[-1] - days[0] >= 2 * horizon:
        assert folds
    if folds:
        assert rows.matrix.cutoffs[folds[0][1]].max() == rows.matrix.cutoffs.max()


@given(distance=st.integers(29, 90))
def test_cutoffs_further_apart_than_a_horizon_are_held_out_one_by_one(distance):
    folds = folds_by_time(_rows([number * distance for number in range(6)]), 28)
    assert [len(held) for _, held in folds] == [3, 3, 3]


def test_history_without_a_horizon_between_cutoffs_gives_no_fold_by_time():
    assert folds_by_time(_rows([0, 7, 14, 21]), 28) == []


@given(customers=st.lists(st.integers(0, 20), min_size=1, max_size=60), seed=st.integers(0, 9))
def test_folds_by_customer_keep_a_customer_together_and_hold_each_row_out_once(customers, seed):
    rows = _rows([0], len(customers))
    ids = np.array([f"c{number}" for number in customers], dtype=object)
    rows = replace(rows, matrix=replace(rows.matrix, customer_ids=ids))
    folds = folds_by_customer(rows, seed=seed)
    for fit, held in folds:
        assert not set(rows.matrix.customer_ids[fit]) & set(rows.matrix.customer_ids[held])
        assert len(fit) + len(held) == len(rows)
    assert sorted(np.concatenate([held for _, held in folds])) == list(range(len(rows)))


@pytest.fixture(scope="module")
def train_rows(churn_rows, plan):
    return churn_rows.at(plan.train)


@pytest.fixture(scope="module")
def fitted(train_rows):
    return fit_model(TASK, train_rows, folds_by_time(train_rows, 28), seed=7)


def test_the_same_rows_and_seed_give_the_same_model_to_the_last_letter(fitted, train_rows):
    assert fit_model(TASK, train_rows, folds_by_time(train_rows, 28), seed=7) == fitted


def test_another_seed_gives_another_model(fitted, train_rows):
    other = fit_model(TASK, train_rows, folds_by_time(train_rows, 28), seed=8)
    assert other.booster_text != fitted.booster_text


def test_a_model_knows_its_task_labels_horizon_and_the_features_in_the_order_of_the_rows(fitted, train_rows):
    assert (fitted.task, fitted.labels, fitted.horizon_days) == ("churn", ("retained", "churned"), 28)
    assert fitted.features == train_rows.matrix.names
    assert tuple(fitted.booster.feature_name()) == fitted.features
    assert fitted.booster.num_trees() == fitted.metadata["rounds"]


def test_probabilities_add_up_to_about_as_many_customers_as_left(fitted, train_rows):
    predicted = fitted.predict(train_rows.matrix.values)[:, 1]
    assert predicted.mean() == pytest.approx(train_rows.labels.mean(), abs=0.06)


def test_every_label_of_the_loyalty_type_is_predicted_with_a_probability(type_rows):
    few = type_rows.where(np.isin(type_rows.matrix.cutoffs, np.unique(type_rows.matrix.cutoffs)[-2:]))
    model = fit_model(LoyaltyType(90, 3, 0.5), few, folds_by_customer(few, count=2), seed=7)
    assert model.predict(few.matrix.values).shape == (len(few), 5)
    assert (model.predict(few.matrix.values) > 0).all()


def test_a_fold_in_which_nobody_has_a_label_is_refused_by_label_and_fold(train_rows):
    nobody_left = replace(train_rows, labels=np.zeros(len(train_rows), np.int64))
    with pytest.raises(
        ValueError, match=r"churn: no customer is churned among the \d+ rows that fold 1 fits"
    ):
        fit_model(TASK, nobody_left, folds_by_time(nobody_left, 28), seed=7)


def test_a_label_missing_among_held_out_rows_only_is_refused_too(train_rows):
    fit, held = folds_by_time(train_rows, 28)[0]
    only_retained = held[train_rows.labels[held] == 0]
    with pytest.raises(
        ValueError, match=r"no customer is churned among .* fold 1 is held out; more customers"
    ):
        fit_model(TASK, train_rows, [(fit, only_retained)], seed=7)


def test_progress_is_told_each_boosting_round(train_rows, fitted):
    told = []
    fit_model(TASK, train_rows, folds_by_time(train_rows, 28), seed=7, progress=told.append)
    assert told[-fitted.metadata["rounds"] :] == list(range(fitted.metadata["rounds"]))
