"""Tasks from settings; what is not set is chosen from how the customers of this shop buy.

Kept apart from the training job so that the readiness report can ask the same question without a model library.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from features.settings import ChurnSettings, LoyaltySettings
from training.horizon import choose_active_days, choose_horizon_days
from training.loyalty import choose_min_orders
from training.own_types import OwnType
from training.tasks import AnyChurn, Churn, LoyaltyType, MembershipChurn

TASKS = (Churn.name, LoyaltyType.name)

MEMBERSHIP_HORIZON_DAYS = 28
"""Memberships are cancelled by the month; four weeks leave time to act."""

Rhythm = Callable[[], tuple[NDArray[np.floating], float]]
"""Gives the mean gap of each customer in days (NaN for one day of orders), and the days of history."""

OrderCounts = Callable[[], NDArray[np.float64]]
"""Gives the orders of each customer in the last loyalty window."""


def churn_task(settings: ChurnSettings, rhythm: Rhythm) -> AnyChurn:
    """The churn task; `rhythm` is asked only where the horizon of orders is not set.

    Raises:
        ValueError: the horizon is not set and no customer ordered on two days.
    """
    if settings.kind == "contractual":
        return MembershipChurn(settings.horizon_days or MEMBERSHIP_HORIZON_DAYS)
    horizon = settings.horizon_days
    if horizon is None:
        horizon = choose_horizon_days(*rhythm())
    return Churn(horizon, settings.active_days or choose_active_days(horizon))


def loyalty_task(settings: LoyaltySettings, orders: OrderCounts) -> LoyaltyType:
    """The loyalty-type task; `orders` is asked only where the orders of a regular are not set."""
    min_orders = settings.min_orders
    if min_orders is None:
        min_orders = choose_min_orders(orders())
    declared = tuple(OwnType(name, own.channels, own.answers) for name, own in settings.types.items())
    task = LoyaltyType(
        settings.window_days, min_orders, settings.threshold, settings.min_past_orders, declared=declared
    )
    return replace(task, labels=task.names)
