"""What the product makes of a simulated shop, beside the truth."""

from types import SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import cohen_kappa_score

from datasets.simulator import simulate
from features.feeders.embedded import Feeder, build_features
from features.matrix import FeatureMatrix
from features.settings import load_settings
from features.tables.report import load_report
from features.tables.validate import validate
from features.workspace import Workspace
from training.job import train
from training.tasks import LoyaltyType

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def two_years(tmp_path_factory):
    """Two years of 2,000 customers, validated with default settings."""
    folder = tmp_path_factory.mktemp("trained")
    simulate(folder / "data", folder / "truth", customers=2_000, months=24, seed=3)
    (folder / "regulars.toml").write_text('[source]\npath = "data"\n', encoding="utf-8")
    settings, workspace = load_settings(folder), Workspace(folder / "workspace")
    validate(settings, workspace).raise_for_errors()
    return SimpleNamespace(settings=settings, workspace=workspace, truth=folder / "truth")


def test_churn_trains_and_beats_the_recency_rule(two_years):
    figures = train("churn", two_years.settings, two_years.workspace).judgement.figures
    assert figures["auroc"] > figures["recency_auroc"]
    assert 0.65 < figures["auroc"] < 0.95


def test_the_loyalty_type_trains_and_beats_the_transition_table(two_years):
    figures = train("loyalty_type", two_years.settings, two_years.workspace).judgement.figures
    assert figures["macro_auroc"] > figures["transition_macro_auroc"]
    assert figures["log_loss"] < figures["transition_log_loss"]


def test_labels_measured_from_a_year_of_purchases_agree_with_the_latent_types(two_years):
    rule = LoyaltyType(365, 6, 0.5)
    as_of = load_report(two_years.workspace.tables).as_of
    with Feeder(two_years.workspace.tables) as feeder:
        sums = FeatureMatrix.from_arrow(list(build_features(feeder, rule.outcome, [as_of])))
    truth = pq.read_table(two_years.truth / "customers.parquet").to_pandas().set_index("customer_id")
    known = truth.loc[sums.customer_ids]
    stayed = known["left_at"].isna().to_numpy()
    found = np.array(rule.labels)[rule.label(sums.where(stayed))]
    assert cohen_kappa_score(found, known["loyalty_type"].to_numpy()[stayed]) > 0.65
