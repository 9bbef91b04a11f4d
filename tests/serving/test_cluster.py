"""Scores made on a real local Spark beside those of the embedded engine: equal to the last bit."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from shutil import copytree

import lightgbm as lgb
import numpy as np
import pytest

from features.catalogue import available
from features.feeders.cluster import ClusterFeeder, open_session
from features.feeders.embedded import Feeder, feature_matrix
from features.settings import SparkSettings
from models.artifact import Model
from models.calibration import Calibration
from models.quantiles import Quantiles
from models.spread import Spread
from models.value import Amount, ValueModel, value_at_risk
from serving.cluster import score_on_cluster
from tests.shop import make_shop, validated

pytestmark = pytest.mark.slow
AT = datetime(2026, 3, 1, tzinfo=UTC)
ACTIVE_DAYS = 40
TYPES = ("value", "price", "reward", "discount", "occasional")


@pytest.fixture(scope="module")
def spark():
    session = open_session(SparkSettings(master="local[2]", memory="1g"))
    yield session
    session.stop()


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = make_shop(tmp_path_factory.mktemp("shops") / "shop")
    return validated(folder)[1].tables


@pytest.fixture(scope="module")
def matrix(tables):
    with Feeder(tables) as feeder:
        return feature_matrix(feeder, available(feeder.present), [AT])


@pytest.fixture(scope="module")
def models(matrix, tmp_path_factory):
    """Folders of a churn and a loyalty model; that of churn reads half of the features, in an order of its own."""
    folder = tmp_path_factory.mktemp("models")
    saved(matrix, "churn", ("retained", "churned"), matrix.names[::-2], folder / "churn")
    saved(matrix, "loyalty_type", TYPES, matrix.names, folder / "loyalty")
    saved_value(matrix, folder / "value")
    return folder / "churn", folder / "loyalty"


def saved_value(matrix, folder):
    """A model of value that reads every third feature."""
    names = matrix.names[::3]
    spend = np.maximum(matrix.column("total_spend_365d"), 1.0).astype(float)
    data = lgb.Dataset(matrix.select(names), spend / spend.mean(), params={"verbose": -1})
    parameters = {"objective": "poisson", "min_data_in_leaf": 5, "verbose": -1, "num_threads": 1, "seed": 7}
    amount = Amount(lgb.train(parameters, data, 12).model_to_string(), float(spend.mean()), 1.5)
    ValueModel(names, amount, None, Quantiles.fit(spend, spend), 91, "rate", "1").save(folder)


def saved(matrix, task, labels, names, folder):
    """A model of a rule on two features: which rule does not matter."""
    since, spend = matrix.column("days_since_last_order"), matrix.column("total_spend_365d")
    outcome = (np.argsort(np.argsort(since + spend / 1e5)) * len(labels)) // len(matrix)
    classes = {} if len(labels) == 2 else {"num_class": len(labels)}
    parameters = {"objective": "multiclass" if classes else "binary", **classes, "min_data_in_leaf": 5}
    data = lgb.Dataset(matrix.select(names), outcome, params={"verbose": -1})
    booster = lgb.train(parameters | {"verbose": -1, "num_threads": 1, "seed": 7}, data, 12)
    calibration = Calibration.identity(len(labels))
    metadata = {"active_days": ACTIVE_DAYS}
    model = Model(task, labels, tuple(names), booster.model_to_string(), calibration, 28, "1", metadata)
    if task == "churn":
        week = replace(model, horizon_days=7, calibration=Calibration(1.0, (0.0, 1.5)))
        model = replace(model, spread=Spread((0.0,), (0.4,)), within=(week,))
    model.save(folder)


def scored(spark, tables, models, permit=None, value=None):
    feeder = ClusterFeeder(spark, str(tables), partitions=3)
    return score_on_cluster(feeder, *models, AT, value=value, permit=permit).toArrow().sort_by("customer_id")


def test_scores_of_the_population_are_those_of_the_models_to_the_last_bit(spark, tables, matrix, models):
    found = scored(spark, tables, models)
    active = matrix.where(matrix.column("days_since_last_order") <= ACTIVE_DAYS)
    churn, loyalty = (Model.load(folder) for folder in models)
    shares = loyalty.predict(active.select(loyalty.features))
    assert 0 < len(active) < len(matrix)
    assert found["customer_id"].to_pylist() == active.customer_ids.tolist()
    leaving = churn.predict(active.select(churn.features))[:, 1]
    assert np.array_equal(found["churn_probability"].to_numpy(), leaving)
    bounds = np.stack([found["churn_low"].to_numpy(), found["churn_high"].to_numpy()])
    assert np.array_equal(bounds, np.stack(churn.interval(leaving)))
    curve = np.stack([found[f"order_within_{days}d"].to_numpy() for days in (7, 28)], 1)
    assert np.array_equal(curve, churn.order_within(active.select(churn.features), leaving))
    assert np.array_equal(np.stack([found[f"loyalty_{name}"].to_numpy() for name in TYPES], 1), shares)
    assert found["loyalty_type"].to_pylist() == [TYPES[place] for place in shares.argmax(1)]


def test_money_is_that_of_the_model_of_value_and_is_left_out_without_one(spark, tables, matrix, models):
    folder = models[0].parent / "value"
    found = scored(spark, tables, models, value=folder)
    active = matrix.where(matrix.column("days_since_last_order") <= ACTIVE_DAYS)
    model, churn = ValueModel.load(folder), found["churn_probability"].to_numpy()
    forecast = model.predict(active.select(model.features), churn)
    for name, amounts in forecast._asdict().items():
        assert np.array_equal(found[f"margin_{name}"].to_numpy(), amounts)
    assert np.array_equal(found["value_at_risk"].to_numpy(), value_at_risk(churn, forecast))
    assert "value_at_risk" not in scored(spark, tables, models).column_names


def test_who_may_not_be_profiled_has_no_score(spark, tables, models):
    gone = scored(spark, tables, models)["customer_id"][0].as_py()
    assert gone not in scored(spark, tables, models, lambda ids: ids != gone)["customer_id"].to_pylist()


def test_a_feature_that_the_tables_do_not_allow_is_named_before_anything_runs(
    spark, tables, models, tmp_path
):
    (tmp_path / "order_lines.parquet").symlink_to(tables / "order_lines.parquet")
    with pytest.raises(ValueError, match=r"model needs '\w+' and \d+ more that these tables do not allow"):
        scored(spark, tmp_path, models)


def test_the_active_days_of_the_churn_model_choose_the_population(spark, tables, models, tmp_path):
    for folder, copy in zip(models, (tmp_path / "churn", tmp_path / "loyalty"), strict=True):
        copytree(folder, copy)
    described = json.loads((tmp_path / "churn" / "model.json").read_text())
    described["metadata"]["active_days"] = 1000
    (tmp_path / "churn" / "model.json").write_text(json.dumps(described))
    wider = scored(spark, tables, (tmp_path / "churn", tmp_path / "loyalty"))
    assert wider.num_rows > scored(spark, tables, models).num_rows
