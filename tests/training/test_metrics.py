import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.metrics import (
    auroc,
    average_precision,
    brier,
    calibration_error,
    calibration_excess,
    equal_mass_bins,
    f1_by_class,
    gains_at,
    lift_at,
    log_loss,
    macro_auroc,
    macro_f1,
    normalised_gini,
)

LABELS = ("value", "price", "reward")


def calibrated(rows, seed=0):
    """Return outcomes drawn from the probabilities beside them: a perfectly calibrated model."""
    generator = np.random.default_rng(seed)
    p = generator.beta(1, 5, rows)
    return (generator.random(rows) < p).astype(int), p


def calibrated_classes(rows, seed=0):
    generator = np.random.default_rng(seed)
    p = generator.dirichlet([1.0, 2.0, 0.5], rows)
    return (p.cumsum(axis=1) < generator.random((rows, 1))).sum(axis=1), p


@pytest.mark.parametrize("rows", [100, 1000, 20_000])
def test_a_perfectly_calibrated_model_has_no_calibration_excess_for_any_number_of_rows(rows):
    excess = [calibration_excess(*calibrated(rows, seed), draws=200) for seed in range(40)]
    assert abs(np.mean(excess)) < 0.12 / rows**0.5


def test_the_calibration_error_of_a_perfectly_calibrated_model_shrinks_with_rows_only():
    assert calibration_error(*calibrated(300)) > 3 * calibration_error(*calibrated(30_000))


def test_several_classes_have_no_calibration_excess_when_calibrated():
    excess = [calibration_excess(*calibrated_classes(2000, seed), draws=200) for seed in range(20)]
    assert abs(np.mean(excess)) < 0.003


def test_inflated_probabilities_show_as_calibration_excess():
    y, p = calibrated(5000)
    inflated = np.minimum(1.0, p + 0.1)
    assert calibration_excess(y, inflated) == pytest.approx(0.1, abs=0.02)


def test_the_same_seed_gives_the_same_excess():
    y, p = calibrated(500)
    assert calibration_excess(y, p, seed=3) == calibration_excess(y, p, seed=3)
    assert calibration_excess(y, p, seed=3) != calibration_excess(y, p, seed=4)


def test_a_constant_prediction_errs_by_its_distance_from_the_rate():
    assert calibration_error([1, 0, 0, 0], [0.5] * 4) == pytest.approx(0.25)


def test_bins_hold_equal_mass_and_never_part_equal_probabilities():
    p = np.random.default_rng(1).random(1500)
    assert np.bincount(equal_mass_bins(p, 15)).tolist() == [100] * 15
    tied = np.repeat([0.1, 0.2], [1000, 500])
    assert len(set(zip(tied, equal_mass_bins(tied, 15), strict=True))) == 2


@given(st.integers(0, 10_000), st.integers(2, 60))
@settings(max_examples=50, deadline=None)
def test_the_order_of_the_rows_changes_no_figure(seed, rows):
    generator = np.random.default_rng(seed)
    y, p = np.arange(rows) % 2, np.round(generator.random(rows), 1)
    shuffled = generator.permutation(rows)
    for figure in (auroc, average_precision, brier, log_loss, calibration_error, lift_at, normalised_gini):
        assert figure(y[shuffled], p[shuffled]) == pytest.approx(figure(y, p), abs=1e-12), figure.__name__


def test_ranking_figures_do_not_see_a_monotone_change_of_scores():
    y, p = calibrated(400)
    for figure in (auroc, average_precision, lift_at):
        assert figure(y, np.log(p)) == pytest.approx(figure(y, p))


def test_truth_is_the_best_probability_in_brier_and_log_loss():
    y, p = calibrated(20_000)
    for wrong in (p**0.7, p**1.4, np.full_like(p, y.mean())):
        assert brier(y, p) < brier(y, wrong)
        assert log_loss(y, p) < log_loss(y, wrong)


def test_log_loss_of_two_columns_is_that_of_one():
    y, p = calibrated(200)
    assert log_loss(y, np.column_stack([1 - p, p])) == pytest.approx(log_loss(y, p))


