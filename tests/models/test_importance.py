from dataclasses import replace

import numpy as np
import pytest

from models import importance as module
from models.importance import importance
from models.reasons import reasons

SEGMENTS = ("recent", "silent")


@pytest.fixture
def codes(values):
    return (values[:, 0] > 45).astype(np.int64)


def _effects(model, values, driver):
    rows = reasons(model, values, top=9)
    return np.array([next(reason.effect for reason in row if reason.driver == driver) for row in rows])


def test_importance_is_the_mean_size_of_the_effects_and_the_largest_comes_first(churn_model, values):
    found = importance(churn_model, values).of()
    assert next(iter(found)) == "recency"
    assert found["recency"] == pytest.approx(np.abs(_effects(churn_model, values, "recency")).mean())
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_importance_in_a_segment_is_that_of_its_rows_alone(churn_model, values, codes):
    found = importance(churn_model, values, codes, SEGMENTS)
    for code, segment in enumerate(SEGMENTS):
        alone = importance(churn_model, values[codes == code]).of()
        assert found.of(segment) == pytest.approx({driver: alone[driver] for driver in found.drivers})


def test_segments_weighted_by_their_rows_give_importance_over_everybody(churn_model, values, codes):
    found = importance(churn_model, values, codes, SEGMENTS)
    assert found.rows.sum() == len(values)
    np.testing.assert_allclose(found.rows @ found.by_segment / len(values), found.overall)


def test_the_signed_effect_says_whether_a_driver_speaks_for_leaving_in_a_segment(churn_model, values, codes):
    found = importance(churn_model, values, codes, SEGMENTS)
    recency = found.drivers.index("recency")
    recent, silent = found.effect[:, recency]
    assert recent < 0 < silent
    assert silent == pytest.approx(_effects(churn_model, values[codes == 1], "recency").mean())


def test_a_row_of_no_segment_counts_over_everybody_only(churn_model, values, codes):
    codes[:100] = -1
    found = importance(churn_model, values, codes, SEGMENTS)
    assert found.rows.sum() == len(values) - 100
    assert found.of() == pytest.approx(importance(churn_model, values).of())


def test_a_segment_without_rows_has_no_importance(churn_model, values, codes):
    found = importance(churn_model, values, codes, (*SEGMENTS, "nobody"))
    assert found.rows[2] == 0
    assert np.isnan(found.by_segment[2]).all()
    assert np.isnan(found.effect[2]).all()


def test_the_chunks_in_which_rows_are_read_change_nothing(churn_model, values, codes, monkeypatch):
    whole = importance(churn_model, values, codes, SEGMENTS)
    monkeypatch.setattr(module, "_CHUNK", 7)
    small = importance(churn_model, values, codes, SEGMENTS)
    np.testing.assert_allclose(small.by_segment, whole.by_segment)


def test_importance_in_a_model_of_several_labels_is_the_mean_over_all_of_them(type_model, values):
    effects = np.abs(type_model.contributions(values))
    one_driver_a_feature = {name: effects[..., i].mean() for i, name in enumerate(type_model.features)}
    found = importance(type_model, values).of()
    assert sum(found.values()) <= sum(one_driver_a_feature.values()) * (1 + 1e-9)
    assert found["coupons"] == pytest.approx(one_driver_a_feature["coupon_line_share_90d"])


def test_a_steeper_calibration_makes_every_driver_weigh_more(churn_model, values):
    steeper = replace(churn_model, calibration=replace(churn_model.calibration, slope=2.6))
    once, twice = importance(churn_model, values).overall, importance(steeper, values).overall
    np.testing.assert_allclose(twice, 2 * once)


def test_no_rows_have_no_importance(churn_model):
    with pytest.raises(ValueError, match="mean over rows, and there are none"):
        importance(churn_model, np.empty((0, 4), np.float32))


def test_codes_of_another_number_of_rows_are_refused(churn_model, values):
    with pytest.raises(ValueError, match=r"400 rows and segment codes of shape \(3,\)"):
        importance(churn_model, values, np.array([0, 1, 0]), SEGMENTS)


@pytest.mark.parametrize("code", [-2, 2])
def test_a_code_that_names_no_segment_is_refused(churn_model, values, codes, code):
    codes[5] = code
    with pytest.raises(ValueError, match="there are 2 segments; give -1 to 1"):
        importance(churn_model, values, codes, SEGMENTS)


def test_an_unknown_segment_is_refused_with_those_that_there_are(churn_model, values, codes):
    with pytest.raises(LookupError, match="no segment 'gold'; there are: recent, silent"):
        importance(churn_model, values, codes, SEGMENTS).of("gold")
