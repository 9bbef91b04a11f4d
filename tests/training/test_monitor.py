from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from features.settings import MonitorSettings
from models.histograms import histograms_of
from training import monitor as module
from training.monitor import monitor
from training.realised import Scored
from training.unseen import Unseen

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(churn_rows, plan, trained):
    """The champion's list at the test cutoff, whose outcomes are known by the end of the data."""
    rows = churn_rows.at(plan.test)
    probability = trained.first.judgement.probability[:, 1]
    return Scored("a list", "1", plan.test[0], rows.matrix.customer_ids, probability)


def test_a_champion_on_the_tables_of_its_training_is_not_to_be_trained_again(trained, shop, served):
    found = monitor("churn", shop.settings, trained.workspace, served=served)
    names = ["features", "missing_values", "score", "outcomes", "accuracy", "calibration"]
    assert [finding.name for finding in found.findings] == names
    assert found.state in ("ok", "watch")
    assert found.to_json()["verdict"] == found.state


def test_a_list_that_is_not_a_horizon_old_tells_nothing(trained, shop, served):
    young = replace(served, cutoff=shop.as_of - timedelta(days=5))
    for unknown in (None, young):
        outcomes = monitor("churn", shop.settings, trained.workspace, served=unknown).findings[3]
        assert outcomes.state == "ok"
        assert "no list that was served is 28 days old" in outcomes.said


def test_probabilities_that_are_off_beyond_chance_ask_for_training(feeder, served, shop, trained):
    model = replace(trained.first.model, version="1")
    off = replace(served, probability=np.clip(served.probability + 0.3, 0, 1))
    found = module._outcomes(feeder, off, model, shop.as_of, MonitorSettings())
    assert found.state == "retrain"
    others = module._outcomes(feeder, replace(off, model="0"), model, shop.as_of, MonitorSettings())
    assert others.state == "watch"
    assert "by version 0, which is not the champion any more" in others.said


def test_who_refuses_profiling_since_is_not_looked_at(trained, shop, served):
    from features.suppression import Suppression

    suppression = Suppression.open(trained.workspace.suppression)
    suppression.add(served.customer_ids[0])
    found = monitor("churn", shop.settings, trained.workspace, served=served)
    outcomes = next(finding for finding in found.findings if finding.name == "outcomes")
    assert outcomes.details["customers"] == len(served.customer_ids) - 1


def test_a_model_that_ranks_worse_than_it_did_asks_for_training(trained, churn_rows, plan):
    model, rows = trained.first.model, churn_rows.at(plan.test)
    good = module._accuracy(model, Unseen(rows, {}), MonitorSettings())
    assert [finding.state for finding in good] != ["retrain", "retrain"]
    outcomes = np.random.default_rng(3).permutation(rows.labels)
    lost = module._accuracy(model, Unseen(replace(rows, labels=outcomes), {}), MonitorSettings())
    assert [finding.state for finding in lost] == ["retrain", "retrain"]
    assert lost[0].details["tested"] == model.metadata["figures"]["auroc"]


def test_a_feature_that_moved_weighs_as_much_as_the_model_rests_on_it():
    stability, limits = {"a": 9.0, "b": 0.0}, MonitorSettings()
    states = [
        module._features(stability, {"a": weight, "b": 1 - weight}, limits).state
        for weight in (0.01, 0.15, 0.5)
    ]
    assert states == ["ok", "watch", "retrain"]


def test_features_and_scores_that_moved_ask_for_training(trained, churn_rows, plan, shop):
    model = trained.first.model
    matrix = churn_rows.at(plan.test).matrix
    known = histograms_of(model, matrix.select(model.features))
    moved = replace(matrix, values=(matrix.values * 3 + 5).astype(np.float32))
    then = replace(model, metadata=model.metadata | {"histograms": known})
    states = {
        finding.name: finding.state for finding in module._drift(then, moved, shop.as_of, MonitorSettings())
    }
    assert states["features"] == "retrain"
    assert states["score"] != "ok"


def test_a_column_that_goes_missing_is_named(trained, churn_rows, plan, shop):
    model = trained.first.model
    matrix = churn_rows.at(plan.test).matrix
    then = replace(model, metadata={"histograms": histograms_of(model, matrix.select(model.features))})
    values = matrix.values.copy()
    values[:, matrix.names.index("total_spend_90d")] = np.nan
    found = module._drift(then, replace(matrix, values=values), shop.as_of, MonitorSettings())[1]
    assert (found.state, found.details["feature"]) == ("watch", "total_spend_90d")


def test_a_model_without_histograms_says_how_to_get_them(trained, shop, monkeypatch):
    plain = replace(trained.first.model, metadata={})
    monkeypatch.setattr("training.monitor.Model.load", lambda _: plain)
    with pytest.raises(ValueError, match="holds no histograms; run: regulars train churn"):
        monitor("churn", shop.settings, trained.workspace)
