from __future__ import annotations

import shutil

import pytest


@pytest.fixture
def trained(trained_shop, tmp_path):
    return shutil.copytree(trained_shop, tmp_path / "trained")


@pytest.mark.slow
def test_the_page_is_written_where_it_was_asked_for(run, trained, tmp_path):
    target = tmp_path / "new" / "churn.html"
    shown = run("report", "churn", "--out", target, folder=trained)
    assert shown.code == 0, shown.err
    assert shown.out.strip() == str(target)
    assert "The model beside the rules" in target.read_text("utf-8")


@pytest.mark.slow
def test_the_recorded_page_is_that_of_training_and_nothing_is_judged(run, trained):
    shown = run("report", "loyalty_type", "--alias", "challenger", "--recorded", "--json", folder=trained)
    assert shown.code == 0, shown.err
    file = trained / "workspace" / "reports" / "loyalty_type.html"
    assert shown.json == {"task": "loyalty_type", "alias": "challenger", "file": str(file), "recorded": True}
    assert "What is taken for what?" in file.read_text("utf-8")
    assert "features ..." not in shown.err


def test_without_a_model_it_is_said_how_to_train_one(run, shop):
    shown = run("report", folder=shop)
    assert shown.code == 1
    assert "regulars train churn" in shown.err
