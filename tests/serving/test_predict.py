"""Claims about predicting, object level."""

from types import SimpleNamespace

import pytest

from serving.predict import predict
from serving.problems import ProblemError
from serving.schemas import PredictAsked


@pytest.fixture
def state(generation):
    return SimpleNamespace(
        generation=lambda: generation, hidden=lambda _: lambda customer: customer == "carl"
    )


def test_answers_come_in_the_order_of_the_request(state):
    found = predict(state, PredictAsked(ids=["zoë 1", "anna", "zoë 1"]))["predictions"]
    assert [prediction["customer_id"] for prediction in found] == ["zoë 1", "anna", "zoë 1"]


def test_one_unknown_id_refuses_the_request_and_says_where(state):
    with pytest.raises(ProblemError, match=r"2 of 3 ids were not scored, first ids\.1"):
        predict(state, PredictAsked(ids=["anna", "nobody", "carl"]))


def test_a_raw_row_is_answered_like_the_customer_whose_it_is(state, matrix):
    row = dict(zip(matrix.names, matrix.values[1].tolist(), strict=True))
    of_row = predict(state, PredictAsked(rows=[row]))["predictions"][0]
    of_customer = predict(state, PredictAsked(ids=[matrix.customer_ids[1]]))["predictions"][0]
    assert of_row | {"customer_id": matrix.customer_ids[1]} == of_customer
    low, high = of_row["churn_interval"]
    assert low < of_row["churn_probability"] < high
    assert of_row["order_within"]["7"] <= of_row["order_within"]["28"]


def test_a_feature_left_out_is_unknown(state):
    rows = [{"days_since_last_order": 90.0}, {"days_since_last_order": 90.0, "order_count_90d": None}]
    first, second = predict(state, PredictAsked(rows=rows))["predictions"]
    assert first == second


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({}, "holds no feature"),
        ({"age": 3.0}, "has a feature that the models do not know: age"),
        ({"order_count_90d": 1e39}, "larger than a single-precision number"),
        ({"order_count_90d": -1e300}, "larger than a single-precision number"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused(state, row, message):
    with pytest.raises(ProblemError, match=message):
        predict(state, PredictAsked(rows=[{"order_count_90d": 1.0}, row]))


def test_the_band_is_that_of_the_generation(state, generation):
    found = predict(state, PredictAsked(ids=["zoë 1"]))["predictions"][0]
    assert found["band"] == generation.band_of(generation.row("zoë 1"))
