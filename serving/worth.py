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
EXPECTED = ValueForecast._fields.index("expected")
BAND_SHARES = (0.2, 0.5)


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


def most_cost(expected: Floats, share: float) -> Floats:
    """What an offer to each customer may cost, (rows,) minor units: a share of what the value band brings on average.

    The bands are the fifth of the customers who bring most, the next three tenths, and the other half: so a reward is
    in proportion to value, and no guess about one customer decides it.

    Args:
        expected: (rows,) margin of twelve months; NaN without a model of value.
    """
    place = np.argsort(np.argsort(-expected, kind="stable"), kind="stable")
    band = np.digitize(place, np.array(BAND_SHARES) * len(expected))
    mean = np.array([expected[band == code].mean() if (band == code).any() else 0.0 for code in range(3)])
    return np.asarray(np.maximum(share * mean, 0.0)[band])


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
