import math
from dataclasses import replace

import numpy as np
import pytest

from tests.training.judged import judged
from training.fairness import MEASURES, contacted, fairness
from training.slices import LEAST_ROWS

JUDGED = judged(4_000)
COIN = np.where(np.random.default_rng(9).random(4_000) < 0.5, "heads", "tails").astype(object)


def test_the_riskiest_share_is_contacted_and_at_least_one():
    assert contacted(np.array([0.1, 0.9, 0.5, 0.7]), 0.5).tolist() == [False, True, False, True]
    assert contacted(np.array([0.1, 0.9, 0.5]), 0.01).sum() == 1


@pytest.mark.parametrize("capacity", [0, -0.1, 1.1])
def test_a_capacity_out_of_range_is_refused(capacity):
    with pytest.raises(ValueError, match="give a share of the customers above 0 and up to 1"):
        contacted(np.array([0.1]), capacity)


def test_rates_are_those_of_counting():
    found = fairness(JUDGED, {"coin": COIN}, 0.1)["coin"]
    chosen, y = contacted(JUDGED.probability[:, 1], 0.1), JUDGED.outcome
    for one in found.groups:
        own = one.group == COIN
        assert one.selection_rate == pytest.approx(chosen[own].mean())
        assert one.true_positive_rate == pytest.approx(chosen[own & (y == 1)].mean())
        assert one.false_positive_rate == pytest.approx(chosen[own & (y == 0)].mean())
        assert one.calibration_gap == pytest.approx((JUDGED.probability[own, 1] - y[own]).mean())


def test_the_shares_of_all_groups_together_make_the_capacity():
    groups = fairness(JUDGED, {"coin": COIN}, 0.1)["coin"].groups
    assert sum(one.rows * one.selection_rate for one in groups) == pytest.approx(400)


def test_groups_made_by_a_coin_do_not_differ_beyond_chance():
    differences = fairness(JUDGED, {"coin": COIN}, 0.1)["coin"].differences
    assert set(differences) == set(MEASURES)
    assert not any(one.beyond_chance for one in differences.values())


def test_a_group_that_a_model_overrates_differs_beyond_chance():
    p = JUDGED.probability[:, 1] + np.where(COIN == "heads", 0.15, 0)
    unfair = replace(JUDGED, probability=np.stack([1 - p, p], axis=1) / 1.15)
    found = fairness(unfair, {"coin": COIN}, 0.1)["coin"].differences
    assert found["selection_rate"].beyond_chance
    assert found["false_positive_rate"].beyond_chance
    assert found["calibration_gap"].largest > 0.1


def test_a_rate_of_too_few_leavers_is_not_given_and_not_compared():
    outcome = np.where(COIN == "heads", 0, JUDGED.outcome)
    found = fairness(replace(JUDGED, outcome=outcome), {"coin": COIN}, 0.1)["coin"]
    heads = next(one for one in found.groups if one.group == "heads")
    assert math.isnan(heads.true_positive_rate)
    assert math.isnan(found.differences["true_positive_rate"].largest)
    assert not found.differences["true_positive_rate"].beyond_chance


def test_small_groups_are_left_out():
    groups = COIN.copy()
    groups[: LEAST_ROWS - 1] = "few"
    assert {one.group for one in fairness(JUDGED, {"coin": groups}, 0.1)["coin"].groups} == {"heads", "tails"}


def test_a_task_of_several_labels_is_refused():
    with pytest.raises(ValueError, match="fairness is of two labels, the task has 3"):
        fairness(replace(JUDGED, labels=("a", "b", "c")), {"coin": COIN}, 0.1)
