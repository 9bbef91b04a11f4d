"""What customers are worth, in a generation: by row, and the order of the at-risk list by what is at risk."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.matrix import FeatureMatrix
from models.value import ValueForecast, ValueModel, value_at_risk

Floats = NDArray[np.float64]
BY_VALUE, BY_CHURN = "value_at_risk", "churn_probability"
SORTS = (BY_VALUE, BY_CHURN)
MARGIN = len(ValueForecast._fields)


def worth(
    model: ValueModel | None, population: FeatureMatrix, churn_probability: Floats
) -> tuple[Floats, Floats]:
    """Forecasts (rows, MARGIN) in the order of `ValueForecast`, and value at risk (rows,), in minor units.

    NaN without a model of value.

    Raises:
        ValueError: the matrix lacks a feature of the model, or a forecast is no number.
    """
    if model is None:
        return np.full((len(population), MARGIN), np.nan), np.full(len(population), np.nan)
    forecast = model.predict(population.select(model.features), churn_probability)
    table, at_risk = np.column_stack(forecast), value_at_risk(churn_probability, forecast)
    if not (np.isfinite(table).all() and np.isfinite(at_risk).all()):
        raise ValueError(f"the value model {model.version} gives margins that are no numbers")
    return table, at_risk


def ranked(amount: Floats, then: Floats) -> NDArray[np.int32]:
    """Rows from the largest amount to the smallest, by `then` (largest first) where equal; NaN counts as 0."""
    return np.lexsort((-then, -np.nan_to_num(amount))).astype(np.int32)


def shown(forecast: Floats, at_risk: float, margin_from: str | None) -> dict[str, Any]:
    """What answers say of one row; whole minor units, nulls without a model of value."""
    if margin_from is None:
        return {"value_at_risk": None, "margin": None}
    if_staying, low, high, expected, expected_low, expected_high = np.rint(forecast).astype(int).tolist()
    return {
        "value_at_risk": round(at_risk),
        "margin": {
            "if_staying": if_staying,
            "if_staying_interval": [low, high],
            "expected": expected,
            "expected_interval": [expected_low, expected_high],
            "from": margin_from,
        },
    }
