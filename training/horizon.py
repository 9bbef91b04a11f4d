"""Horizon and active window chosen from how often the customers of this shop buy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

HORIZONS = (7, 14, 28, 56, 90, 180, 365)
ACTIVE = (30, 60, 90, 180, 365, 730)
COVERED = 0.75
"""Share of returning customers whose usual gap a horizon covers: silence beyond it is news for most."""

SPARE = 8
"""Horizons that the history has to hold: some before the first cutoff, the training cutoffs, the test."""


def choose_horizon_days(cadence_days: NDArray[np.floating], history_days: float) -> int:
    """The shortest usual horizon that covers the own mean gap of three in four returning customers.

    It is at most the longest usual horizon of which the history holds SPARE: with fewer, nothing is left to
    train on before the outcomes that test.

    Args:
        cadence_days: mean gap of each customer, NaN for those with one day of orders; shape (customers,).
        history_days: from the first order to the end of the data.

    Raises:
        ValueError: no customer ordered on two days.
    """
    known = cadence_days[~np.isnan(cadence_days)]
    if not len(known):
        raise ValueError(
            "no customer ordered on two days, so a horizon cannot be chosen; set [churn] horizon_days"
        )
    affordable = [days for days in HORIZONS if days * SPARE <= history_days] or [HORIZONS[0]]
    return min(_at_least(float(np.quantile(known, COVERED)), HORIZONS), affordable[-1])


def choose_active_days(horizon_days: int) -> int:
    """A window of about three horizons: who was silent longer has left already."""
    return _at_least(3 * horizon_days, ACTIVE)


def _at_least(days: float, choices: Sequence[int]) -> int:
    return next((choice for choice in choices if choice >= days), choices[-1])
