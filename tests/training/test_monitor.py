from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from features.settings import MonitorSettings
from models.histograms import histograms_of
from training import monitor as module
from training.monitor import Scored, left_after, monitor, realised

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(churn_rows, plan, trained):
    """The champion's list at the test cutoff, whose outcomes are known by the end of the data."""
    rows = churn_rows.at(plan.test)
    probability = trained.first.judgement.probability[:, 1]
    return Scored("a list", plan.test[0], rows.matrix.customer_ids, probability)


def test_those_who_left_are_those_whom_the_task_labels_churned(feeder, served, churn_rows, plan):
    np.testing.assert_array_equal(left_after(feeder, served, 28), churn_rows.at(plan.test).labels)


def test_what_became_of_a_list_is_what_was_foretold_and_what_came(feeder, served):
    found = realised(feeder, served, 28)
    assert found.customers == len(served.customer_ids)
    assert found.expected_share == pytest.approx(served.probability.mean())
    assert found.top_left_share > found.left_share
    assert found.auroc > 0.7


def test_a_champion_on_the_tables_of_its_training_is_not_to_be_trained_again(trained, shop, served):
    found = monitor("churn", shop.settings, trained.workspace, served=served)
    assert [finding.name for finding in found.findings] == ["features", "missing_values", "score", "outcomes"]
    assert found.state in ("ok", "watch")
    assert found.to_json()["verdict"] == found.state


def test_a_list_that_is_not_a_horizon_old_tells_nothing(trained, shop, served):
    young = replace(served, cutoff=shop.as_of - timedelta(days=5))
    for unknown in (None, young):
        outcomes = monitor("churn", shop.settings, trained.workspace, served=unknown).findings[-1]
        assert outcomes.state == "ok"
        assert "no list that was served is 28 days old" in outcomes.said


def test_probabilities_that_are_off_beyond_chance_ask_for_training(feeder, served, shop):
    off = replace(served, probability=np.clip(served.probability + 0.3, 0, 1))
    found = module._outcomes(feeder, off, 28, shop.as_of, MonitorSettings())
    assert found.state == "retrain"


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
