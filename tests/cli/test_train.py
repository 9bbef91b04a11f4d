from __future__ import annotations

import shutil

import pytest

from features.workspace import Workspace
from training.registry import Registry


@pytest.mark.slow
def test_the_first_model_that_beats_the_baselines_is_champion_and_the_next_a_challenger(run, shop):
    first = run("train", "churn", "--json", folder=shop)
    assert first.code == 0
    assert [(one["task"], one["alias"]) for one in first.json["models"]] == [("churn", "champion")]
    second = run("train", "churn", folder=shop)
    assert "version 2 is challenger" in second.out
    assert all(name in second.out for name in ("recency", "cadence", "rfm_logistic", "bgnbd", "paretonbd"))
    assert "churn: boosting ..." in second.err


@pytest.mark.slow
def test_a_score_that_is_too_good_stops_the_run_until_a_reason_is_given(run, shop, monkeypatch):
    monkeypatch.setenv("REGULARS__TRAINING__MAX_PLAUSIBLE_AUROC", "0.51")
    told = run("train", "churn", folder=shop)
    assert told.code == 1
    assert "probably a feature knows the future" in told.err
    assert Registry(Workspace(shop / "workspace")).versions("churn") == []
    assert run("train", "churn", "--accept-score", "a made-up shop", folder=shop).code == 0


@pytest.mark.slow
def test_too_little_history_says_how_much_more_is_needed(run, shop, monkeypatch):
    monkeypatch.setenv("REGULARS__CHURN__HORIZON_DAYS", "300")
    told = run("train", "churn", folder=shop)
    assert told.code == 1
    assert "a horizon of 300 days needs 600 days of history" in told.err


@pytest.mark.slow
def test_without_validated_tables_it_says_what_to_run(run, shop):
    shutil.rmtree(shop / "workspace/tables")
    told = run("train", folder=shop)
    assert told.code == 1
    assert told.err.rstrip().endswith("make it with: regulars validate")


def test_a_task_file_names_its_task(run, shop, tmp_path):
    file = tmp_path / "task.toml"
    file.write_text("")
    told = run("train", "churn", "--task-file", file, folder=shop)
    assert told.code == 2
    assert "a task file names its task" in told.err
    assert "Field required" in run("train", "--task-file", file, folder=shop).err
