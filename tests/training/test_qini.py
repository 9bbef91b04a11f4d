import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.qini import qini_coefficient, qini_curve


def drawn(seed, count=200):
    random = np.random.default_rng(seed)
    treated = (random.random(count) < 0.5).astype(float)
    treated[:2] = 0, 1
    outcome = (random.random(count) < 0.3).astype(float)
    outcome[:2] = 0, 1
    return outcome, random.integers(0, 12, count).astype(float), treated


def test_six_customers_worked_by_hand():
    outcome, treated = [1, 0, 1, 1, 0, 0], [1, 0, 1, 0, 1, 0]
    x, curve = qini_curve(outcome, [6, 5, 4, 3, 2, 1], treated)
    assert x.tolist() == [0, 1, 2, 3, 4, 5, 6]
    # one event; one; two; two less one of two controls for two treated; for three treated; one of three controls
    assert curve.tolist() == pytest.approx([0, 1, 1, 2, 2 - 1 * 2 / 2, 2 - 1 * 3 / 2, 2 - 1 * 3 / 3])


def by_definition(outcome, uplift, treated):
    """The curve counted anew at each distinct score."""
    points = [(0.0, 0.0)]
    for edge in sorted(set(uplift), reverse=True):
        above = uplift >= edge
        t, c = (above & (treated == 1)).sum(), (above & (treated == 0)).sum()
        events = outcome[above & (treated == 1)].sum(), outcome[above & (treated == 0)].sum()
        points.append((above.sum(), events[0] - (events[1] * t / c if c else 0.0)))
    return np.array(points)


@given(st.integers(0, 10_000))
def test_the_curve_is_that_of_its_definition(seed):
    outcome, uplift, treated = drawn(seed)
    x, curve = qini_curve(outcome, uplift, treated)
    np.testing.assert_allclose(np.column_stack([x, curve]), by_definition(outcome, uplift, treated))


@given(st.integers(0, 10_000))
def test_only_the_order_counts_and_nothing_is_better_than_perfect(seed):
    outcome, uplift, treated = drawn(seed)
    found = qini_coefficient(outcome, uplift, treated)
    assert found == pytest.approx(qini_coefficient(outcome, np.exp(uplift), treated))
    perfect = outcome * treated - outcome * (1 - treated)
    assert found <= qini_coefficient(outcome, perfect, treated) == pytest.approx(1)


@given(st.integers(0, 10_000))
def test_the_same_score_for_everybody_is_as_good_as_chance(seed):
    outcome, uplift, treated = drawn(seed)
    assert qini_coefficient(outcome, np.zeros(len(uplift)), treated) == pytest.approx(0)


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(ValueError, match="needs treated customers and controls"):
        qini_curve([1, 0], [1, 2], [1, 1])
    with pytest.raises(ValueError, match="lengths differ"):
        qini_curve([1, 0], [1, 2, 3], [1, 0])
    with pytest.raises(ValueError, match="outcomes do not differ"):
        qini_coefficient([0, 0, 0, 0], [1, 2, 3, 4], [1, 0, 1, 0])
