from __future__ import annotations

import shutil

import pytest

from serving.publishing import current_id


@pytest.fixture
def trained(trained_shop, tmp_path):
    return shutil.copytree(trained_shop, tmp_path / "trained")


@pytest.mark.slow
def test_what_was_scored_is_what_is_listed(run, trained):
    scored = run("score", "--json", folder=trained)
    assert current_id(trained / "workspace/generations") == scored.json["generation"]
    listed = run("at-risk", "--top", 1000, "--json", folder=trained).json
    assert (listed["generation"], len(listed["customers"])) == (
        scored.json["generation"],
        scored.json["customers"],
    )
    assert scored.json["models"] == {"churn": "1", "loyalty_type": "1"}


@pytest.mark.slow
def test_customers_can_be_scored_at_an_earlier_cutoff(run, trained):
    shown = run("score", "--cutoff", "2025-12-01", folder=trained)
    assert shown.code == 0
    assert "2025-12-01T00:00:00+00:00" in shown.out
    assert "churn 1, loyalty_type 1" in shown.out


@pytest.mark.slow
def test_a_catalogue_of_ones_own_replaces_the_shipped_one(run, trained, tmp_path):
    (tmp_path / "mine.toml").write_text(
        '[[offers]]\noffer_id = "o1"\nname = "N"\ntype = "points"\nmechanism = "any"\n'
    )
    run("score", "--offers", tmp_path / "mine.toml", folder=trained)
    assert [
        offer["offer_id"] for offer in run("offers", "list", "--json", folder=trained).json["offers"]
    ] == ["o1"]


@pytest.mark.slow
def test_a_catalogue_that_cannot_be_used_leaves_the_last_generation(run, trained, tmp_path):
    run("score", folder=trained)
    before = current_id(trained / "workspace/generations")
    (tmp_path / "mine.toml").write_text(
        '[[offers]]\noffer_id = "o1"\nname = "N"\ntype = "gift"\nmechanism = "any"\n'
    )
    told = run("score", "--offers", tmp_path / "mine.toml", folder=trained)
    assert told.code == 1
    assert "offer 0, type" in told.err
    assert current_id(trained / "workspace/generations") == before


def test_a_catalogue_that_is_not_there_is_wrong_usage(run, shop):
    assert run("score", "--offers", "absent.toml", folder=shop).code == 2


@pytest.mark.slow
def test_without_a_champion_it_says_what_to_train(run, shop):
    told = run("score", folder=shop)
    assert told.code == 1
    assert told.err.rstrip().endswith("train one with: regulars train churn")


def test_a_cutoff_after_the_end_of_the_data_is_refused(run, trained_shop, tmp_path):
    folder = shutil.copytree(trained_shop, tmp_path / "late")
    told = run("score", "--cutoff", "2026-04-10", folder=folder)
    assert told.code == 1
    assert "lies after the end of the data" in told.err
