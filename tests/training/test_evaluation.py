from dataclasses import replace

import numpy as np
import pytest

from training.evaluation import Judgement, history_of, judge_across_customers, judge_later
from training.fit import fit_model, folds_by_customer, folds_by_time
from training.tasks import Churn, LoyaltyType

TASK = Churn(28, 60)
BASELINES = ("recency", "cadence", "rfm_logistic", "bgnbd", "paretonbd")
OUTCOME = np.tile([0, 1, 0, 0], 50)


def _both(churned):
    return np.stack([1 - churned, churned], axis=1)


def _judgement(model, **baselines):
    """Probabilities of churn against OUTCOME."""
    return Judgement(
        labels=("retained", "churned"),
        customer_ids=np.arange(200).astype(str).astype(object),
        outcome=OUTCOME,
        probability=_both(model),
        baselines={name: _both(probability) for name, probability in baselines.items()},
        design="by hand",
        values=np.empty((200, 0), np.float32),
    )


NOISE = np.random.default_rng(1).normal(0, 0.08, 200)
GOOD = np.clip(0.2 + 0.3 * OUTCOME + NOISE, 0.01, 0.99)
WORSE = np.clip(0.25 + 0.1 * OUTCOME + NOISE, 0.01, 0.99)


def test_a_baseline_equal_to_the_model_is_said_to_be_as_good():
    judgement = _judgement(WORSE, recency=WORSE, cadence=np.full(200, 0.25))
    assert judgement.verdict.startswith("the recency baseline is as good: AUROC 0.")
    assert not judgement.beats_baselines


def test_a_model_ahead_of_every_baseline_is_said_to_be_ahead_of_the_best_of_them():
    judgement = _judgement(GOOD, recency=np.full(200, 0.25), cadence=WORSE)
    assert judgement.strongest_baseline[0] == "cadence"
    assert judgement.verdict.startswith("ahead of every baseline: AUROC ")
    assert judgement.verdict.endswith(f"the best (cadence) {judgement.figures['cadence_auroc']:.3f}")
    assert judgement.beats_baselines


def test_a_model_that_loses_to_one_baseline_of_two_does_not_beat_them():
    assert not _judgement(WORSE, recency=np.full(200, 0.25), cadence=GOOD).beats_baselines


def test_a_better_rank_with_worse_probabilities_does_not_beat_a_baseline():
    judgement = _judgement(GOOD**8, recency=WORSE)
    assert judgement.figures["auroc"] > judgement.figures["recency_auroc"]
    assert not judgement.beats_baselines


def test_figures_of_churn_carry_the_names_of_the_benchmarks_and_each_baseline_its_prefix():
    figures = _judgement(GOOD, recency=WORSE).figures
    ranked = {"auroc", "average_precision", "brier", "log_loss", "lift_at_10pct"}
    own = {"calibration_error", "calibration_excess", "churn_rate", "rows"}
    assert set(figures) == ranked | own | {f"recency_{name}" for name in ranked}
    assert (figures["rows"], figures["churn_rate"]) == (200, 0.25)


@pytest.fixture(scope="module")
def split(churn_rows, plan):
    return churn_rows.at(plan.train), churn_rows.at(plan.test)


@pytest.fixture(scope="module")
def model(split):
    return fit_model(TASK, split[0], folds_by_time(split[0], 28), seed=7)


@pytest.fixture(scope="module")
def judged(model, split):
    return judge_later(TASK, model, *split)


def test_the_outcomes_of_test_rows_change_no_prediction_of_model_or_baselines(model, split, judged):
    train, test = split
    shuffled = replace(test, labels=np.random.default_rng(5).permutation(test.labels))
    other = judge_later(TASK, model, train, shuffled)
    assert other.probability.tobytes() == judged.probability.tobytes()
    assert set(other.baselines) == set(BASELINES)
    for name, probability in judged.baselines.items():
        assert other.baselines[name].tobytes() == probability.tobytes()


