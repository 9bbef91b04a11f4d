import numpy as np
import pytest

from models.value import ValueModel
from training.registry import CHALLENGER, CHAMPION, Registry
from training.value_job import ValueJudgement, train_value

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def valued(shop, copy_workspace):
    workspace = copy_workspace()
    return workspace, train_value(shop.settings, workspace)


def test_value_is_registered_with_its_figures_and_those_of_the_rules(valued):
    workspace, trained = valued
    registry = Registry(workspace)
    version = registry.versions("value")[0]
    assert CHALLENGER in version.aliases
    assert (CHAMPION in version.aliases) == trained.champion == trained.judgement.beats_baselines
    assert {"normalised_gini", "mean90_mae", "bgnbd_gammagamma_total_ratio"} <= set(version.figures)


def test_the_registered_files_are_the_model(valued):
    workspace, trained = valued
    loaded = ValueModel.load(Registry(workspace).fetch("value", CHALLENGER))
    assert loaded == trained.model
    assert loaded.metadata["margin_from"] == loaded.margin_from


def test_the_ranking_is_far_from_chance_and_the_total_near_the_truth(valued):
    figures = valued[1].judgement.figures
    assert figures["normalised_gini"] > 0.4
    assert 0.7 < figures["total_ratio"] < 1.3


def test_four_in_five_margins_of_later_stayers_lie_in_the_interval_of_the_window(valued):
    trained = valued[1]
    judged = trained.judgement
    stayed = judged.actual > 0
    model = trained.model
    said = judged.said[stayed]
    low, high = (model.quantiles.at(said, np.full(stayed.sum(), tail)) for tail in (0.1, 0.9))
    assert 0.6 < np.mean((low <= judged.actual[stayed]) & (judged.actual[stayed] <= high)) < 0.95


def test_a_model_that_ranks_no_better_than_a_rule_says_so():
    amounts = np.array([1.0, 2.0, 3.0])
    judged = ValueJudgement(amounts.astype(object), amounts, amounts, {"mean90": amounts}, 28)
    assert not judged.beats_baselines
    assert judged.verdict.startswith("a simple rule is as good")
