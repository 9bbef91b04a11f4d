import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from scipy.special import log_softmax

from models.artifact import Model
from models.calibration import Calibration
from models.season import Season
from models.spread import Spread


@pytest.fixture
def folder(model, tmp_path):
    model.save(tmp_path / "model")
    return tmp_path / "model"


def _change(folder, **fields):
    file = folder / "model.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))


def test_a_saved_and_loaded_model_predicts_the_same_to_the_last_bit(model, folder, values):
    loaded = Model.load(folder)
    assert loaded.predict(values).tobytes() == model.predict(values).tobytes()
    assert loaded.contributions(values).tobytes() == model.contributions(values).tobytes()


def test_a_saved_and_loaded_model_is_the_same_in_every_field(model, folder):
    saved = replace(model, version="3", metadata={"figures": {"auroc": 0.8}, "cutoffs": ["2026-01-01"]})
    saved.save(folder)
    assert Model.load(folder) == saved


def test_a_model_is_two_text_files_and_nothing_else(folder):
    assert sorted(file.name for file in folder.rglob("*")) == ["booster.txt", "model.json"]
    assert json.loads((folder / "model.json").read_text())["format"] == 1
    assert (folder / "booster.txt").read_text(encoding="ascii").startswith("tree\n")


@pytest.mark.parametrize("name", ["model.json", "booster.txt"])
def test_a_folder_that_lacks_a_file_is_not_a_model(folder, name):
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"is not a model: it has no {name}"):
        Model.load(folder)


def test_features_that_were_renamed_or_reordered_after_saving_are_refused(folder):
    _change(
        folder, features=["cadence_days", "days_since_last_order", "total_spend_90d", "coupon_line_share_90d"]
    )
    with pytest.raises(ValueError, match=r"model\.json was changed: its features do not match their hash"):
        Model.load(folder)


def test_a_format_of_another_release_is_refused(folder):
    _change(folder, format=2)
    with pytest.raises(ValueError, match="has model format 2; this release reads 1"):
        Model.load(folder)


def test_probabilities_of_a_row_add_up_to_one_and_none_leaves_the_unit_interval(model, values):
    probabilities = model.predict(values)
    assert probabilities.shape == (len(values), len(model.labels))
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-12)
    assert ((probabilities >= 0) & (probabilities <= 1)).all()


def test_the_second_probability_is_that_of_leaving(churn_model):
    lately, long_ago = churn_model.predict([[1, 10, 5000, 0.1], [85, 10, 5000, 0.1]])
    assert lately[1] < 0.2 < 0.8 < long_ago[1]


def test_the_order_of_labels_is_that_of_the_training_outcomes(type_model):
    assert type_model.predict([[80, 10, 5000, 0.1]])[0].argmax() == type_model.labels.index("occasional")
    assert type_model.predict([[5, 10, 5000, 0.9]])[0].argmax() == type_model.labels.index("discount")


def test_a_row_is_predicted_the_same_alone_and_among_others(model, values):
    alone = np.concatenate([model.predict(values[[row]]) for row in range(20)])
    assert alone.tobytes() == model.predict(values)[:20].tobytes()


def test_an_unknown_number_is_predicted_and_not_refused(model):
    assert np.isfinite(model.predict(np.full((1, 4), np.nan))).all()


def test_no_rows_are_answered_with_no_rows(model):
    nobody = np.empty((0, 4), np.float32)
    assert model.predict(nobody).shape == (0, len(model.labels))
    assert model.contributions(nobody).shape == (0, len(model.labels), 4)


@pytest.mark.parametrize("shape", [(2, 3), (2, 5), (4,)])
def test_rows_of_another_width_are_refused(model, shape):
    with pytest.raises(ValueError, match=f"the {model.task} model needs 4 features a row, got"):
        model.predict(np.zeros(shape))


@pytest.mark.parametrize("infinity", [np.inf, -np.inf])
def test_an_infinite_value_is_refused_by_the_name_of_its_feature(model, infinity):
    for read in (model.predict, model.contributions):
        with pytest.raises(ValueError, match="feature 'total_spend_90d' is infinite; leave it empty"):
            read(np.array([[1, 2, 3, 0.5], [1, 2, infinity, 0.5]]))


