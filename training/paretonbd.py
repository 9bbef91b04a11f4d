"""Pareto/NBD: customers buy at their own rate and may leave at any time.

While alive a customer orders as a Poisson process with rate lambda ~ Gamma(r, alpha), and stays for an
exponential time with rate mu ~ Gamma(s, beta). Sources: Schmittlein, Morrison and Colombo (1987), Counting
Your Customers: Who Are They and What Will They Do Next?, Management Science 33(1); Fader and Hardie (2005), A
Note on Deriving the Pareto/NBD Model and Related Expressions, called "the note" below.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, gammaln, roots_legendre

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

_ROOTS, _ROOT_WEIGHTS = roots_legendre(48)
_NODES, _WEIGHTS = (_ROOTS + 1.0) / 2.0, _ROOT_WEIGHTS / 2.0  # integrate over [0, 1]


class _Race(NamedTuple):
    """An exponential waiting time whose rate is gamma distributed with this shape and rate."""

    shape: float | FloatArray
    rate: FloatArray


class _Parameters(NamedTuple):
    r: float
    alpha: float
    s: float
    beta: float


@dataclass(frozen=True)
class ParetoNBD:
    """A fitted Pareto/NBD model; times are in the unit of the histories that it was fitted on.

    Attributes:
        r: shape of the distribution of order rates, above 0.
        alpha: its rate parameter, in units of time, above 0.
        s: shape of the distribution of leaving rates, above 0.
        beta: its rate parameter, in units of time, above 0.

    Example:
        >>> model = ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669)
        >>> round(float(model.expected_purchases(39, [2], [30.43], [38.86])[0]), 2)
        1.46
    """

    r: float
    alpha: float
    s: float
    beta: float

    @classmethod
    def fit(cls, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike) -> ParetoNBD:
        """Return the model of maximum likelihood.

        Args:
            frequency: (n,) order days after the first, x.
            recency: (n,) time from the first order to the last, t_x.
            age: (n,) time from the first order to the cutoff, T.

        Raises:
            ValueError: a history is impossible, or nobody repeated an order.
        """
        histories, scale = scaled(distinct(*checked(frequency, recency, age)))
        rate = order_rate(histories)
        starts = [(r, r / rate, s, beta) for r, s, beta in ((0.7, 0.7, 10.0), (1.5, 0.2, 5.0))]
        best = maximise(lambda log_parameters: _loss(log_parameters, histories), starts)
        r, alpha, s, beta = best.tolist()
        return cls(r, alpha * scale, s, beta * scale)

    def log_likelihood(
        self, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike
    ) -> FloatArray:
        """Return the log-likelihood (n,) of each history (the note), each time a density in its unit.

        The time of leaving is integrated numerically. The published form, a difference of two hypergeometric
        functions, cannot be computed where leaving is rare or orders are many.
        """
        x, t_x, total = checked(frequency, recency, age)
        return _log_common(self._parameters, x) + np.logaddexp(*self._log_branches(x, t_x, total))

    def probability_alive(
        self, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike
    ) -> FloatArray:
        """Return the probability (n,) in [0, 1] that a customer has not left by the end of `age`."""
        x, t_x, total = checked(frequency, recency, age)
        stayed, left = self._log_branches(x, t_x, total)
        return np.exp(stayed - np.logaddexp(stayed, left))

    def expected_purchases(
        self, horizon: float, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike
    ) -> FloatArray:
        """Return the expected number (n,) of order days within `horizon` after `age` (the note).

        P(alive) times the mean order rate times the mean time that a customer who is alive stays within the
        horizon; written with `expm1`, so that it is smooth around s = 1, where the published form is 0 / 0.

        Raises:
            ValueError: the horizon is negative, or a history is impossible.
        """
        x, t_x, total = checked(frequency, recency, age)
        log_span = np.log1p(checked_horizon(horizon) / (self.beta + total))
        bend = self.s - 1.0
        stay = log_span if bend == 0.0 else -np.expm1(-bend * log_span) / bend
        rate = (self.r + x) / (self.alpha + total)
        return self.probability_alive(x, t_x, total) * rate * (self.beta + total) * stay

    def probability_of_no_purchase(
        self, horizon: float, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike
    ) -> FloatArray:
        """Return the probability (n,) in [0, 1] of no order within `horizon` after `age`.

        A customer who is alive orders next at time u with density lambda exp(-(lambda + mu) u), where
        lambda ~ Gamma(r + x, alpha + T) and mu ~ Gamma(s, beta + T). Both integrate in closed form, u
        numerically.

        Raises:
            ValueError: the horizon is negative, or a history is impossible.
        """
        x, t_x, total = checked(frequency, recency, age)
        order, leaving = _Race(self.r + x, self.alpha + total), _Race(self.s, self.beta + total)
        until = np.full_like(total, checked_horizon(horizon))
        orders = _mass(_first_events(order, leaving, until))
        return np.clip(1.0 - self.probability_alive(x, t_x, total) * orders, 0.0, 1.0)

    @property
    def _parameters(self) -> _Parameters:
        return _Parameters(self.r, self.alpha, self.s, self.beta)

    def _log_branches(
        self, x: FloatArray, t_x: FloatArray, total: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        p = self._parameters
        left = _mass(_departures(p, x, t_x, total))
        return _log_stayed(p, x, total), _log_left(p, x, t_x, left)


def _log_common(p: _Parameters, x: FloatArray) -> FloatArray:
    common: FloatArray = gammaln(p.r + x) - gammaln(p.r) + p.r * np.log(p.alpha) + p.s * np.log(p.beta)
    return common


def _log_stayed(p: _Parameters, x: FloatArray, total: FloatArray) -> FloatArray:
    """Log weight of "still here at T"."""
    return -(p.r + x) * np.log(p.alpha + total) - p.s * np.log(p.beta + total)


def _log_left(p: _Parameters, x: FloatArray, t_x: FloatArray, mass: FloatArray) -> FloatArray:
    """Log weight of "left between t_x and T", whose mass is relative to "still here at t_x"."""
    with np.errstate(divide="ignore"):  # nobody can have left where t_x = T
        return np.log(mass) + _log_stayed(p, x, t_x)


def _first_events(event: _Race, other: _Race, until: FloatArray) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield probability (n,) and time (n,) of an event that comes before another one and before `until`.

    One pair for each node of a Gauss-Legendre quadrature of h / (d + u) (d / (d + u))^h (e / (e + u))^g
    over u in [0, until], where (h, d) and (g, e) are the shape and rate of the two. The integrand falls
    over anything from hours to years, so u is measured on a scale that is linear near 0, then logarithmic.
    """
    shape = event.shape + other.shape
    middle = shape / (event.shape / event.rate + other.shape / other.rate)
    span = np.log1p(shape * np.log1p(until / middle))
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        time = middle * np.expm1(np.expm1(span * node) / shape)
        step = weight * span * np.exp(span * node) * (middle + time) / shape
        fall = event.shape * np.log1p(time / event.rate) + other.shape * np.log1p(time / other.rate)
        yield step * event.shape / (event.rate + time) * np.exp(-fall), time


