import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training import metrics, weighted

PAIRS = [
    (weighted.weighted_auroc, metrics.auroc),
    (weighted.weighted_average_precision, metrics.average_precision),
    (weighted.weighted_brier, metrics.brier),
    (weighted.weighted_log_loss, metrics.log_loss),
]


def rows(seed, count=40):
    """Return outcomes, scores with ties, and whole weights of three draws; both outcomes always weigh."""
    generator = np.random.default_rng(seed)
    weights = generator.integers(0, 4, size=(3, count)).astype(float)
    weights[:, :2] = 1
    return (np.arange(count) % 2).astype(float), np.round(generator.random(count), 1), weights


@pytest.mark.parametrize(("fast", "plain"), PAIRS)
@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_a_weight_of_two_is_a_row_given_twice(fast, plain, seed):
    y, p, weights = rows(seed)
    copies = [np.repeat(np.arange(len(y)), counts.astype(int)) for counts in weights]
    assert fast(y, p, weights) == pytest.approx([plain(y[copy], p[copy]) for copy in copies])


@pytest.mark.parametrize(("fast", "plain"), PAIRS)
def test_weights_of_one_give_the_plain_figure(fast, plain):
    y, p, _ = rows(1)
    assert fast(y, p, np.ones((1, len(y))))[0] == pytest.approx(plain(y, p))


def test_several_classes_are_weighed_like_repeated_rows():
    generator = np.random.default_rng(2)
    p, y = generator.dirichlet(np.ones(3), 60), np.arange(60.0) % 3
    weights = generator.integers(1, 4, size=(3, 60)).astype(float)
    for fast, plain in (
        (weighted.weighted_macro_auroc, metrics.macro_auroc),
        (weighted.weighted_log_loss, metrics.log_loss),
    ):
        assert fast(y, p, weights) == pytest.approx(weighted.repeated(plain)(y, p, weights))


def test_any_metric_can_be_weighed_by_repeating_rows():
    y, p, weights = rows(3)
    expected = weighted.weighted_brier(y, p, weights)
    assert weighted.repeated(metrics.brier)(y, p, weights) == pytest.approx(expected)


def test_a_draw_without_an_event_has_no_auroc():
    y, p, weights = rows(4)
    assert np.isnan(weighted.weighted_auroc(y, p, weights * (y == 0))).all()
