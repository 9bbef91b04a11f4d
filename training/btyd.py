"""What the buy-till-you-die models share: a customer's history as three numbers, and the maximum likelihood.

A history is `frequency` (x, order days after the first), `recency` (t_x, time from the first order to the
last) and `age` (T, time from the first order to the cutoff), in one unit of time, by default days. These are
the words of the literature; note that `recency` grows when a customer has bought more recently, which is the
opposite of days since the last order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

FloatArray = npt.NDArray[np.float64]

_MEAN_AGE = 10.0  # mean age after scaling: keeps the scale parameters within a few powers of ten
_ROUNDING = 1e-6  # relative, of times that were once kept in single precision
_LOG_BOUND = 12.0  # parameters are searched between exp(-12) and exp(12)


class Histories(NamedTuple):
    """Distinct histories and how many customers have each.

    Attributes:
        frequency: (m,) order days after the first, x.
        recency: (m,) time from the first order to the last, t_x.
        age: (m,) time from the first order to the cutoff, T.
        customers: (m,) customers with that history.
    """

    frequency: FloatArray
    recency: FloatArray
    age: FloatArray
    customers: FloatArray


def checked(
    frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the three numbers as float arrays of one length, rounding between recency and age undone.

    Args:
        frequency: (n,) order days after the first, whole numbers of 0 or more.
        recency: (n,) time from the first order to the last, 0 where there is one order.
        age: (n,) time from the first order to the cutoff, at least `recency`.

    Raises:
        ValueError: the lengths differ, a number is missing or negative, or a history is impossible.
    """
    x, t_x, total = (np.atleast_1d(np.asarray(part, dtype=np.float64)) for part in (frequency, recency, age))
    if not (x.shape == t_x.shape == total.shape and x.ndim == 1):
        raise ValueError(
            f"frequency, recency and age have shapes {x.shape}, {t_x.shape} and {total.shape}; "
            "give one number each per customer"
        )
    for problem, bad in _impossible(x, t_x, total):
        if bad.any():
            row = int(np.argmax(bad))
            raise ValueError(
                f"{int(bad.sum())} of {len(x)} histories have {problem}; the first is row {row} with "
                f"frequency {x[row]:g}, recency {t_x[row]:g} and age {total[row]:g}: mend or leave them out"
            )
    return x, np.minimum(t_x, total), total


def _impossible(
    x: FloatArray, t_x: FloatArray, total: FloatArray
) -> Iterable[tuple[str, npt.NDArray[np.bool_]]]:
    yield "a number that is not finite", ~(np.isfinite(x) & np.isfinite(t_x) & np.isfinite(total))
    yield "a negative number", (x < 0) | (t_x < 0) | (total < 0)
    yield "a frequency that is not whole", x != np.floor(x)
    yield "a recency above the age", t_x > total * (1 + _ROUNDING)
    yield "a recency without a repeat order", (x == 0) & (t_x > 0)


def checked_horizon(horizon: float) -> float:
    """Return the horizon.

    Raises:
        ValueError: it is negative or not finite.
    """
    if not (np.isfinite(horizon) and horizon >= 0):
        raise ValueError(f"horizon is {horizon}; give a time of 0 or more, in the unit of the model")
    return float(horizon)


def distinct(frequency: FloatArray, recency: FloatArray, age: FloatArray) -> Histories:
    """Return the distinct histories with their counts: the likelihood is the same and far cheaper."""
    rows, count = np.unique(np.column_stack([frequency, recency, age]), axis=0, return_counts=True)
    return Histories(rows[:, 0], rows[:, 1], rows[:, 2], count.astype(np.float64))


def scaled(histories: Histories) -> tuple[Histories, float]:
    """Return histories with time divided so that the mean age is ten, and the divisor.

    Raises:
        ValueError: nobody repeated an order or nobody has an age, so that no parameter can be estimated.
    """
    mean_age = float(np.average(histories.age, weights=histories.customers))
    if mean_age == 0 or not histories.frequency.any():
        raise ValueError(
            f"{int(histories.customers.sum())} histories show no repeat order (mean age {mean_age:g}), so a "
            "buy-till-you-die model cannot be fitted; bring a longer history"
        )
    scale = mean_age / _MEAN_AGE
    recency, age = histories.recency / scale, histories.age / scale
    return Histories(histories.frequency, recency, age, histories.customers), scale


def order_rate(histories: Histories) -> float:
    """Return repeat orders per unit of time over all customers: where the search for the rate begins."""
    customers = histories.customers
    return float(np.dot(customers, histories.frequency) / np.dot(customers, histories.age))


def maximise(
    objective: Callable[[FloatArray], tuple[float, FloatArray]], starts: Iterable[tuple[float, ...]]
) -> FloatArray:
    """Return the positive parameters (k,) of the greatest likelihood.

    The search (L-BFGS-B) runs over the logarithms of the parameters from every start, and the best end wins.

    Args:
        objective: logarithms of the parameters (k,) -> mean negative log-likelihood, and its gradient (k,).
        starts: positive parameters to start from.

    Raises:
        ValueError: no start ended at a finite likelihood.
    """
    ends = [_descend(objective, start) for start in starts]
    finite = [end for end in ends if np.isfinite(end[1])]
    if not finite:
        raise ValueError(
            f"none of {len(ends)} starts reached a finite likelihood; look for extreme frequencies or ages"
        )
    best, _ = min(finite, key=lambda end: end[1])
    return np.exp(best)


def _descend(
    objective: Callable[[FloatArray], tuple[float, FloatArray]], start: tuple[float, ...]
) -> tuple[FloatArray, float]:
    found = minimize(
        objective,
        np.log(start),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-_LOG_BOUND, _LOG_BOUND)] * len(start),
        options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-7},
    )
    return found.x, float(found.fun)
