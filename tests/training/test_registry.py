import os
from dataclasses import replace

import mlflow
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from features.workspace import Workspace
from models.artifact import Model
from training.registry import CHALLENGER, CHAMPION, Registry, registered_name


@pytest.fixture(scope="module")
def registry(trained):
    return Registry(trained.workspace)


@pytest.fixture(scope="module")
def own(trained, tmp_path_factory):
    """A registry to change: two versions of the churn model, recorded without training."""
    registry = Registry(Workspace(tmp_path_factory.mktemp("own") / "workspace"))
    for number in (1, 2):
        model = replace(trained.first.model, metadata={"fingerprint": f"data {number}"})
        registry.record(
            model, parameters={}, figures={"auroc": 0.8}, plots={"p.png": Figure()}, card="# Card"
        )
    return registry


def _files(workspace):
    return [file for file in workspace.mlflow.rglob("*") if file.is_file()]


def _client(registry):
    return mlflow.MlflowClient(registry.uri)


@pytest.fixture
def load(registry, monkeypatch):
    """Load a registered model as any user of MLflow does, without code of this product."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", registry.uri)
    mlflow.set_tracking_uri(registry.uri)
    return lambda task, alias: mlflow.pyfunc.load_model(f"models:/{registered_name(task)}@{alias}")


def test_a_model_loaded_by_mlflow_gives_the_probabilities_of_the_artifact(trained, load):
    loaded = load("churn", CHAMPION)
    judgement = trained.first.judgement
    frame = pd.DataFrame(judgement.values, columns=list(trained.first.model.features))
    found = loaded.predict(frame)
    assert list(found.columns) == ["retained", "churned"]
    assert found.to_numpy().tobytes() == judgement.probability.tobytes()
    assert loaded.predict(frame.astype("float64")).equals(found)


def test_a_run_holds_the_report_that_was_given_and_none_is_looked_for_in_vain(registry, own):
    assert registry.page("churn").startswith("<!doctype html>")
    with pytest.raises(LookupError, match="no report was recorded with version 2 of churn; train it anew"):
        own.page("churn", CHALLENGER)


def test_no_artifact_is_a_pickle_and_the_model_is_its_two_text_files(trained):
    files = [file for file in _files(trained.workspace) if file.suffix not in (".db", ".png")]
    assert len(files) > 20
    assert not [file for file in files if b"\0" in file.read_bytes() or file.suffix in (".pkl", ".pickle")]
    folders = {file.parent for file in files if file.name == "booster.txt"}
    of_other_horizons = {folder for folder in folders if folder.name.startswith("within_")}
    assert len(folders - of_other_horizons) == 3
    assert len(of_other_horizons) == 2 * 4  # churn was trained twice
    assert all(
        {file.name for file in folder.iterdir() if file.is_file()} == {"model.json", "booster.txt"}
        for folder in folders
    )


def test_nothing_in_mlflow_names_a_customer(trained):
    customers = {name.encode() for name in trained.first.judgement.customer_ids}
    content = b"".join(file.read_bytes() for file in _files(trained.workspace) if file.suffix != ".png")
    assert len(customers) > 50
    assert not [name for name in customers if b'"' + name + b'"' in content or b" " + name + b" " in content]


def test_a_run_has_its_parameters_metrics_of_model_and_baselines_plots_and_card(trained, registry):
    run = _client(registry).get_run(trained.first.registered.run_id)
    assert run.data.params["horizon_days"] == "28"
    assert len(run.data.params["fingerprint"]) == 64
    assert run.data.metrics == pytest.approx(trained.first.judgement.figures)
    assert {"auroc", "recency_auroc", "paretonbd_brier"} < set(run.data.metrics)
    listed = {item.path for item in _client(registry).list_artifacts(run.info.run_id)}
    assert {"card.md", "plots"} <= listed
    plots = _client(registry).list_artifacts(run.info.run_id, "plots")
    assert {plot.path for plot in plots} > {"plots/reliability.png", "plots/lift.png", "plots/confusion.png"}


def test_the_data_fingerprint_is_a_tag_of_the_version(own):
    tags = [_client(own).get_model_version(registered_name("churn"), number).tags for number in ("1", "2")]
    assert [tag["data_fingerprint"] for tag in tags] == ["data 1", "data 2"]


def test_every_task_keeps_its_runs_below_the_workspace(trained, registry):
    for task in ("churn", "loyalty_type"):
        experiment = _client(registry).get_experiment_by_name(registered_name(task))
        assert experiment.artifact_location == (trained.workspace.mlflow / "artifacts" / task).as_uri()


def test_a_recorded_version_becomes_the_challenger_and_nothing_else(own):
    assert own.version_of("churn", CHALLENGER) == "2"
    assert own.version_of("churn", CHAMPION) is None
    assert [(entry.version, entry.aliases) for entry in own.versions("churn")] == [
        ("2", (CHALLENGER,)),
        ("1", ()),
    ]


def test_an_alias_moves_and_can_be_taken_away(own):
    for version in ("1", "2"):
        own.set_alias("churn", CHAMPION, version)
        assert own.version_of("churn", CHAMPION) == version
    own.drop_alias("churn", CHAMPION)
    assert own.version_of("churn", CHAMPION) is None


def test_fetched_files_are_the_recorded_model_under_its_version(trained, registry):
    folder = registry.fetch("churn", CHAMPION)
    assert folder.is_relative_to(trained.workspace.root)
    assert sorted(file.name for file in folder.iterdir() if file.is_file()) == ["booster.txt", "model.json"]
    assert Model.load(folder) == replace(trained.first.model, version="1")


def test_fetching_again_follows_the_alias(own):
    first = own.fetch("churn", CHALLENGER)
    own.set_alias("churn", CHALLENGER, "1")
    second = own.fetch("churn", CHALLENGER)
    own.set_alias("churn", CHALLENGER, "2")
    assert (Model.load(first).version, Model.load(second).version) == ("2", "1")
    assert own.fetch("churn", CHALLENGER) == first


def test_an_alias_that_no_version_carries_says_how_to_get_one(own):
    with pytest.raises(LookupError, match=r"there is no retired of churn in sqlite.*regulars train churn"):
        own.fetch("churn", "retired")


def test_a_task_that_was_never_trained_has_no_versions(own):
    assert own.versions("loyalty_type") == []
    assert own.version_of("loyalty_type", CHAMPION) is None


def test_two_workspaces_of_one_process_stay_apart(own, registry):
    assert own.uri != registry.uri
    assert len(own.versions("churn")) == len(registry.versions("churn")) == 2
    assert own.version_of("churn", CHAMPION) != registry.version_of("churn", CHAMPION)
    assert "MLFLOW_TRACKING_URI" not in os.environ


def test_a_server_named_in_the_environment_is_used_and_its_failure_is_not_an_empty_registry(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    registry = Registry(Workspace(tmp_path))
    assert registry.uri == "http://127.0.0.1:9"
    with pytest.raises(mlflow.MlflowException, match=r"127\.0\.0\.1"):
        registry.version_of("churn", CHAMPION)


def test_a_model_loaded_by_mlflow_takes_unknown_numbers(trained, load):
    names = list(trained.types.model.features)
    found = load("loyalty_type", CHALLENGER).predict(
        pd.DataFrame(np.full((1, len(names)), np.nan), columns=names)
    )
    assert found.to_numpy().sum() == pytest.approx(1)


def test_what_the_gates_said_are_tags_of_the_version(registry):
    tags = _client(registry).get_model_version(registered_name("churn"), "1").tags
    assert tags["gate_beats_baselines"] == "true"
    assert tags["gate_plausible"] == "true"
