"""Promotion and its way back on a trained shop, with a running service beside."""

from __future__ import annotations

import json
import shutil

import pytest

from cli.champions import RECORD, history
from features.workspace import Workspace
from serving.publishing import current_id
from training.registry import CHALLENGER, CHAMPION, PREVIOUS, Registry

pytestmark = pytest.mark.slow
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


def test_a_refusal_changes_nothing_and_says_which_check_failed(run, shop, workspace, monkeypatch):
    monkeypatch.setenv("REGULARS__PROMOTION__MIN_ROWS", "100000")
    told = run("promote", "churn", folder=shop)
    assert told.code == 1
    assert "enough_outcomes" in told.out
    assert aliases(workspace) == {CHAMPION: "1", CHALLENGER: "2", PREVIOUS: None}
    assert current_id(workspace.generations) is None
    assert history(workspace) == []


def test_a_dry_run_says_what_would_be_and_moves_nothing(run, shop, workspace):
    told = run("promote", "churn", "--dry-run", "--json", folder=shop)
    assert (told.code, told.json["decision"]["passed"], told.json["promoted"]) == (0, True, None)
    assert aliases(workspace)[CHAMPION] == "1"


def test_a_reason_promotes_without_the_evidence_and_is_recorded(run, shop, workspace, monkeypatch):
    monkeypatch.setenv("REGULARS__PROMOTION__MIN_ROWS", "100000")
    told = run("promote", "churn", "--force", "the old one reads a dead table", "--json", folder=shop)
    assert told.code == 0, told.err
    assert told.json["decision"] is None
    assert history(workspace)[0]["why"] == "the old one reads a dead table"


def test_scores_that_cannot_be_built_leave_the_champion_and_the_generation(run, shop, workspace):
    run("promote", "churn", "--sync", folder=shop)
    served = current_id(workspace.generations)
    (shop / "workspace" / "tables" / "offers.parquet").write_bytes(b"no catalogue")
    told = run("promote", "churn", folder=shop)
    assert told.code == 1
    assert aliases(workspace) == {CHAMPION: "1", CHALLENGER: "2", PREVIOUS: None}
    assert current_id(workspace.generations) == served
    assert history(workspace) == []


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
