import pandas as pd
import pytest

from models.pyfunc import ProbabilityModel, _load_pyfunc


@pytest.fixture
def frame(churn_model, values):
    return pd.DataFrame(values[:6], columns=list(churn_model.features), index=list("abcdef"))


def test_a_frame_gets_the_probabilities_of_the_artifact_under_its_labels(churn_model, values, frame):
    found = ProbabilityModel(churn_model).predict(frame)
    assert list(found.columns) == ["retained", "churned"]
    assert list(found.index) == list("abcdef")
    assert found.to_numpy().tobytes() == churn_model.predict(values[:6]).tobytes()


def test_the_order_of_the_frames_columns_does_not_matter_and_others_are_ignored(churn_model, frame):
    wrapped = ProbabilityModel(churn_model)
    turned = frame[frame.columns[::-1]].assign(name="someone")
    pd.testing.assert_frame_equal(wrapped.predict(turned), wrapped.predict(frame))


def test_missing_features_are_counted_and_named(churn_model, frame):
    with pytest.raises(
        ValueError, match="the frame lacks 2 features of the model: cadence_days, total_spend_90d"
    ):
        ProbabilityModel(churn_model).predict(frame.drop(columns=["cadence_days", "total_spend_90d"]))


def test_what_mlflow_loads_is_the_saved_folder(churn_model, frame, tmp_path):
    churn_model.save(tmp_path)
    expected = ProbabilityModel(churn_model).predict(frame)
    pd.testing.assert_frame_equal(_load_pyfunc(str(tmp_path)).predict(frame), expected)
