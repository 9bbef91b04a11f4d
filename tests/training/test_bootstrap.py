import numpy as np
import pytest

from training.bootstrap import Interval, interval, paired_difference
from training.metrics import brier, macro_f1
from training.weighted import repeated, weighted_auroc, weighted_brier


def scored(seed, customers=300, rows_each=1):
    """Return ids, outcomes drawn from the scores, and scores; a customer's rows are the same."""
    generator = np.random.default_rng(seed)
    p = generator.beta(1, 2, customers)
    y = (generator.random(customers) < p) * 1.0
    return tuple(np.repeat(part, rows_each) for part in (np.arange(customers).astype(str), y, p))


def test_about_95_in_100_intervals_hold_the_true_figure():
    truth = 1 / 3 - 1 / 6  # of E[p (1 - p)] for p ~ Beta(1, 2)
    found = [interval(weighted_brier, *scored(seed), draws=300) for seed in range(100)]
    assert 88 <= sum(one.low <= truth <= one.high for one in found) <= 100


def test_the_estimate_is_the_plain_figure_inside_its_interval():
    ids, y, p = scored(1)
    found = interval(weighted_brier, ids, y, p)
    assert found.low < found.estimate < found.high
    assert found.estimate == pytest.approx(brier(y, p))


def test_repeating_every_row_of_a_customer_narrows_nothing():
    once = interval(weighted_auroc, *scored(2))
    thrice = interval(weighted_auroc, *scored(2, rows_each=3))
    assert thrice.high - thrice.low == pytest.approx(once.high - once.low, rel=0.15)


def test_rows_that_count_as_customers_of_their_own_narrow_it_wrongly():
    ids, y, p = scored(2, rows_each=3)
    wrong = interval(weighted_auroc, np.arange(len(ids)), y, p)
    right = interval(weighted_auroc, ids, y, p)
    assert wrong.high - wrong.low < 0.7 * (right.high - right.low)


def test_a_model_is_no_better_than_itself():
    ids, y, p = scored(3)
    assert paired_difference(weighted_auroc, ids, y, p, p) == Interval(0.0, 0.0, 0.0)


def test_a_paired_difference_is_surer_than_two_intervals():
    ids, y, p = scored(4)
    near = np.clip(p + np.random.default_rng(0).normal(0, 0.05, len(p)), 0, 1)
    both = paired_difference(weighted_auroc, ids, y, p, near)
    alone = interval(weighted_auroc, ids, y, p)
    assert both.high - both.low < 0.5 * (alone.high - alone.low)


def test_swapping_the_models_turns_the_difference_round():
    ids, y, p = scored(5)
    ahead = paired_difference(weighted_brier, ids, y, p, 1 - p)
    behind = paired_difference(weighted_brier, ids, y, 1 - p, p)
    assert ahead == pytest.approx((-behind.estimate, -behind.high, -behind.low))


def test_the_order_of_the_rows_changes_nothing_but_chance():
    ids, y, p = scored(6)
    turned = interval(weighted_auroc, ids[::-1], y[::-1], p[::-1])
    assert turned == pytest.approx(interval(weighted_auroc, ids, y, p))


def test_memory_is_bounded_without_changing_the_draws(monkeypatch):
    whole = interval(weighted_auroc, *scored(7), draws=50)
    monkeypatch.setattr("training.bootstrap._WEIGHTS_AT_ONCE", 300 * 7)
    assert interval(weighted_auroc, *scored(7), draws=50) == pytest.approx(whole)


def test_any_metric_of_rows_has_an_interval():
    ids, y, p = scored(8)
    found = interval(repeated(macro_f1), ids, y, p > 0.5, draws=50)
    assert 0 <= found.low <= found.high <= 1


def test_a_figure_that_no_draw_defines_has_no_interval():
    found = interval(weighted_auroc, ["a", "b"], [0, 0], [0.1, 0.2], draws=5)
    assert np.isnan(found).all()


@pytest.mark.parametrize(
    ("settings", "message"), [({"draws": 0}, "draws is 0"), ({"level": 95}, "level is 95; give a share")]
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        interval(weighted_auroc, *scored(9), **settings)


def test_every_row_needs_a_customer():
    with pytest.raises(ValueError, match=r"have \[1, 2, 2\] rows"):
        interval(weighted_auroc, ["a"], [0, 1], [0.1, 0.2])
