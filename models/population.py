"""Whom a churn model speaks of: the population that it was trained on, at a later cutoff."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

CONTRACTUAL = "contractual"
SINCE_LAST_ORDER, MEMBERSHIP = "days_since_last_order", "membership_state"


def population_feature(metadata: Mapping[str, Any]) -> str:
    """The feature by which the population is found."""
    return MEMBERSHIP if metadata.get("kind") == CONTRACTUAL else SINCE_LAST_ORDER


def in_population(
    metadata: Mapping[str, Any], column: Callable[[str], NDArray[np.floating]]
) -> NDArray[np.bool_]:
    """Mask (rows,) of those who ordered within the model's active days, or whose membership is running.

    Args:
        metadata: of the churn model.
        column: gives the values (rows,) of a feature by its name.
    """
    values = column(population_feature(metadata))
    if metadata.get("kind") == CONTRACTUAL:
        return np.asarray(values == 1)
    return np.asarray(values <= metadata["active_days"])
