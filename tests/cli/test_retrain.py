"""Monitoring and retraining as a scheduler runs them."""

from __future__ import annotations

import shutil

import pytest

from cli.champions import alone, history
from features.workspace import Workspace
from training.registry import CHAMPION, Registry

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(trained_shop, tmp_path, monkeypatch):
    monkeypatch.setenv("REGULARS__PROMOTION__MIN_ROWS", "50")
    monkeypatch.setenv("REGULARS__PROMOTION__MIN_EVENTS", "10")
    return shutil.copytree(trained_shop, tmp_path / "shop")


def test_the_exit_code_says_whether_to_train_again(run, shop, monkeypatch):
    told = run("monitor", "churn", "--json", folder=shop)
    assert told.code == 0, told.err
    assert told.json["tasks"][0]["verdict"] in ("ok", "watch")
    monkeypatch.setenv("REGULARS__MONITOR__DRIFT", "1e-9")
    drifted = run("monitor", "churn", folder=shop)
    assert drifted.code == 3
    assert "churn 1: retrain" in drifted.out


def test_the_newest_list_whose_outcomes_are_known_is_looked_at(run, shop):
    assert run("score", "--cutoff", "2026-01-20", folder=shop).code == 0
    assert run("score", folder=shop).code == 0
    findings = run("monitor", "churn", "--json", folder=shop).json["tasks"][0]["findings"]
    outcomes = next(finding for finding in findings if finding["name"] == "outcomes")
    assert outcomes["details"]["cutoff"].startswith("2026-01-20")
    assert "of the tenth most at risk" in outcomes["said"]


def test_however_often_scores_are_made_a_list_is_kept_until_its_outcomes_are_known(run, shop):
    for day in range(20, 26):
        assert run("score", "--cutoff", f"2026-01-{day}", folder=shop).code == 0
    assert run("score", folder=shop).code == 0
    assert len(list((shop / "workspace" / "generations").glob("2*"))) == 3
    findings = run("monitor", "churn", "--json", folder=shop).json["tasks"][0]["findings"]
    outcomes = next(finding for finding in findings if finding["name"] == "outcomes")
    assert outcomes["details"]["cutoff"].startswith("2026-01-25")
    assert findings[-1] == findings[-1] | {"name": "served", "state": "ok"}


def test_scores_that_are_not_the_champions_are_told(run, shop):
    assert run("score", folder=shop).code == 0
    registry = Registry(Workspace(shop / "workspace"))
    registry.set_alias("churn", CHAMPION, train_again(shop))
    served = run("monitor", "churn", "--json", folder=shop).json["tasks"][0]["findings"][-1]
    assert served["state"] == "watch"
    assert "the champion is version 2; run: regulars promote --sync" in served["said"]


def train_again(shop):
    from features.settings import load_settings
    from training.job import train

    return train("churn", load_settings(shop), Workspace(shop / "workspace")).registered.version


def test_a_champion_that_holds_is_left_alone_where_training_is_only_done_if_needed(run, shop):
    told = run("retrain", "churn", "--if-needed", "--json", folder=shop)
    assert told.code == 0, told.err
    assert told.json["tasks"][0]["trained"] is None
    assert len(Registry(Workspace(shop / "workspace")).versions("churn")) == 1


def test_where_it_is_needed_a_challenger_is_trained_compared_and_promoted(run, shop, monkeypatch):
    monkeypatch.setenv("REGULARS__MONITOR__DRIFT", "1e-9")
    told = run("retrain", "churn", "--if-needed", "--json", folder=shop)
    assert told.code == 0, told.err
    done = told.json["tasks"][0]
    assert (done["verdict"], done["trained"], done["decision"]["passed"]) == ("retrain", "2", True)
    assert done["promoted"]["generation"]
    assert Registry(Workspace(shop / "workspace")).version_of("churn", CHAMPION) == "2"


def test_a_challenger_that_fails_a_check_stays_one_which_is_recorded(run, shop, monkeypatch):
    monkeypatch.setenv("REGULARS__PROMOTION__MIN_ROWS", "100000")
    told = run("retrain", "churn", folder=shop)
    assert told.code == 1
    assert "stays challenger" in told.out
    assert [entry["action"] for entry in history(Workspace(shop / "workspace"))] == ["refuse"]
    assert Registry(Workspace(shop / "workspace")).version_of("churn", CHAMPION) == "1"


def test_two_runs_never_work_on_one_folder(run, shop):
    with alone(Workspace(shop / "workspace")):
        told = run("retrain", "churn", folder=shop)
    assert told.code == 1
    assert "another run scores or promotes in" in told.err
