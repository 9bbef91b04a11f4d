"""`POST /predict`: scores of known customers, or of raw feature rows by the models of the generation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from serving.atrisk import bounds, by_horizon
from serving.generation import Generation
from serving.problems import not_found, unusable
from serving.schemas import Json, PredictAsked
from serving.scoring import churn_interval, likeliest
from serving.state import ServingState

Floats = NDArray[np.float64]
_LARGEST = float(np.finfo(np.float32).max)


class _Scored(NamedTuple):
    """What the models say of n rows: (n,), (n, 2), (n, horizons) and (n, loyalty types)."""

    churn: Floats
    interval: Floats
    order_within: Floats
    loyalty: Floats


def predict(state: ServingState, asked: PredictAsked) -> Json:
    """The answer to a checked request.

    Raises:
        ProblemError: no generation yet, an unknown customer, an unknown or too large feature.
    """
    generation = state.generation()
    if asked.ids is not None:
        predictions = _of_customers(state, generation, asked.ids)
    else:
        predictions = _of_rows(generation, asked.rows or [])
    return {
        "predictions": predictions,
        "generation": generation.id,
        "models": generation.manifest.models,
    }


def _of_customers(state: ServingState, generation: Generation, ids: Sequence[str]) -> list[Json]:
    is_hidden = state.hidden(generation)
    rows = [generation.row(customer_id) for customer_id in ids]
    unknown = [
        place for place, row in enumerate(rows) if row is None or is_hidden(generation.customer_id(row))
    ]
    if unknown:
        raise not_found(
            "unknown-customer", f"{len(unknown)} of {len(ids)} ids were not scored, first ids.{unknown[0]}"
        )
    found = np.array(rows, dtype=np.intp)
    scored = _Scored(
        generation.churn_probability[found],
        generation.churn_interval[found],
        generation.order_within[found],
        generation.loyalty_probability[found],
    )
    return _answers(generation, list(ids), scored)


def _of_rows(generation: Generation, rows: Sequence[Mapping[str, float | None]]) -> list[Json]:
    values = _matrix(generation, rows)
    model, loyalty_model = generation.churn_model, generation.loyalty_model
    inputs = values[:, generation.columns_for(model)]
    churn = model.predict(inputs)[:, model.labels.index("churned")]
    loyalty = loyalty_model.predict(values[:, generation.columns_for(loyalty_model)])
    scored = _Scored(churn, churn_interval(model, churn), model.order_within(inputs, churn), loyalty)
    return _answers(generation, [None] * len(rows), scored)


def _matrix(generation: Generation, rows: Sequence[Mapping[str, float | None]]) -> NDArray[np.float32]:
    values = np.full((len(rows), len(generation.manifest.features)), np.nan, dtype=np.float32)
    for place, row in enumerate(rows):
        if not row:
            raise unusable(f"body.rows.{place}", "holds no feature")
        for name, value in row.items():
            column = generation.feature_index.get(name)
            if column is None:
                raise unusable(
                    f"body.rows.{place}", f"has a feature that the models do not know: {name[:80]}"
                )
            values[place, column] = np.nan if value is None else _single(value, f"body.rows.{place}.{name}")
    return values


def _single(value: float, field: str) -> float:
    if abs(value) > _LARGEST:
        raise unusable(field, "is larger than a single-precision number can be")
    return value


def _answers(
    generation: Generation,
    ids: Sequence[str | None],
    scored: _Scored,
) -> list[Json]:
    manifest, edges = generation.manifest, generation.policy["bands"]
    codes = np.digitize(scored.churn, [edges["medium"], edges["high"]])
    types = likeliest(scored.loyalty, generation.policy.get("least_confidence", 0.0))
    names = {code: name for name, code in generation.type_codes.items()}
    answers: list[dict[str, Any]] = []
    for place, customer_id in enumerate(ids):
        answers.append(
            {
                "customer_id": customer_id,
                "churn_probability": round(float(scored.churn[place]), 6),
                "churn_interval": bounds(scored.interval[place]),
                "order_within": by_horizon(manifest.horizons_days, scored.order_within[place]),
                "band": manifest.bands[codes[place]],
                "loyalty_type": names[int(types[place])],
                "loyalty_probabilities": {
                    name: round(float(value), 6)
                    for name, value in zip(manifest.loyalty_types, scored.loyalty[place], strict=True)
                },
            }
        )
    return answers
