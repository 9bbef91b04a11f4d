import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.special import gammaln, hyp2f1

from training.btyd import checked, distinct
from training.paretonbd import ParetoNBD, _loss

TRUE = ParetoNBD(r=0.8, alpha=6.0, s=0.7, beta=12.0)
HORIZON = 20.0

positive = st.floats(0.05, 20)
models = st.builds(ParetoNBD, r=positive, alpha=positive, s=positive, beta=st.floats(0.05, 400))


@st.composite
def histories(draw):
    age, orders = draw(st.floats(1, 500)), draw(st.integers(0, 300))
    return orders, age * draw(st.floats(0.01, 1)) if orders else 0.0, age


@pytest.fixture(scope="module")
def buyers():
    """Simulate x, t_x and T of 12,000 customers of TRUE, and their orders in the horizon after T."""
    generator, n = np.random.default_rng(6), 12_000
    rate = generator.gamma(TRUE.r, 1 / TRUE.alpha, n)
    end = generator.exponential(1 / generator.gamma(TRUE.s, 1 / TRUE.beta, n))
    age = generator.uniform(20, 60, n)
    x, t_x, ahead, now = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    while (now < np.minimum(end, age + HORIZON)).any():
        now = now + generator.exponential(1 / rate)
        seen, later = now < np.minimum(end, age), (now >= age) & (now < np.minimum(end, age + HORIZON))
        x, t_x, ahead = x + seen, np.where(seen, now, t_x), ahead + later
    return x, t_x, age, ahead, end > age


def published_log_likelihood(model, x, t_x, age):
    """Return the closed form of the note for alpha above beta, exact while numbers are small."""
    r, alpha, s, beta = model.r, model.alpha, model.s, model.beta
    k = r + s + x
    last, end = (
        hyp2f1(k, s + 1, k + 1, (alpha - beta) / (alpha + time)) / (alpha + time) ** k for time in (t_x, age)
    )
    mass = 1 / ((alpha + age) ** (r + x) * (beta + age) ** s) + s / k * (last - end)
    return gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta) + np.log(mass)


def test_parameters_are_recovered_from_simulated_customers(buyers):
    fitted = ParetoNBD.fit(*buyers[:3])
    assert fitted.r == pytest.approx(TRUE.r, rel=0.1)
    assert fitted.alpha == pytest.approx(TRUE.alpha, rel=0.1)
    assert fitted.s == pytest.approx(TRUE.s, rel=0.25)
    assert fitted.beta == pytest.approx(TRUE.beta, rel=0.35)


def test_no_other_parameters_are_likelier_than_the_fitted_ones(buyers):
    fitted = ParetoNBD.fit(*buyers[:3])
    best = fitted.log_likelihood(*buyers[:3]).sum()
    for change in np.random.default_rng(0).uniform(0.8, 1.25, size=(20, 4)):
        r, alpha, s, beta = change * (fitted.r, fitted.alpha, fitted.s, fitted.beta)
        assert ParetoNBD(r, alpha, s, beta).log_likelihood(*buyers[:3]).sum() < best


def test_the_unit_of_time_changes_nothing_but_alpha_and_beta(buyers):
    x, t_x, age = buyers[:3]
    weeks, days = ParetoNBD.fit(x, t_x, age), ParetoNBD.fit(x, 7 * t_x, 7 * age)
    assert (days.alpha / 7, days.beta / 7) == pytest.approx((weeks.alpha, weeks.beta), rel=1e-3)
    assert (days.r, days.s) == pytest.approx((weeks.r, weeks.s), rel=1e-3)


@pytest.mark.parametrize("x", [0, 1, 5, 12])
def test_the_likelihood_equals_the_published_closed_form(x):
    model, t_x = ParetoNBD(0.55, 10.6, 0.61, 4.7), 20.0 if x else 0.0
    expected = published_log_likelihood(model, x, t_x, 38.9)
    assert model.log_likelihood(x, t_x, 38.9)[0] == pytest.approx(expected, abs=1e-8)


