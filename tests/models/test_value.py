import json

import lightgbm as lgb
import numpy as np
import pytest

from models.quantiles import Quantiles
from models.value import Amount, ValueModel, value_at_risk
from tests.models.conftest import NAMES


@pytest.fixture(scope="module")
def value_model(values):
    margin = values[:, 2] * np.random.default_rng(5).gamma(3, 1 / 3, len(values))
    parameters = {"objective": "poisson", "min_data_in_leaf": 10, "verbose": -1, "num_threads": 1, "seed": 7}
    data = lgb.Dataset(values, margin / margin.mean(), feature_name=list(NAMES), params={"verbose": -1})
    booster = lgb.train(parameters, data, num_boost_round=15)
    text, said = booster.model_to_string(), booster.predict(values) * margin.mean()
    return ValueModel(
        NAMES,
        Amount(text, float(margin.mean()), 4.0),
        Amount(text, float(margin.mean()) / 10, 5.0),
        Quantiles.fit(said, margin),
        91,
        "rate",
        "3",
        {"rows": 400},
    )


def test_every_expectation_lies_in_its_interval(value_model, values):
    found = value_model.predict(values, np.linspace(0, 1, len(values)))
    assert (found.if_staying_low <= found.if_staying).all()
    assert (found.if_staying <= found.if_staying_high).all()
    assert (found.expected_low <= found.expected).all()
    assert (found.expected <= found.expected_high).all()


def test_who_surely_stays_is_worth_what_stayers_are_and_who_surely_leaves_what_leavers_are(
    value_model, values
):
    sure, gone = (value_model.predict(values, np.full(len(values), p)) for p in (0.0, 1.0))
    np.testing.assert_allclose(sure.expected, sure.if_staying)
    np.testing.assert_allclose(gone.expected, sure.if_staying / 4 * 5 / 10)


def test_a_likelier_leaver_is_expected_to_bring_less_and_has_more_at_risk(value_model, values):
    low, high = (value_model.predict(values, np.full(len(values), p)) for p in (0.2, 0.6))
    assert (high.expected < low.expected).all()
    assert (high.if_staying == low.if_staying).all()
    at_risk = [value_at_risk(np.full(len(values), p), low) for p in (0.2, 0.6)]
    np.testing.assert_allclose(at_risk[1], 3 * at_risk[0])


def test_value_at_risk_takes_the_margin_of_who_stays_and_not_the_expected_one(value_model, values):
    found = value_model.predict(values, np.full(len(values), 0.5))
    np.testing.assert_allclose(value_at_risk(np.full(len(values), 0.5), found), 0.5 * found.if_staying)


def test_what_was_written_reads_back_the_same(value_model, values, tmp_path):
    value_model.save(tmp_path)
    loaded = ValueModel.load(tmp_path)
    churn = np.linspace(0, 1, len(values))
    assert loaded == value_model
    for one, other in zip(loaded.predict(values, churn), value_model.predict(values, churn), strict=True):
        np.testing.assert_array_equal(one, other)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["away.txt", "model.json", "staying.txt"]


def test_nobody_is_answered_with_nothing(value_model):
    assert [len(part) for part in value_model.predict(np.empty((0, 4)), np.empty(0))] == [0] * 6


@pytest.mark.parametrize(
    ("change", "match"),
    [({"format": 99}, "holds no model of value"), ({"features": ["a"]}, "features do not match their hash")],
)
def test_files_that_were_changed_are_refused(value_model, tmp_path, change, match):
    value_model.save(tmp_path)
    file = tmp_path / "model.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(ValueError, match=match):
        ValueModel.load(tmp_path)


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"is not a model: it has no model\.json"):
        ValueModel.load(tmp_path)


def test_a_row_of_other_features_is_refused(value_model):
    with pytest.raises(ValueError, match="needs 4 features a row"):
        value_model.predict(np.zeros((1, 3)), np.zeros(1))
