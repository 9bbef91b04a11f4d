"""BG/NBD: customers buy at their own rate and may leave after any order.

While alive a customer orders as a Poisson process with rate lambda ~ Gamma(r, alpha); after each order the
customer leaves with probability p ~ Beta(a, b). Source of every formula: Fader, Hardie and Lee (2005),
"Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model, Marketing Science 24(2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh_tridiagonal
from scipy.special import betaln, digamma, gammaln

from training.btyd import (
    FloatArray,
    Histories,
    checked,
    checked_horizon,
    distinct,
    maximise,
    order_rate,
    scaled,
)

_NODES = 48  # of the Gauss-Jacobi rule over the probability of leaving


@dataclass(frozen=True)
class BGNBD:
    """A fitted BG/NBD model; times are in the unit of the histories that it was fitted on.

    Attributes:
        r: shape of the distribution of order rates, above 0.
        alpha: its rate parameter, in units of time, above 0.
        a: first parameter of the distribution of the probability of leaving, above 0.
        b: its second parameter, above 0.

    Example:
        >>> model = BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> round(float(model.expected_purchases(39, [2], [30.43], [38.86])[0]), 2)
        1.23
    """

    r: float
    alpha: float
    a: float
    b: float

    @classmethod
    def fit(cls, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike) -> BGNBD:
        """Return the model of maximum likelihood (equation 6 of the paper, summed over customers).

        Args:
            frequency: (n,) order days after the first, x.
            recency: (n,) time from the first order to the last, t_x.
            age: (n,) time from the first order to the cutoff, T.

        Raises:
            ValueError: a history is impossible, or nobody repeated an order.
        """
        histories, scale = scaled(distinct(*checked(frequency, recency, age)))
        rate = order_rate(histories)
        starts = [(r, r / rate, a, b) for r, a, b in ((1.0, 0.5, 2.0), (0.3, 1.0, 3.0), (2.0, 0.1, 5.0))]
        best = maximise(lambda log_parameters: _loss(log_parameters, histories), starts)
        r, alpha, a, b = best.tolist()
        return cls(r, alpha * scale, a, b)

    def log_likelihood(
        self, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike
    ) -> FloatArray:
        """Return the log-likelihood (n,) of each history; the unit of time enters it as x log(unit)."""
        x, t_x, total = checked(frequency, recency, age)
        stayed, left = _log_branches(self.r, self.alpha, self.a, x, t_x, total, self.b)
        return _log_common(self.r, self.alpha, self.a, self.b, x) + np.logaddexp(stayed, left)

    def probability_alive(
        self, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike
    ) -> FloatArray:
        """Return the probability (n,) in [0, 1] that a customer has not left by the end of `age`.

        It is 1 without a repeat order, since this model lets nobody leave before one. Source: Fader, Hardie
        and Lee (2008), Computing P(alive) Using the BG/NBD Model.
        """
        x, t_x, total = checked(frequency, recency, age)
        stayed, left = _log_branches(self.r, self.alpha, self.a, x, t_x, total, self.b)
        return np.exp(stayed - np.logaddexp(stayed, left))

    def probability_of_no_purchase(
        self, horizon: float, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike
    ) -> FloatArray:
        """Return the probability (n,) in [0, 1] of no order within `horizon` after `age`.

        A customer who is alive orders next after an exponential time with rate lambda ~
        Gamma(r + x, alpha + T): 1 - P(alive) (1 - ((alpha + T) / (alpha + T + horizon)) ** (r + x)).

        Raises:
            ValueError: the horizon is negative, or a history is impossible.
        """
        x, t_x, total = checked(frequency, recency, age)
        span = checked_horizon(horizon) / (self.alpha + total)
        orders = -np.expm1(-(self.r + x) * np.log1p(span))
        return 1.0 - self.probability_alive(x, t_x, total) * orders

    def expected_purchases(
        self, horizon: float, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike
    ) -> FloatArray:
        """Return the expected number (n,) of order days within `horizon` after `age`.

        Equation 10 of the paper, before its integral over p is written as a hypergeometric function: a
        customer with rate lambda and probability of leaving p has (1 - exp(-lambda p t)) / p orders ahead.
        Lambda integrates in closed form and p ~ Beta(a, b + x) by Gauss-Jacobi quadrature, which stays exact
        at a = 1, where the closed form divides by zero, and for hundreds of orders.

        Raises:
            ValueError: the horizon is negative, or a history is impossible.
        """
        x, t_x, total = checked(frequency, recency, age)
        span = checked_horizon(horizon) / (self.alpha + total)
        ahead = np.empty_like(span)
        for orders in np.unique(x):
            rows = x == orders
            leaving, weight = _beta_rule(self.a, self.b + orders)
            exponent = -(self.r + orders) * np.log1p(np.outer(span[rows], leaving))
            ahead[rows] = (-np.expm1(exponent) / leaving) @ weight
        return self.probability_alive(x, t_x, total) * ahead


def _beta_rule(a: float, b: float) -> tuple[FloatArray, FloatArray]:
    """Nodes in (0, 1) and weights adding up to 1 that integrate smooth functions over Beta(a, b).

    Gauss-Jacobi quadrature after Golub and Welsch (1969), written on (0, 1) so that neither a tiny nor a huge
    a or b costs digits.
    """
    n, s = np.arange(1.0, _NODES), a + b - 2.0
    centre = (2 * n * (n + 1 + s) + s * a) / ((2 * n + s) * (2 * n + s + 2))
    spread = n * (n + b - 1) * (n + a - 1) / ((2 * n + s) ** 2 * (2 * n + s + 1))
    spread[1:] *= (n[1:] + s) / (2 * n[1:] + s - 1)  # 1 for the first, where it may be 0 / 0
    node, vector = eigh_tridiagonal(np.append(a / (a + b), centre), np.sqrt(spread))
    return np.maximum(node, np.finfo(np.float64).tiny), vector[0] ** 2


def _log_common(r: float, alpha: float, a: float, b: float, x: FloatArray) -> FloatArray:
    gamma: FloatArray = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    return gamma + np.asarray(betaln(a, b + x) - betaln(a, b), dtype=np.float64)


def _log_branches(
    r: float, alpha: float, a: float, x: FloatArray, t_x: FloatArray, total: FloatArray, b: float
) -> tuple[FloatArray, FloatArray]:
    """Log weights of "still here at T" and of "left right after the last order" (-inf without a repeat)."""
    stayed = -(r + x) * np.log(alpha + total)
    repeated = x > 0
    odds = np.where(repeated, a / np.where(repeated, b + x - 1.0, 1.0), 1.0)
    left = np.where(repeated, np.log(odds) - (r + x) * np.log(alpha + t_x), -np.inf)
    return stayed, left


def _loss(log_parameters: FloatArray, histories: Histories) -> tuple[float, FloatArray]:
    """Mean negative log-likelihood and its gradient, both in the logarithms of (r, alpha, a, b)."""
    r, alpha, a, b = np.exp(log_parameters).tolist()
    x, t_x, total, customers = histories
    stayed, left = _log_branches(r, alpha, a, x, t_x, total, b)
    either = np.logaddexp(stayed, left)
    alive = np.exp(stayed - either)
    value = _log_common(r, alpha, a, b, x) + either
    slope = np.stack(_slopes((r, alpha, a, b), histories, alive)) * np.exp(log_parameters)[:, None]
    return -float(np.average(value, weights=customers)), -np.average(slope, axis=1, weights=customers)


def _slopes(
    parameters: tuple[float, float, float, float], histories: Histories, alive: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Derivatives (m,) of the log-likelihood by r, alpha, a and b, given P(alive) at these parameters."""
    r, alpha, a, b = parameters
    x, t_x, total, _ = histories
    gone = 1.0 - alive
    log_time = alive * np.log(alpha + total) + gone * np.log(alpha + t_x)
    by_r = digamma(r + x) - digamma(r) + np.log(alpha) - log_time
    by_alpha = r / alpha - (r + x) * (alive / (alpha + total) + gone / (alpha + t_x))
    both = digamma(a + b) - digamma(a + b + x)
    by_b = both + digamma(b + x) - digamma(b) - gone / np.where(x > 0, b + x - 1.0, 1.0)
    return by_r, by_alpha, both + gone / a, by_b