@pytest.mark.parametrize("name", ["churn_model", "lined_model"])
def test_contributions_to_leaving_add_up_with_one_base_to_the_calibrated_log_odds(name, values, request):
    model = request.getfixturevalue(name)
    retained, churned = model.predict(values).T
    parts = model.contributions(values)
    base = np.log(churned / retained) - parts[:, 1].sum(axis=1)
    assert base == pytest.approx(np.full(len(values), base[0]), abs=1e-9)
    assert not parts[:, 0].any()


def test_contributions_to_a_type_add_up_with_its_base_to_the_calibrated_log_probabilities(type_model, values):
    with_one_base_a_label = type_model.contributions(values).sum(axis=2)
    logs = np.log(type_model.predict(values))
    bases = (logs - logs[:, [0]]) - (with_one_base_a_label - with_one_base_a_label[:, [0]])
    assert bases == pytest.approx(np.tile(bases[0], (len(values), 1)), abs=1e-9)


def test_the_score_is_the_mean_of_trees_and_line_weighted_by_the_share(churn_model, lined_model, values):
    trees, line = churn_model.scores(values)[:, 1], lined_model.linear.scores(values)
    assert lined_model.scores(values)[:, 1] == pytest.approx(0.75 * trees + 0.25 * line, abs=1e-12)


def test_a_calibrated_probability_is_the_softmax_of_slope_times_score_plus_intercept(model, values):
    logits = model.calibration.slope * model.scores(values) + np.array(model.calibration.intercepts)
    assert np.log(model.predict(values)) == pytest.approx(log_softmax(logits, axis=1), abs=1e-12)


def test_the_feature_hash_depends_on_the_order_of_features(churn_model):
    turned = replace(churn_model, features=churn_model.features[::-1])
    assert turned.feature_hash != churn_model.feature_hash


SEASON = Season(tuple(week * 604_800.0 for week in range(60)), tuple(np.sin(np.arange(60) / 8).tolist()), 0.5)


def test_a_model_with_a_season_comes_back_with_it(model, tmp_path):
    seasonal = replace(model, season=SEASON)
    seasonal.save(tmp_path / "model")
    assert Model.load(tmp_path / "model") == seasonal


def test_at_a_cutoff_the_season_moves_the_log_odds_of_the_last_label(model, values):
    cutoff = datetime(1971, 6, 1, tzinfo=UTC)
    at = replace(model, season=SEASON).at(cutoff)
    before, after = (np.log(found.predict(values)) for found in (model, at))
    moved = (after[:, -1] - after[:, 0]) - (before[:, -1] - before[:, 0])
    np.testing.assert_allclose(moved, SEASON.offset(cutoff), atol=1e-9)
    assert at.at(cutoff) is at, "the season is in it already"


def test_a_model_without_a_season_is_the_same_at_any_cutoff(model):
    assert model.at(datetime(2026, 1, 1, tzinfo=UTC)) is model


def test_other_horizons_and_the_spread_are_written_and_read_back(churn_model, values, tmp_path):
    week = replace(churn_model, horizon_days=7, calibration=Calibration(1.0, (0.0, 2.0)))
    whole = replace(churn_model, spread=Spread((0.0,), (0.3,)), within=(week,))
    whole.save(tmp_path)
    loaded = Model.load(tmp_path)
    churned = loaded.predict(values)[:, 1]
    assert loaded.horizons_days == (7, 28)
    np.testing.assert_array_equal(loaded.order_within(values, churned), whole.order_within(values, churned))
    np.testing.assert_array_equal(loaded.interval(churned), whole.interval(churned))


def test_one_minus_the_churn_probability_is_the_order_within_the_model_s_own_horizon(churn_model, values):
    whole = replace(churn_model, within=(replace(churn_model, horizon_days=56),))
    churned = whole.predict(values)[:, 1]
    curve = whole.order_within(values, churned)
    np.testing.assert_array_equal(curve[:, 0], 1 - churned)
    assert (curve[:, 1] >= curve[:, 0]).all()


def test_a_model_whose_spread_was_not_measured_says_how_to_get_it(churn_model):
    with pytest.raises(ValueError, match="does not know how sure it is; run: regulars train churn"):
        churn_model.interval(np.array([0.5]))
