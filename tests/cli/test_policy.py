from __future__ import annotations

import json
import shutil

import pytest

from cli.champions import history
from cli.policy import EFFECTS
from features.workspace import Workspace
from training.policies import PolicyReport

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(logged_shop, tmp_path):
    return shutil.copytree(logged_shop, tmp_path / "shop")


def test_every_policy_is_judged_on_decisions_later_than_those_that_taught(run, logged_shop):
    told = run("policy", "evaluate", "--json", folder=logged_shop)
    assert told.code == 0, told.err
    names = [one["name"] for one in told.json["policies"]]
    assert names == ["as logged", "no offer", "random", "best single", "learned"]
    logged = told.json["policies"][0]
    assert logged["lead"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert logged["effective_decisions"] == pytest.approx(logged["decisions"])
    assert told.json["taught"] > logged["decisions"] > 100


def test_what_is_in_doubt_is_not_promoted_and_that_is_recorded(run, shop):
    told = run("policy", "promote", "--by", "ann", folder=shop)
    workspace = Workspace(shop / "workspace")
    entry = history(workspace)[-1]
    assert (entry["task"], entry["by"]) == ("offers", "ann")
    assert (told.code, entry["action"]) in ((1, "refuse"), (0, "promote"))
    assert (workspace.root / EFFECTS).is_file() == (told.code == 0)
    assert ("may not be promoted" in told.out) == (told.code == 1)


def test_campaigns_go_by_what_was_promoted(run, shop, monkeypatch):
    monkeypatch.setattr(PolicyReport, "refusals", ())
    told = run("policy", "promote", "--json", folder=shop)
    assert (told.code, told.json["promoted"]) == (0, True), told.err
    known = json.loads((shop / "workspace" / EFFECTS).read_text())
    assert len(known["effects"]["pull"]) == len(known["offers"]) == 10
    assert len(known["effects"]["pull"][0]) == len(known["types"])


def test_offers_that_were_chosen_by_habit_teach_nothing(run, shop):
    (shop / "workspace" / "tables" / "decisions.parquet").unlink()
    told = run("policy", "evaluate", folder=shop)
    assert told.code == 1
    assert "no decisions were logged with their propensities" in told.err
