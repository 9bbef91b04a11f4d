import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.histograms import SCORE, Histogram, histograms_of

VALUES = st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), min_size=1, max_size=80).map(
    np.array
)


@given(VALUES)
def test_shares_add_up_and_the_same_values_are_stable(values):
    histogram = Histogram.of(values)
    assert sum(histogram.shares) == pytest.approx(1)
    assert histogram.stability(values) == pytest.approx(0, abs=1e-9)
    assert histogram.missing == pytest.approx(np.isnan(values).mean())


@given(VALUES, VALUES)
def test_an_index_is_never_negative(then, now):
    assert Histogram.of(then).stability(now) >= 0


def test_the_further_values_move_the_larger_is_the_index():
    random = np.random.default_rng(1)
    histogram = Histogram.of(random.normal(0, 1, 5000))
    moved = [histogram.stability(random.normal(by, 1, 5000)) for by in (0, 0.3, 0.6, 1.2)]
    assert moved == sorted(moved)
    assert moved[0] < 0.02
    assert moved[2] > 0.25


def test_values_that_go_missing_are_a_drift():
    values = np.arange(100.0)
    now = np.where(np.arange(100) < 40, np.nan, values)
    assert Histogram.of(values).stability(now) > 1


def test_what_was_written_reads_back_the_same():
    histogram = Histogram.of(np.array([1.0, 2.0, np.nan, 4.0]))
    assert Histogram.from_json(histogram.to_json()) == histogram


@pytest.mark.parametrize("ask", [Histogram.of, Histogram.of(np.ones(3)).stability])
def test_without_a_value_nothing_is_said(ask):
    with pytest.raises(ValueError, match="there is none"):
        ask(np.empty(0))


def test_a_model_has_one_histogram_for_each_feature_and_one_for_its_score(model, values):
    assert set(histograms_of(model, values)) == {*model.features, SCORE}