def test_one_sure_mistake_leaves_log_loss_finite():
    assert 17 < log_loss([1, 0], [0.0, 0.0]) < 18


def test_a_perfect_ranking_lifts_by_the_inverse_of_the_share_or_of_the_rate():
    y = np.repeat([1, 0], [20, 80])
    assert lift_at(y, y, share=0.1) == pytest.approx(5.0)
    assert lift_at(y, y, share=0.5) == pytest.approx(2.0)


def test_equal_scores_lift_nothing():
    assert lift_at([1, 0, 0, 0], [0.3] * 4, share=0.25) == pytest.approx(1.0)


def test_a_share_is_a_share():
    with pytest.raises(ValueError, match="share is 10; give a share of the rows"):
        lift_at([1, 0], [0.1, 0.2], share=10)


def test_lift_needs_an_event_and_auroc_both_outcomes():
    with pytest.raises(ValueError, match="none of 2 rows is an event"):
        lift_at([0, 0], [0.1, 0.2])
    for figure in (auroc, average_precision):
        with pytest.raises(ValueError, match="rows of both outcomes are needed"):
            figure([1, 1], [0.1, 0.2])


def test_macro_auroc_of_two_classes_is_auroc():
    y, p = calibrated(300)
    assert macro_auroc(y, np.column_stack([1 - p, p])) == pytest.approx(auroc(y, p))


def test_macro_auroc_leaves_out_a_class_that_does_not_occur():
    p = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.6, 0.3, 0.1]])
    assert macro_auroc([0, 1, 0], p) == 1.0
    with pytest.raises(ValueError, match="3 rows hold 1 class"):
        macro_auroc([0, 0, 0], p)


def test_f1_is_reported_by_label_and_nan_where_a_class_is_neither_seen_nor_predicted():
    scores = f1_by_class([0, 0, 1], [0, 1, 1], LABELS)
    assert scores["value"] == pytest.approx(2 / 3)
    assert scores["price"] == pytest.approx(2 / 3)
    assert np.isnan(scores["reward"])


def test_macro_f1_is_the_mean_over_classes_whatever_their_size():
    y, guess = [0] * 98 + [1, 2], [0] * 98 + [0, 0]
    assert macro_f1(y, guess) == pytest.approx((2 * 98 / 198) / 3)
    assert macro_f1(y, y) == 1.0


def test_f1_needs_as_many_predictions_as_outcomes():
    with pytest.raises(ValueError, match="2 outcomes and 1 predictions"):
        f1_by_class([0, 1], [0], LABELS)


def test_normalised_gini_runs_from_the_own_order_to_its_reverse():
    amount = np.array([0.0, 3.0, 10.0, 1.0])
    assert normalised_gini(amount, amount * 2 + 1) == pytest.approx(1.0)
    assert normalised_gini(amount, -amount) == pytest.approx(-1.0)
    assert normalised_gini(amount, np.ones(4)) == pytest.approx(0.0)


def test_normalised_gini_of_an_outcome_is_twice_auroc_minus_one():
    y, p = calibrated(500)
    assert normalised_gini(y, p) == pytest.approx(2 * auroc(y, p) - 1)


def test_equal_amounts_have_no_order_to_predict():
    with pytest.raises(ValueError, match="all 2 amounts are 3"):
        normalised_gini([3, 3], [1, 2])


def test_at_least_one_bin_is_needed():
    with pytest.raises(ValueError, match="bins is 0"):
        calibration_error([0, 1], [0.1, 0.9], bins=0)


def test_what_a_share_reaches_over_the_share_is_its_lift():
    random = np.random.default_rng(2)
    p = random.random(200)
    y = (random.random(200) < p).astype(int)
    shares = np.array([0.1, 0.25, 0.5])
    reached = gains_at(y, p, shares)
    assert reached / shares == pytest.approx([lift_at(y, p, share) for share in shares])
    assert gains_at(y, p, [0, 1]).tolist() == [0, 1]
