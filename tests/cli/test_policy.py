from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from cli.champions import history
from cli.offer_policy import current, promote_effects, roll_back_effects
from features.settings import load_settings
from features.workspace import Workspace
from models.named_effects import PROMOTED as EFFECTS
from models.named_effects import NamedEffects
from models.offer_effects import OfferEffects
from serving.generation import Generation
from serving.publishing import current_id
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


def test_what_was_learned_is_kept_for_the_next_generation(run, shop, monkeypatch):
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


def test_what_offers_changed_is_measured_by_offer_and_type(run, logged_shop):
    told = run("policy", "measure", "--json", folder=logged_shop)
    assert told.code == 0, told.err
    assert (told.json["arms"], told.json["arms_are_as_set"]) == ([], True)  # the log has no holdout
    measured = told.json["measured"]
    assert {one["kind"] for one in measured} == {"offer"}
    anything = next(one for one in measured if one["name"] == "any offer")
    assert anything["type"] == "everybody"
    assert min(anything["customers"], anything["compared"]) >= 30
    for one in measured:
        assert one["orders"]["low"] <= one["orders"]["value"] <= one["orders"]["high"]
        assert 0 <= one["redemption"]["value"] <= 1
    shown = run("policy", "measure", folder=logged_shop)
    assert "any offer" in shown.out


@pytest.fixture
def serving_shop(run, trained_shop, tmp_path):
    """A shop with champions, whose scores are served."""
    folder = shutil.copytree(trained_shop, tmp_path / "serving")
    assert run("score", folder=folder).code == 0
    return folder


def test_promoted_effects_are_served_and_taken_back_step_by_step(run, serving_shop):
    workspace, settings = Workspace(serving_shop / "workspace"), load_settings(serving_shop)
    first, types = current_id(workspace.generations), served(workspace).manifest.loyalty_types
    for pull in (0.3, 0.4):
        promote_effects(settings, workspace, known(pull, types), "ann", {})
        assert served(workspace).effects.effects.pull[0, 0] == pull
    assert current_id(workspace.generations) != first
    assert run("policy", "rollback", "--why", "worse", "--by", "bob", folder=serving_shop).out.startswith(
        "service and campaigns go by effects 1 again"
    )
    assert served(workspace).effects.effects.pull[0, 0] == 0.3
    back = run("policy", "rollback", "--why", "worse still", "--json", folder=serving_shop).json
    assert (back["version"], back["instead_of"]) == (0, 1)
    assert served(workspace).effects.measured == (False,) * len(served(workspace).catalogue.offers)
    again = run("policy", "rollback", "--why", "once more", folder=serving_shop)
    assert again.code == 1
    assert "there is nothing to go back to" in again.err


def test_effects_that_cannot_be_served_change_nothing(serving_shop, monkeypatch):
    workspace, settings = Workspace(serving_shop / "workspace"), load_settings(serving_shop)
    types = served(workspace).manifest.loyalty_types
    promote_effects(settings, workspace, known(0.3, types), "ann", {})
    before = (current_id(workspace.generations), (workspace.root / EFFECTS).read_text())
    monkeypatch.setattr("cli.offer_policy.sync", broken)
    with pytest.raises(OSError, match="no room"):
        promote_effects(settings, workspace, known(0.4, types), "ann", {})
    assert before == (current_id(workspace.generations), (workspace.root / EFFECTS).read_text())
    assert history(workspace)[-1]["action"] == "undone"
    assert current(workspace) == 1


def test_a_promotion_that_was_killed_before_it_was_recorded_can_be_taken_back(scored, monkeypatch):
    workspace, settings = Workspace(scored / "workspace"), load_settings(scored)
    types = served(workspace).manifest.loyalty_types
    with monkeypatch.context() as patch:
        patch.setattr("cli.offer_policy.write", lambda *_: None)
        promote_effects(settings, workspace, known(0.3, types), "ann", {})
    assert (current(workspace), history(workspace)) == (1, [])
    back = roll_back_effects(settings, workspace, "it was killed", "ann")
    assert (back["version"], back["instead_of"], current(workspace)) == (0, 1, 0)
    assert not (workspace.root / EFFECTS).is_file()


def broken(*_):
    raise OSError("no room on the disk")


def known(pull, types):
    assumed = OfferEffects.prior([0], [100.0], len(types), order_value=2000.0, margin_share=0.3)
    effects = replace(assumed, pull=np.full_like(assumed.pull, pull))
    return NamedEffects(("early-access",), types, effects, (True,))


def served(workspace):
    return Generation.open(workspace.generations / current_id(workspace.generations))


def test_decisions_about_the_suppressed_teach_and_measure_nothing(run, shop):
    before = run("policy", "measure", "--json", folder=shop).json["decisions"]
    log = pq.read_table(shop / "workspace" / "tables" / "decisions.parquet")["customer_id"].to_pylist()
    for customer in sorted({one for one in log if one})[:40]:
        assert run("suppress", customer, folder=shop).code == 0
    assert run("policy", "measure", "--json", folder=shop).json["decisions"] < before
