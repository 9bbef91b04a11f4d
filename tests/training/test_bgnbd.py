import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.special import hyp2f1
from scipy.stats import beta

from training.bgnbd import BGNBD, _beta_rule, _loss
from training.btyd import checked, distinct

TRUE = BGNBD(r=0.8, alpha=6.0, a=0.9, b=3.0)
HORIZON = 20.0

positive = st.floats(0.05, 20)
models = st.builds(BGNBD, r=positive, alpha=positive, a=positive, b=positive)


@st.composite
def histories(draw):
    age, orders = draw(st.floats(1, 500)), draw(st.integers(0, 200))
    return orders, age * draw(st.floats(0.01, 1)) if orders else 0.0, age


@pytest.fixture(scope="module")
def buyers():
    """Simulate x, t_x and T of 12,000 customers of TRUE, and their orders in the horizon after T."""
    generator, n = np.random.default_rng(5), 12_000
    rate, leaving = generator.gamma(TRUE.r, 1 / TRUE.alpha, n), generator.beta(TRUE.a, TRUE.b, n)
    age = generator.uniform(20, 60, n)
    x, t_x, ahead, now, alive = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), np.ones(n, bool)
    while alive.any():
        now = now + generator.exponential(1 / rate)
        seen, later = alive & (now <= age), alive & (now > age) & (now <= age + HORIZON)
        x, t_x, ahead = x + seen, np.where(seen, now, t_x), ahead + later
        alive = (seen | later) & (generator.random(n) >= leaving)
    return x, t_x, age, ahead


def test_parameters_are_recovered_from_simulated_customers(buyers):
    fitted = BGNBD.fit(*buyers[:3])
    assert fitted.r == pytest.approx(TRUE.r, rel=0.08)
    assert fitted.alpha == pytest.approx(TRUE.alpha, rel=0.10)
    assert fitted.a / (fitted.a + fitted.b) == pytest.approx(TRUE.a / (TRUE.a + TRUE.b), rel=0.08)


def test_no_other_parameters_are_likelier_than_the_fitted_ones(buyers):
    fitted = BGNBD.fit(*buyers[:3])
    best = fitted.log_likelihood(*buyers[:3]).sum()
    for change in np.random.default_rng(0).uniform(0.8, 1.25, size=(20, 4)):
        r, alpha, a, b = change * (fitted.r, fitted.alpha, fitted.a, fitted.b)
        assert BGNBD(r, alpha, a, b).log_likelihood(*buyers[:3]).sum() < best


def test_the_unit_of_time_changes_nothing_but_alpha(buyers):
    x, t_x, age, _ = buyers
    weeks, days = BGNBD.fit(x, t_x, age), BGNBD.fit(x, 7 * t_x, 7 * age)
    assert days.alpha == pytest.approx(7 * weeks.alpha, rel=1e-4)
    assert (days.r, days.a, days.b) == pytest.approx((weeks.r, weeks.a, weeks.b), rel=1e-4)


def test_expected_purchases_match_what_simulated_customers_then_buy(buyers):
    x, t_x, age, ahead = buyers
    for group in (x == 0, (x > 0) & (x < 4), x >= 4):
        expected = TRUE.expected_purchases(HORIZON, x[group], t_x[group], age[group])
        assert expected.mean() == pytest.approx(
            ahead[group].mean(), abs=4 * ahead[group].std() / group.sum() ** 0.5
        )


def test_the_probability_of_no_purchase_matches_simulated_customers(buyers):
    x, t_x, age, ahead = buyers
    none = TRUE.probability_of_no_purchase(HORIZON, x, t_x, age)
    for group in (none < 0.4, (none >= 0.4) & (none < 0.8), none >= 0.8):
        assert none[group].mean() == pytest.approx((ahead[group] == 0).mean(), abs=0.03)


def test_expected_purchases_equal_the_published_closed_form():
    r, alpha, a, b = 0.243, 4.414, 0.793, 2.426
    x, t_x, age, t = 2, 30.43, 38.86, 39.0
    series = hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + age + t))
    ahead = (a + b + x - 1) / (a - 1) * (1 - ((alpha + age) / (alpha + age + t)) ** (r + x) * series)
    published = ahead / (1 + a / (b + x - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x))
    assert BGNBD(r, alpha, a, b).expected_purchases(t, x, t_x, age)[0] == pytest.approx(published, rel=1e-10)


@given(models, histories(), st.floats(0, 300), st.floats(0.1, 300))
@settings(max_examples=60, deadline=None)
def test_expected_purchases_grow_with_the_horizon(model, history, horizon, more):
    near, far = (model.expected_purchases(h, *history)[0] for h in (horizon, horizon + more))
    assert 0 <= near <= far
    assert np.isfinite(far)


@given(models, histories(), st.floats(0, 300), st.floats(0, 300))
@settings(max_examples=60, deadline=None)
def test_no_purchase_gets_less_likely_with_the_horizon_and_never_below_having_left(model, history, one, two):
    near, far = (model.probability_of_no_purchase(h, *history)[0] for h in sorted((one, two)))
    assert 1 - model.probability_alive(*history)[0] - 1e-9 <= far <= near <= 1


@given(models, histories(), st.floats(0.1, 300))
@settings(max_examples=60, deadline=None)
def test_a_longer_silence_lowers_the_probability_of_being_alive(model, history, silence):
    x, t_x, age = history
    assert (
        model.probability_alive(x, t_x, age + silence)[0] <= model.probability_alive(x, t_x, age)[0] + 1e-12
    )


def test_nobody_leaves_before_a_repeat_order():
    assert TRUE.probability_alive([0, 0], [0, 0], [10, 1000]).tolist() == [1.0, 1.0]


def test_the_gradient_is_that_of_the_likelihood(buyers):
    few = distinct(*checked(*(part[:200] for part in buyers[:3])))
    at = np.log([0.5, 3.0, 0.7, 1.8])
    numeric = approx_fprime(at, lambda log_parameters: _loss(log_parameters, few)[0], 1e-7)
    assert _loss(at, few)[1] == pytest.approx(numeric, abs=1e-5)


@pytest.mark.parametrize(("a", "b"), [(0.5, 0.5), (1, 1), (0.3, 0.7), (3, 700), (1e-5, 1e5), (1e5, 1e5)])
def test_the_quadrature_has_the_moments_of_the_beta_distribution(a, b):
    node, weight = _beta_rule(a, b)
    mean, variance = beta.stats(a, b)
    assert weight.sum() == pytest.approx(1)
    assert node @ weight == pytest.approx(mean)
    assert (node - mean) ** 2 @ weight == pytest.approx(variance, rel=1e-6)


def test_where_nobody_ever_leaves_the_fit_is_finite_and_everybody_is_alive():
    generator = np.random.default_rng(3)
    x = generator.poisson(40 * generator.gamma(2.0, 0.5, 500)) + 1.0
    t_x, age = 40 * x / (x + 1), np.full(500, 40.0)
    model = BGNBD.fit(x, t_x, age)
    assert model.probability_alive(x, t_x, age).min() > 0.9
    assert np.isfinite(model.expected_purchases(10, x, t_x, age)).all()


def test_a_negative_horizon_is_refused():
    with pytest.raises(ValueError, match="horizon is -1"):
        TRUE.expected_purchases(-1, 0, 0, 5)
