from datetime import timedelta

import numpy as np
import pytest

from features.pairs.purchases import micros
from features.pairs.snapshot import Snapshot
from models.candidates import Candidates
from tests.purchases import CUTOFF, random_purchases
from training.recommendation import Outcomes, fit_recommender, judge_recommender, sorted_lists

TRAIN = (CUTOFF - timedelta(days=56), CUTOFF - timedelta(days=28))


@pytest.fixture(scope="module")
def purchases():
    return random_purchases(1, customers=60, items=20, rows=6000)


@pytest.fixture(scope="module")
def model(purchases):
    return fit_recommender(purchases, TRAIN, "product", 28, rounds=20)


def test_outcomes_lie_in_the_horizon_and_new_ones_were_never_bought_before(purchases):
    snapshot = Snapshot.at(purchases, CUTOFF)
    outcomes = Outcomes.after(snapshot, purchases, 28)
    start, end = micros(CUTOFF), micros(CUTOFF + timedelta(days=28))
    inside = (purchases.at >= start) & (purchases.at < end)
    assert set(outcomes.pairs.tolist()) == set(
        purchases.pair[inside & snapshot.eligible[purchases.item]].tolist()
    )
    assert not np.isin(outcomes.part("new"), purchases.before(CUTOFF).pair).any()


def test_what_follows_the_last_label_window_never_changes_the_model(purchases, model):
    known = purchases.where(purchases.at < micros(CUTOFF))
    again = fit_recommender(known, TRAIN, "product", 28, rounds=20)
    assert again.booster_text == model.booster_text


def test_the_outcome_is_nowhere_in_what_is_judged(purchases, model):
    end = micros(CUTOFF + timedelta(days=28))
    whole = judge_recommender(model, purchases, CUTOFF).figures
    assert judge_recommender(model, purchases.where(purchases.at < end), CUTOFF).figures == whole


def test_a_judgement_has_a_figure_with_an_interval_for_the_model_and_every_rule(purchases, model):
    judgement = judge_recommender(model, purchases, CUTOFF)
    for prefix in ("", "popular_", "personal_", "als_", "ease_"):
        for part in judgement.rankings:
            for key in ("recall10", "ndcg10"):
                name = f"{prefix}{part}_{key}"
                low, value, high = (judgement.figures[name + end] for end in ("_low", "", "_high"))
                assert 0 <= low <= value <= high <= 1
    assert judgement.beats_baselines == judgement.verdict.startswith("ahead")


def test_lists_go_from_the_highest_score_to_the_lowest():
    customer, item = np.array([0, 0, 1]), np.array([3, 4, 5])
    candidates = Candidates(customer, item, np.zeros(3, bool), np.zeros((3, 1), np.float32))
    assert sorted_lists(candidates, np.array([0.1, 0.9, 0.5]), 10).tolist() == [4, 3, 15]


def test_a_cutoff_after_which_nobody_buys_cannot_train(purchases):
    with pytest.raises(ValueError, match="no customer bought"):
        fit_recommender(purchases, [CUTOFF + timedelta(days=90)], "product", 28)
