import sys

import pytest

from training.fit import best_loss, boosting_parameters, folds_by_time
from training.job import train
from training.tasks import Churn
from training.tuning import tuned_parameters

TASK = Churn(28, 60)


@pytest.fixture(scope="module")
def train_rows(churn_rows, plan):
    return churn_rows.at(plan.train)


def test_without_a_trial_to_spare_the_usual_parameters_stay(train_rows):
    folds = folds_by_time(train_rows, 28)
    usual = boosting_parameters(TASK, len(train_rows), 7, 1)
    found = tuned_parameters(TASK, train_rows, folds, seed=7, trials=1)
    assert found == {name: pytest.approx(usual[name]) for name in found}


@pytest.mark.slow
def test_what_is_found_is_no_worse_on_the_folds_and_the_same_with_the_same_seed(train_rows):
    folds = folds_by_time(train_rows, 28)
    usual = boosting_parameters(TASK, len(train_rows), 7, 1)
    one, other = (tuned_parameters(TASK, train_rows, folds, seed=3, trials=6) for _ in range(2))
    assert one == other
    assert best_loss(usual | one, train_rows, folds) <= best_loss(usual, train_rows, folds)


@pytest.mark.slow
def test_a_tuned_model_says_what_was_chosen_for_it(shop, copy_workspace):
    trained = train("churn", shop.settings, copy_workspace(), trials=2)
    chosen = trained.model.metadata["chosen_parameters"]
    assert f"[num_leaves: {chosen['num_leaves']}]" in trained.model.booster_text


def test_no_trial_is_refused(train_rows):
    with pytest.raises(ValueError, match="0 trials; give 1 or more"):
        tuned_parameters(TASK, train_rows, [], seed=7, trials=0)


def test_where_optuna_is_not_installed_it_says_what_to_install(train_rows, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ImportError, match=r"install it with: pip install 'regulars\[tune\]'"):
        tuned_parameters(TASK, train_rows, [], seed=7)