def _departures(
    p: _Parameters, x: FloatArray, t_x: FloatArray, total: FloatArray
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield mass (n,) and time after t_x (n,) of leaving before the next order and before T."""
    return _first_events(_Race(p.s, p.beta + t_x), _Race(p.r + x, p.alpha + t_x), total - t_x)


def _mass(parts: Iterator[tuple[FloatArray, FloatArray]]) -> FloatArray:
    total, _ = next(parts)
    for part, _ in parts:
        total = total + part
    return total


def _loss(log_parameters: FloatArray, histories: Histories) -> tuple[float, FloatArray]:
    """Mean negative log-likelihood and its gradient, both in the logarithms of (r, alpha, s, beta)."""
    p = _Parameters(*np.exp(log_parameters).tolist())
    x, t_x, total, customers = histories
    mass, sums = _departure_sums(p, histories)
    stayed, left = _log_stayed(p, x, total), _log_left(p, x, t_x, mass)
    either = np.logaddexp(stayed, left)
    alive = np.exp(stayed - either)
    means = sums * ((1.0 - alive) / np.where(mass > 0, mass, 1.0))
    slope = np.stack(_slopes(p, histories, alive, means)) * np.exp(log_parameters)[:, None]
    value = _log_common(p, x) + either
    return -float(np.average(value, weights=customers)), -np.average(slope, axis=1, weights=customers)


def _departure_sums(p: _Parameters, histories: Histories) -> tuple[FloatArray, FloatArray]:
    """Mass (m,) of leaving, and sums (4, m) of log and inverse of (alpha + y) and of (beta + y) under it."""
    x, t_x, total, _ = histories
    mass, sums = np.zeros_like(x), np.zeros((4, len(x)))
    for part, gap in _departures(p, x, t_x, total):
        after_alpha, after_beta = p.alpha + t_x + gap, p.beta + t_x + gap
        mass += part
        sums[0] += part * np.log(after_alpha)
        sums[1] += part / after_alpha
        sums[2] += part * np.log(after_beta)
        sums[3] += part / after_beta
    return mass, sums


def _slopes(
    p: _Parameters, histories: Histories, alive: FloatArray, means: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Derivatives (m,) of the log-likelihood by r, alpha, s and beta; `means` hold the share of the left."""
    x, _, total, _ = histories
    log_alpha, inverse_alpha, log_beta, inverse_beta = means
    by_r = digamma(p.r + x) - digamma(p.r) + np.log(p.alpha) - alive * np.log(p.alpha + total) - log_alpha
    by_alpha = p.r / p.alpha - (p.r + x) * (alive / (p.alpha + total) + inverse_alpha)
    by_s = np.log(p.beta) - alive * np.log(p.beta + total) - log_beta + (1.0 - alive) / p.s
    by_beta = p.s / p.beta - p.s * alive / (p.beta + total) - (p.s + 1.0) * inverse_beta
    return by_r, by_alpha, by_s, by_beta
