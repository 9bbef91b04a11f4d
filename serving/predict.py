"""`POST /predict`: scores of known customers, or of raw feature rows by the models of the generation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.artifact import Model
from serving.generation import Generation
from serving.problems import not_found, unusable
from serving.schemas import Json, PredictAsked
from serving.state import ServingState

_LARGEST = float(np.finfo(np.float32).max)


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
    return _answers(
        generation, list(ids), generation.churn_probability[found], generation.loyalty_probability[found]
    )


def _of_rows(generation: Generation, rows: Sequence[Mapping[str, float | None]]) -> list[Json]:
    values = _matrix(generation, rows)
    churn_model, loyalty_model = generation.churn_model, generation.loyalty_model
    churn = _predicted(generation, churn_model, values)[:, churn_model.labels.index("churned")]
    return _answers(generation, [None] * len(rows), churn, _predicted(generation, loyalty_model, values))


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


def _predicted(generation: Generation, model: Model, values: NDArray[np.float32]) -> NDArray[np.float64]:
    return model.predict(values[:, generation.columns_for(model)])


def _answers(
    generation: Generation,
    ids: Sequence[str | None],
    churn: NDArray[np.float64],
    loyalty: NDArray[np.float64],
) -> list[Json]:
    manifest, edges = generation.manifest, generation.policy["bands"]
    codes = np.digitize(churn, [edges["medium"], edges["high"]])
    types = loyalty.argmax(axis=1)
    answers: list[dict[str, Any]] = []
    for place, customer_id in enumerate(ids):
        answers.append(
            {
                "customer_id": customer_id,
                "churn_probability": round(float(churn[place]), 6),
                "band": manifest.bands[codes[place]],
                "loyalty_type": manifest.loyalty_types[types[place]],
                "loyalty_probabilities": {
                    name: round(float(value), 6)
                    for name, value in zip(manifest.loyalty_types, loyalty[place], strict=True)
                },
            }
        )
    return answers