def test_the_outcome_that_is_judged_is_that_of_the_test_rows(split, judged):
    assert judged.outcome.tolist() == split[1].labels.tolist()
    assert judged.customer_ids.tolist() == split[1].matrix.customer_ids.tolist()
    assert judged.design == "7 training cutoffs, tested on later ones"


def test_a_feature_that_only_the_tables_have_by_now_does_not_confuse_an_older_model(model, split, judged):
    train, test = split
    newer = np.column_stack([np.full(len(test), 9, np.float32), test.matrix.values])
    matrix = replace(test.matrix, names=("brand_new", *test.matrix.names), values=newer)
    assert judge_later(TASK, model, train, replace(test, matrix=matrix)).figures == judged.figures


def test_test_rows_that_lack_a_feature_of_the_model_are_refused_by_its_name(model, split):
    train, test = split
    matrix = replace(test.matrix, names=test.matrix.names[:-1], values=test.matrix.values[:, :-1])
    with pytest.raises(ValueError, match=f"lacks 1 features that the model needs.*{test.matrix.names[-1]}"):
        judge_later(TASK, model, train, replace(test, matrix=matrix))


@pytest.mark.usefixtures("quick")
def test_at_one_cutoff_each_customer_is_predicted_by_a_model_fitted_on_others(split, model):
    rows, seen = split[1], []

    def fit(train):
        seen.append(set(train.matrix.customer_ids))
        return model

    folds = folds_by_customer(rows, seed=7)
    judgement = judge_across_customers(TASK, fit, rows, folds)
    for customers, (_, held) in zip(seen, folds, strict=True):
        assert not customers & set(rows.matrix.customer_ids[held])
    assert judgement.probability.tobytes() == model.predict(rows.matrix.values).tobytes()
    assert judgement.design == "one cutoff, 5 folds by customer: history allows no split by time"


@pytest.mark.usefixtures("quick")
def test_a_customers_outcome_does_not_reach_the_baseline_that_predicts_it_across_customers(split, model):
    rows = split[1]
    folds = folds_by_customer(rows, seed=7)
    flipped = rows.labels.copy()
    flipped[folds[0][1]] = 1 - flipped[folds[0][1]]
    one, other = (
        judge_across_customers(TASK, lambda _: model, replace(rows, labels=labels), folds)
        for labels in (rows.labels, flipped)
    )
    for name in BASELINES[:3]:
        assert (one.baselines[name][folds[0][1]] == other.baselines[name][folds[0][1]]).all()


def test_loyalty_types_are_judged_beside_the_type_of_the_last_window_and_its_transitions(type_rows):
    cutoffs = np.unique(type_rows.matrix.cutoffs)
    train, test = (
        type_rows.where(type_rows.matrix.cutoffs == cutoff) for cutoff in (cutoffs[-4], cutoffs[-1])
    )
    task = LoyaltyType(90, 3, 0.5)
    fitted = fit_model(task, train, folds_by_customer(train, count=2), seed=7)
    judgement = judge_later(task, fitted, train, test)
    assert set(judgement.baselines) == {"persistence", "transition"}
    assert {f"f1_{label}" for label in task.labels} < set(judgement.figures)
    sure = judgement.baselines["persistence"].argmax(axis=1)
    assert sure.tolist() == test.past_labels.tolist()


def test_the_history_of_a_customer_with_one_order_day_has_no_repeat_and_no_recency(split):
    history = history_of(split[0].matrix)
    single = history.repeat_order_days == 0
    assert single.any()
    assert not history.recency_days[single].any()
    assert (history.recency_days <= history.age_days).all()


def test_recency_and_time_since_the_last_order_add_up_to_the_age_of_a_returning_customer(split):
    history = history_of(split[1].matrix)
    again = history.repeat_order_days > 0
    total = history.recency_days + history.days_since_last_order
    assert total[again] == pytest.approx(history.age_days[again], abs=1e-3)
