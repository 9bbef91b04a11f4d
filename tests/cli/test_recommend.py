from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from features.suppression import Suppression
from features.workspace import Workspace
from training.registry import Registry


@pytest.fixture(scope="module")
def recommending_shop(trained_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with a generation that recommends; not to be changed."""
    from cli.score import score
    from features.settings import load_settings
    from training.recommendation_job import train_recommendation

    folder = tmp_path_factory.mktemp("shops") / "recommending"
    shutil.copytree(trained_shop, folder)
    settings, workspace = load_settings(folder), Workspace(folder / "workspace")
    train_recommendation(settings, workspace)
    score(settings, workspace, use_challengers=True)
    return folder


@pytest.fixture
def recommending(recommending_shop: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recommending_shop, tmp_path / "shop"))


@pytest.fixture
def customer(run, recommending):
    return run("at-risk", "--top", 1, "--json", folder=recommending).json["customers"][0]["customer_id"]


@pytest.mark.slow
def test_a_customer_gets_products_with_kind_probability_and_day(run, recommending, customer):
    answer = run("recommend", customer, "--count", 5, "--json", folder=recommending).json
    assert not answer["is_stranger"]
    assert len(answer["recommendations"]) == 5
    shown = run("recommend", customer, "--count", 5, folder=recommending).out
    assert f"Recommended to {customer}" in shown
    assert all(one["item_id"] in shown for one in answer["recommendations"])


@pytest.mark.slow
def test_kind_and_basket_are_obeyed(run, recommending, customer):
    again = run("recommend", customer, "--kind", "buy_again", "--json", folder=recommending).json
    assert {one["kind"] for one in again["recommendations"]} == {"buy_again"}
    held = again["recommendations"][0]["item_id"]
    beside = run("recommend", customer, "--basket", held, "--json", folder=recommending).json
    assert held not in [one["item_id"] for one in beside["recommendations"]]


@pytest.mark.slow
def test_the_suppressed_get_what_strangers_get(run, recommending, customer):
    Suppression.open(recommending / "workspace/suppression").add(customer)
    told = run("recommend", customer, "--json", folder=recommending).json
    assert told == run("recommend", "nobody", "--json", folder=recommending).json
    assert told["is_stranger"]


@pytest.mark.slow
def test_training_prints_the_rules_beside_the_model_and_registers_a_version(run, recommending):
    told = run("train", "recommendation", folder=recommending)
    assert told.code == 0, told.err
    assert all(name in told.out for name in ("popular", "personal", "als", "ease", "all_ndcg10"))
    assert len(Registry(Workspace(recommending / "workspace")).versions("recommendation")) == 2


def test_scores_without_recommendations_say_how_to_get_them(run, scored):
    told = run("recommend", "anybody", folder=scored)
    assert told.code == 1
    assert "regulars train recommendation" in told.err
