from __future__ import annotations

import shutil

import pytest


@pytest.fixture
def trained(trained_shop, tmp_path):
    return shutil.copytree(trained_shop, tmp_path / "trained")


@pytest.mark.slow
def test_versions_are_listed_with_their_figures_and_aliases(run, trained):
    listed = run("evaluate", "churn", "--json", folder=trained).json["versions"]
    assert [(one["version"], sorted(one["aliases"])) for one in listed] == [("1", ["challenger", "champion"])]
    table = run("evaluate", "churn", folder=trained)
    assert f"{listed[0]['figures']['auroc']:.4f}" in table.out


@pytest.mark.slow
@pytest.mark.parametrize("task", ["churn", "loyalty_type"])
def test_a_version_judged_on_the_tables_of_its_training_has_the_figures_that_were_recorded(
    run, trained, task
):
    recorded = run("evaluate", task, "--json", folder=trained).json["versions"][0]["figures"]
    judged = run("evaluate", task, "--alias", "champion", "--json", folder=trained).json
    assert judged["figures"] == pytest.approx(recorded)


@pytest.mark.slow
def test_an_alias_that_nobody_carries_is_named(run, trained):
    told = run("evaluate", "churn", "--alias", "retired", folder=trained)
    assert told.code == 1
    assert told.err.startswith("error: there is no retired of churn in ")


@pytest.mark.slow
def test_without_a_version_it_says_what_to_train(run, shop):
    told = run("evaluate", "churn", folder=shop)
    assert told.code == 1
    assert told.err == "error: no version of churn is registered; train one with: regulars train churn\n"
