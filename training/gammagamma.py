"""Gamma-Gamma: what an order of a customer is worth, drawn towards the shop's mean while few were seen.

The value of an order is Gamma(p, nu) distributed, and nu ~ Gamma(q, gamma) over customers; value and number of
orders are independent. Source of every formula: Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, gammaln

from training.btyd import maximise

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class GammaGamma:
    """A fitted model.

    Attributes:
        p: shape of the value of an order, above 0.
        q: shape over customers, above 0; the mean over customers exists where it is above 1.
        gamma: scale over customers, in the unit of the values, above 0.
    """

    p: float
    q: float
    gamma: float

    @classmethod
    def fit(cls, orders: npt.ArrayLike, mean_value: npt.ArrayLike) -> GammaGamma:
        """Maximum likelihood (equation 1a of the note).

        Args:
            orders: (n,) orders of each customer that the mean is over, 1 or more.
            mean_value: (n,) their mean value, above 0.

        Raises:
            ValueError: lengths differ, there is no customer, or a number is out of range.
        """
        x, m = _checked(orders, mean_value)
        unit = float(m.mean())
        starts = ((1.0, 3.0, 2.0), (5.0, 3.0, 0.5), (0.5, 10.0, 10.0))
        p, q, gamma = maximise(lambda logs: _loss(logs, x, m / unit), starts).tolist()
        return cls(p, q, gamma * unit)

    def expected_value(self, orders: npt.ArrayLike, mean_value: npt.ArrayLike) -> Floats:
        """Expected value (n,) of an order to come (equation 5): the own mean and the shop's, weighted by orders seen.

        Args:
            orders: (n,) orders seen, 0 or more.
            mean_value: (n,) their mean value; anything where none was seen.

        Raises:
            ValueError: `q` is not above 1, so that the shop has no mean.
        """
        if self.q <= 1:
            raise ValueError(
                f"q is {self.q:.3f}: values spread so far that they have no mean; give more customers"
            )
        x = np.asarray(orders, np.float64)
        own = np.where(x > 0, np.asarray(mean_value, np.float64), 0.0)
        of_shop = self.p * self.gamma / (self.q - 1)
        weight = self.p * x / (self.p * x + self.q - 1)
        return (1 - weight) * of_shop + weight * own


def _checked(orders: npt.ArrayLike, mean_value: npt.ArrayLike) -> tuple[Floats, Floats]:
    x, m = (np.atleast_1d(np.asarray(part, np.float64)) for part in (orders, mean_value))
    if x.shape != m.shape or not len(x):
        raise ValueError(
            f"{len(x)} numbers of orders and {len(m)} values; give one of each for every customer"
        )
    bad = ~((x >= 1) & (m > 0) & np.isfinite(m))
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(
            f"{int(bad.sum())} of {len(x)} customers have no order of a positive value; the first is row {row} "
            f"with {x[row]:g} orders of {m[row]:g}: leave them out"
        )
    return x, m


def _loss(log_parameters: Floats, x: Floats, m: Floats) -> tuple[float, Floats]:
    """Mean negative log-likelihood and its gradient, both in the logarithms of (p, q, gamma)."""
    p, q, gamma = np.exp(log_parameters).tolist()
    shape, rate = p * x, gamma + m * x
    value = (gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(gamma)) + (
        (shape - 1) * np.log(m) + shape * np.log(x) - (shape + q) * np.log(rate)
    )
    by_p = x * (digamma(shape + q) - digamma(shape) + np.log(m * x / rate))
    by_q = digamma(shape + q) - digamma(q) + np.log(gamma / rate)
    by_gamma = q / gamma - (shape + q) / rate
    slope = np.array([part.mean() for part in (by_p, by_q, by_gamma)]) * np.exp(log_parameters)
    return -float(value.mean()), -slope
