"""Promotion and its way back on a trained shop, with a running service beside."""

from __future__ import annotations

import json
import shutil
import time

import pytest

from cli.champions import RECORD, alone, history
from cli.demo_service import ask, service
from features.settings import load_settings
from features.workspace import Workspace
from serving.generation import OFFERS
from serving.publishing import current_id
from training.job import train
from training.registry import CHALLENGER, CHAMPION, PREVIOUS, WITHDRAWN_AT, Registry

pytestmark = pytest.mark.slow
PATIENCE_S = 60
FEW = {"REGULARS__PROMOTION__MIN_ROWS": "50", "REGULARS__PROMOTION__MIN_EVENTS": "10"}


@pytest.fixture
def shop(retrained_shop, tmp_path, monkeypatch):
    """Churn trained twice and loyalty once; a copy to be changed."""
    for name, value in FEW.items():
        monkeypatch.setenv(name, value)
    return shutil.copytree(retrained_shop, tmp_path / "shop")


@pytest.fixture
def workspace(shop):
    return Workspace(shop / "workspace")


def aliases(workspace, task="churn"):
    registry = Registry(workspace)
    return {alias: registry.version_of(task, alias) for alias in (CHAMPION, CHALLENGER, PREVIOUS)}


def test_a_challenger_that_holds_every_check_is_promoted_scored_and_recorded(run, shop, workspace):
    told = run("promote", "churn", "--by", "ann", "--why", "weekly", "--json", folder=shop)
    assert told.code == 0, told.err
    promoted = told.json["promoted"]
    assert aliases(workspace) == {CHAMPION: "2", CHALLENGER: "2", PREVIOUS: "1"}
    assert promoted["generation"] == current_id(workspace.generations)
    assert (promoted["by"], promoted["why"], promoted["instead_of"]) == ("ann", "weekly", "1")
    tags = Registry(workspace).tags("churn", "2")
    assert tags["promoted_by"] == "ann"
    assert tags["gate_auroc_not_inferior"] == "passed"
    assert json.loads((workspace.root / RECORD).read_text()) == promoted


def test_a_rollback_restores_the_champion_and_its_scores(run, shop, workspace):
    run("promote", "churn", folder=shop)
    newer = current_id(workspace.generations)
    told = run("rollback", "churn", "--why", "odd list", folder=shop)
    assert told.code == 0, told.err
    assert "churn 1 is champion again, instead of 2" in told.out
    assert aliases(workspace) == {CHAMPION: "1", CHALLENGER: "2", PREVIOUS: None}
    assert current_id(workspace.generations) != newer
    assert [entry["action"] for entry in history(workspace)] == ["promote", "rollback"]
    again = run("rollback", "churn", folder=shop)
    assert again.code == 1
    assert "no champion before this one" in again.err
    refused = run("promote", "churn", folder=shop)
    assert refused.code == 1
    assert "version 2 was rolled back on" in refused.out
    forced = run("promote", "churn", "--force", "it was the catalogue", "--json", folder=shop)
    assert forced.json["promoted"]["version"] == "2"
    assert WITHDRAWN_AT not in Registry(workspace).tags("churn", "2")


def test_a_rollback_can_be_followed_by_another(run, shop, workspace):
    run("promote", "churn", folder=shop)
    train("churn", load_settings(shop), workspace)
    assert run("promote", "churn", folder=shop).code == 0
    assert aliases(workspace) == {CHAMPION: "3", CHALLENGER: "3", PREVIOUS: "2"}
    run("rollback", "churn", folder=shop)
    assert aliases(workspace) == {CHAMPION: "2", CHALLENGER: "3", PREVIOUS: "1"}
    run("rollback", "churn", folder=shop)
    assert aliases(workspace) == {CHAMPION: "1", CHALLENGER: "3", PREVIOUS: None}


def test_a_refusal_changes_nothing_and_says_which_check_failed(run, shop, workspace, monkeypatch):
    monkeypatch.setenv("REGULARS__PROMOTION__MIN_ROWS", "100000")
    told = run("promote", "churn", folder=shop)
    assert told.code == 1
    assert "enough_outcomes" in told.out
    assert aliases(workspace) == {CHAMPION: "1", CHALLENGER: "2", PREVIOUS: None}
    assert current_id(workspace.generations) is None
    (refusal,) = history(workspace)
    assert (refusal["action"], refusal["version"]) == ("refuse", "2")
    assert refusal["evidence"]["checks"][0]["name"] == "enough_outcomes"


