import numpy as np
import pytest

from training.gammagamma import GammaGamma


@pytest.fixture(scope="module")
def drawn():
    """Orders and their mean value with p 6, q 4 and gamma 15, whose mean is 30, and what orders really cost."""
    random = np.random.default_rng(2)
    orders = random.integers(1, 12, 40_000)
    nu = random.gamma(4, 1 / 15, 40_000)
    means = random.gamma(6.0 * orders, 1 / (nu * orders))
    return orders, means, 6 / nu


def test_the_parameters_that_made_the_values_are_found_again(drawn):
    orders, means, _ = drawn
    found = GammaGamma.fit(orders, means)
    assert found.p * found.gamma / (found.q - 1) == pytest.approx(30, rel=0.05)
    assert (found.p, found.q) == (pytest.approx(6, rel=0.15), pytest.approx(4, rel=0.15))


def test_the_unit_of_money_changes_the_scale_alone(drawn):
    orders, means, _ = drawn
    euros, cents = GammaGamma.fit(orders, means), GammaGamma.fit(orders, 100 * means)
    np.testing.assert_allclose(
        (cents.p, cents.q, cents.gamma / 100), (euros.p, euros.q, euros.gamma), rtol=1e-3
    )


def test_what_an_order_costs_is_told_better_than_by_the_customer_s_own_mean(drawn):
    orders, means, truth = drawn
    said = GammaGamma.fit(orders, means).expected_value(orders, means)
    assert np.abs(said - truth).mean() < np.abs(means - truth).mean()


def test_who_has_not_ordered_is_told_the_mean_of_the_shop_and_who_has_often_the_own(drawn):
    model = GammaGamma.fit(*drawn[:2])
    nobody, regular = model.expected_value([0, 10_000], [np.nan, 12.0])
    assert nobody == pytest.approx(30, rel=0.05)
    assert regular == pytest.approx(12, rel=0.01)


@pytest.mark.parametrize(
    ("orders", "means", "match"),
    [
        ([1, 2], [3.0], "2 numbers of orders and 1 values"),
        ([], [], "0 numbers of orders"),
        ([1, 0], [3.0, 3.0], "1 of 2 customers have no order of a positive value; the first is row 1"),
        ([1, 1], [3.0, -3.0], "the first is row 1 with 1 orders of -3"),
    ],
)
def test_values_that_are_none_are_refused(orders, means, match):
    with pytest.raises(ValueError, match=match):
        GammaGamma.fit(orders, means)


def test_values_without_a_mean_are_not_foretold():
    with pytest.raises(ValueError, match=r"q is 0\.900: values spread so far"):
        GammaGamma(1.0, 0.9, 1.0).expected_value([1], [1.0])
