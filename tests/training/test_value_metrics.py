import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.value_metrics import mean_absolute_error, normalised_gini, total_ratio

AMOUNTS = st.lists(st.floats(0, 1e6), min_size=2, max_size=40).filter(
    lambda v: max(v) > 1 and len(set(v)) > 1
)


@given(AMOUNTS)
def test_the_true_order_has_1_and_the_reverse_less(amounts):
    y = np.array(amounts)
    assert normalised_gini(y, 3 * y + 1) == pytest.approx(1)
    assert normalised_gini(y, -y) == pytest.approx(-1)


@given(AMOUNTS)
def test_the_same_for_everybody_has_0(amounts):
    assert normalised_gini(np.array(amounts), np.ones(len(amounts))) == pytest.approx(0, abs=1e-9)


@given(AMOUNTS, st.randoms())
def test_the_order_of_the_rows_does_not_matter(amounts, random):
    said = [random.choice([1.0, 2.0]) for _ in amounts]
    places = random.sample(range(len(amounts)), len(amounts))
    y, p = np.array(amounts), np.array(said)
    assert normalised_gini(y[places], p[places]) == pytest.approx(normalised_gini(y, p), abs=1e-9)


def test_errors_and_totals_are_what_they_say():
    assert mean_absolute_error([10, 20], [12, 14]) == 4
    assert total_ratio([10, 30], [20, 18]) == 0.95


@pytest.mark.parametrize("metric", [normalised_gini, total_ratio])
def test_where_nothing_came_no_ratio_is_made_up(metric):
    with pytest.raises(ValueError, match=r"none of 2 amounts is above 0|total 0"):
        metric([0.0, 0.0], [1.0, 2.0])
