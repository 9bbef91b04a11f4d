"""How probable an order is within several horizons: a curve that never falls as the horizon grows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
HORIZONS_DAYS = (7, 14, 28, 56, 90)
"""The horizons that are asked for; that of the churn task is always one more."""


def order_curve(horizon_days: int, churn_probability: Floats, others: Mapping[int, Floats]) -> Floats:
    """Probabilities of an order within each horizon, shape (rows, horizons), horizons ascending.

    That of the churn task's own horizon stays as it is; where another model contradicts it, or a nearer one, by
    having an order within fewer days more probable, its answer is moved to theirs.

    Args:
        horizon_days: of the churn task.
        churn_probability: of no order within it, (rows,).
        others: probability of no order within other horizons, (rows,) each.
    """
    ordered = {days: 1 - missing for days, missing in others.items()} | {horizon_days: 1 - churn_probability}
    days = sorted(ordered)
    curve = np.column_stack([ordered[day] for day in days])
    own = days.index(horizon_days)
    curve[:, own:] = np.maximum.accumulate(curve[:, own:], axis=1)
    curve[:, : own + 1] = np.minimum.accumulate(curve[:, own::-1], axis=1)[:, ::-1]
    return curve