@given(models, histories())
@settings(max_examples=60, deadline=None)
def test_likelihood_and_probabilities_are_numbers_even_for_hundreds_of_orders(model, history):
    assert np.isfinite(model.log_likelihood(*history)[0])
    assert 0 <= model.probability_alive(*history)[0] <= 1


def test_the_probability_of_being_alive_matches_simulated_customers(buyers):
    x, t_x, age, _, alive = buyers
    here = TRUE.probability_alive(x, t_x, age)
    for group in (here < 0.4, (here >= 0.4) & (here < 0.8), here >= 0.8):
        assert here[group].mean() == pytest.approx(alive[group].mean(), abs=0.03)


def test_expected_purchases_match_what_simulated_customers_then_buy(buyers):
    x, t_x, age, ahead, _ = buyers
    for group in (x == 0, (x > 0) & (x < 4), x >= 4):
        expected = TRUE.expected_purchases(HORIZON, x[group], t_x[group], age[group])
        assert expected.mean() == pytest.approx(
            ahead[group].mean(), abs=4 * ahead[group].std() / group.sum() ** 0.5
        )


def test_the_probability_of_no_purchase_matches_simulated_customers(buyers):
    x, t_x, age, ahead, _ = buyers
    none = TRUE.probability_of_no_purchase(HORIZON, x, t_x, age)
    for group in (none < 0.4, (none >= 0.4) & (none < 0.8), none >= 0.8):
        assert none[group].mean() == pytest.approx((ahead[group] == 0).mean(), abs=0.03)


@given(models, histories(), st.floats(0, 300), st.floats(0.1, 300))
@settings(max_examples=60, deadline=None)
def test_expected_purchases_grow_with_the_horizon(model, history, horizon, more):
    near, far = (model.expected_purchases(h, *history)[0] for h in (horizon, horizon + more))
    assert 0 <= near <= far


@given(models, histories(), st.floats(0, 300), st.floats(0, 300))
@settings(max_examples=60, deadline=None)
def test_no_purchase_gets_less_likely_with_the_horizon_and_never_below_having_left(model, history, one, two):
    near, far = (model.probability_of_no_purchase(h, *history)[0] for h in sorted((one, two)))
    assert 1 - model.probability_alive(*history)[0] - 1e-9 <= far <= near + 1e-9 <= 1 + 1e-9


@given(models, histories(), st.floats(0.1, 300))
@settings(max_examples=60, deadline=None)
def test_a_longer_silence_lowers_the_probability_of_being_alive(model, history, silence):
    x, t_x, age = history
    assert model.probability_alive(x, t_x, age + silence)[0] <= model.probability_alive(x, t_x, age)[0] + 1e-9


def test_a_customer_who_ordered_just_now_is_alive():
    assert TRUE.probability_alive([3, 300], [40, 40], [40, 40]).tolist() == [1.0, 1.0]


def test_expected_purchases_are_smooth_where_s_is_one():
    below, at, above = (
        ParetoNBD(0.8, 6, s, 12).expected_purchases(20, 3, 20, 30)[0] for s in (1 - 1e-7, 1, 1 + 1e-7)
    )
    assert below == pytest.approx(at, rel=1e-6)
    assert above == pytest.approx(at, rel=1e-6)


def test_the_gradient_is_that_of_the_likelihood(buyers):
    few = distinct(*checked(*(part[:200] for part in buyers[:3])))
    at = np.log([0.5, 3.0, 0.7, 15.0])
    numeric = approx_fprime(at, lambda log_parameters: _loss(log_parameters, few)[0], 1e-7)
    assert _loss(at, few)[1] == pytest.approx(numeric, abs=1e-5)


def test_a_history_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="recency above the age"):
        TRUE.probability_alive(1, 10, 5)