def test_a_dry_run_says_what_would_be_and_moves_nothing(run, shop, workspace):
    told = run("promote", "churn", "--dry-run", "--json", folder=shop)
    assert (told.code, told.json["decision"]["passed"], told.json["promoted"]) == (0, True, None)
    assert aliases(workspace)[CHAMPION] == "1"


def test_a_reason_promotes_without_the_evidence_and_is_recorded(run, shop, workspace, monkeypatch):
    monkeypatch.setenv("REGULARS__PROMOTION__MIN_ROWS", "100000")
    told = run("promote", "churn", "--force", "the old one reads a dead table", "--json", folder=shop)
    assert told.code == 0, told.err
    assert told.json["decision"]["passed"] is False
    recorded = history(workspace)[0]
    assert recorded["why"] == "the old one reads a dead table"
    assert recorded["evidence"] == told.json["decision"]


def test_scores_that_cannot_be_built_leave_the_champion_and_the_generation(run, shop, workspace, monkeypatch):
    run("promote", "churn", "--sync", folder=shop)
    served = current_id(workspace.generations)
    monkeypatch.setenv("REGULARS__BANDS__MEDIUM", "0.9")
    told = run("promote", "churn", folder=shop)
    assert told.code == 1
    assert "swap them" in told.err
    assert aliases(workspace) == {CHAMPION: "1", CHALLENGER: "2", PREVIOUS: None}
    assert current_id(workspace.generations) == served
    assert [(entry["action"], entry["undone"]) for entry in history(workspace)] == [("undone", "promote")]


def test_an_interrupt_after_the_new_scores_are_served_takes_them_back(run, shop, workspace, monkeypatch):
    run("promote", "churn", "--sync", folder=shop)
    served = current_id(workspace.generations)

    def interrupted(*_):
        assert current_id(workspace.generations) != served
        raise KeyboardInterrupt

    monkeypatch.setattr("serving.lists.keep", interrupted)
    assert run("promote", "churn", folder=shop).code != 0
    assert current_id(workspace.generations) == served
    assert aliases(workspace)[CHAMPION] == "1"


def test_the_catalogue_that_is_served_stays(run, shop, workspace, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('[[offers]]\noffer_id = "mine"\nname = "Mine"\ntype = "product"\nmechanism = "value"\n')
    assert run("score", "--offers", own, folder=shop).code == 0
    for command in (("promote", "churn"), ("rollback", "churn"), ("promote", "--sync")):
        assert run(*command, folder=shop).code == 0
        offers = json.loads((workspace.generations / current_id(workspace.generations) / OFFERS).read_text())
        assert [offer["offer_id"] for offer in offers] == ["mine"]


def test_a_running_service_answers_from_the_new_champion_without_a_restart(run, shop, workspace):
    assert run("score", folder=shop).code == 0
    with service(shop) as url:
        asked = f"{url}/v1/at-risk?limit=1"
        before = ask(asked)["generation"]
        assert before == current_id(workspace.generations)
        for command in ("promote", "rollback"):
            assert run(command, "churn", folder=shop).code == 0
            served, give_up = current_id(workspace.generations), time.monotonic() + PATIENCE_S
            assert served != before
            while ask(asked)["generation"] != served:
                assert time.monotonic() < give_up, "the service still answers from the generation before"
                time.sleep(0.1)
            before = served


def test_nobody_moves_a_champion_while_another_run_does(run, shop, workspace):
    with alone(workspace):
        for command in (("promote", "churn"), ("rollback", "churn"), ("promote", "--sync")):
            told = run(*command, folder=shop)
            assert told.code == 1
            assert "another run scores or promotes in" in told.err


def test_an_alias_that_was_moved_by_hand_is_served_after_sync(run, shop, workspace):
    Registry(workspace).set_alias("churn", CHAMPION, "2")
    told = run("promote", "--sync", "--json", folder=shop)
    assert told.json["generation"] == current_id(workspace.generations)
    manifest = json.loads((workspace.generations / told.json["generation"] / "manifest.json").read_text())
    assert manifest["models"]["churn"] == "2"


def test_a_task_has_to_be_named(run, shop):
    told = run("promote", folder=shop)
    assert told.code == 2
    assert "name the task to promote, or give --sync" in told.err
