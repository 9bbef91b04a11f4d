"""Batch scoring: feature rows and two models in, a published generation out; no training code."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.matrix import FeatureMatrix
from features.permission import profiling_permit
from features.settings import BandSettings, Settings
from features.tables.casting import LARGEST_ID_LENGTH
from features.workspace import Workspace
from models.artifact import Model
from models.lifecycle import Lifecycle
from models.named_effects import PROMOTED
from models.numbers import Money, language_file
from models.reasons import explain
from models.recommender import Recommender
from models.value import ValueModel
from serving import lists, policy
from serving.gains import assumed_effects, order_value, with_promoted
from serving.generation import EFFECTS, LIVE, MODELS, OFFERS, POLICY, Generation
from serving.manifest import BANDS, UNCLEAR_CODE
from serving.offers import Catalogue, Offer
from serving.publishing import publish, write_array, write_json, write_reasons
from serving.recommendations import FOLDER as RECOMMENDATIONS
from serving.recommending import write_recommendations
from serving.worth import EXPECTED, most_cost, ranked, worth

REASON_ROWS = 1000
MAX_ID_BYTES = 4 * LARGEST_ID_LENGTH
"""UTF-8 takes at most four bytes a character, so every validated id fits."""
_CHUNK = 50_000
_REASON_CHUNK = 100
CONSENTS = "consents.parquet"

Rhythm = Callable[[NDArray[np.object_]], Lifecycle]
Progress = Callable[[str, int, int], None]
"""Called with the step, what is done and what there is to do."""


def build_generation(
    workspace: Workspace,
    settings: Settings,
    matrix: FeatureMatrix,
    churn: Path,
    loyalty: Path,
    offers: Sequence[Offer],
    as_of: datetime,
    *,
    reason_rows: int = REASON_ROWS,
    value: Path | None = None,
    rhythm: Rhythm | None = None,
    live: Path | None = None,
    recommender: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Score every customer of one cutoff and publish the result as the current generation.

    Suppressed customers and those who refuse profiling are left out. Reasons are computed for the
    `reason_rows` customers most at risk, by churn and by value, since lists show those; for the others the service
    computes them on demand. The churn model is kept as it is at the cutoff, with the season in its calibration.

    Args:
        workspace: where suppression list, validated tables and generations are.
        settings: bands and the basis of consent.
        matrix: feature rows of exactly one cutoff, one for each customer.
        churn: folder of the churn model, plain files.
        loyalty: folder of the loyalty-type model.
        offers: the catalogue to serve with it.
        as_of: end of the data, with a time zone.
        reason_rows: how many customers of each list get their reasons now.
        value: folder of the model of value; without it the list has no money and is sorted by churn.
        rhythm: gives the lifecycle of customer ids at the cutoff; without it stages are not told.
        live: folder of history and reference for live features, which is moved into the generation.
        recommender: folder of the recommender; without it nothing is recommended.
        progress: told about each step.

    Returns:
        The folder of the generation.

    Raises:
        ValueError: no customer is left, several cutoffs, an id twice, a feature that a model needs is
            missing, an offer that does not fit the features, promoted effects that cannot be read, no ground for
            profiling, or no such language.
    """
    cutoff, progress = _one_cutoff(matrix), progress or _silent
    language_file("reasons", settings.reasons.language)
    models = {"churn": Model.load(churn).at(cutoff), "loyalty_type": Model.load(loyalty)}
    Catalogue(offers, matrix.names, models["loyalty_type"].labels)
    population = _population(workspace, settings, matrix)
    folders = {"churn": churn, "loyalty_type": loyalty} | ({"value": value} if value else {})
    folders |= {Recommender.task: recommender} if recommender else {}
    margins = ValueModel.load(value) if value else None
    recommending = Recommender.load(recommender) if recommender else None

    assumed = assumed_effects(
        offers,
        models["loyalty_type"].labels,
        order_value=order_value(population.values, population.names),
        margin_share=settings.value.margin_rate,
    )
    effects = with_promoted(assumed, workspace.root / PROMOTED)

    def fill(folder: Path) -> dict[str, Any]:
        shown = _write_scores(folder, population, models, margins, rhythm, settings, reason_rows, progress)
        for task, source in folders.items():
            shutil.copytree(source, folder / MODELS / task)
        models["churn"].save(folder / MODELS / "churn")
        if recommending is not None:
            permit = profiling_permit(settings, workspace)
            target, ids = folder / RECOMMENDATIONS, population.customer_ids
            write_recommendations(target, recommending, workspace.tables, ids, cutoff, permit, progress)
        if (workspace.tables / CONSENTS).exists():
            shutil.copyfile(workspace.tables / CONSENTS, folder / CONSENTS)
        if live is not None:
            shutil.move(live, folder / LIVE)
        (folder / EFFECTS).write_text(effects.to_text(), "utf-8")
        write_json(folder, OFFERS, [offer.model_dump(mode="json") for offer in offers])
        write_json(folder, POLICY, _policy(settings))
        return {
            "as_of": as_of,
            "cutoff": cutoff,
            "horizon_days": models["churn"].horizon_days,
            "horizons_days": models["churn"].horizons_days,
            "rows": len(population),
            "reason_rows": shown,
            "features": matrix.names,
            "feature_hash": matrix.hash,
            "loyalty_types": models["loyalty_type"].labels,
            "margin_from": margins.margin_from if margins else None,
            "bands": BANDS,
            "models": {task: model.version for task, model in models.items()}
            | ({margins.task: margins.version} if margins else {})
            | ({recommending.task: recommending.version} if recommending else {}),
        }

    built = publish(workspace.generations, fill)
    lists.keep(workspace, Generation.open(built))
    return built


def _silent(step: str, done: int, total: int) -> None:
    """Nobody asked."""


def percentiles(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Percentile rank in (0, 100): the share with a lower probability plus half the share with the same."""
    ordered = np.sort(probabilities)
    below = np.searchsorted(ordered, probabilities, "left")
    not_above = np.searchsorted(ordered, probabilities, "right")
    return 50.0 * (below + not_above) / len(ordered)


def churn_interval(model: Model, probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lower and upper bound of each probability, (rows, 2); NaN where the model does not know how sure it is."""
    if model.spread is None:
        return np.full((len(probability), 2), np.nan)
    return np.stack(model.spread.interval(probability), axis=1)


def likeliest(probability: NDArray[np.float64], least_confidence: float) -> NDArray[np.uint8]:
    """Code of the likeliest type of each row; UNCLEAR_CODE where it is less probable than that."""
    codes = np.where(probability.max(axis=1) >= least_confidence, probability.argmax(axis=1), UNCLEAR_CODE)
    return codes.astype(np.uint8)


def _untold(rows: int) -> Lifecycle:
    nothing = np.full(rows, np.nan)
    return Lifecycle(np.full(rows, 255, np.uint8), nothing, nothing)


def bands(probabilities: NDArray[np.float64], edges: BandSettings) -> NDArray[np.uint8]:
    """Band codes into `BANDS`; a probability at a lower edge belongs to the higher band.

    Raises:
        ValueError: the edge of `medium` is above that of `high`.
    """
    if edges.medium > edges.high:
        raise ValueError(f"[bands] medium is {edges.medium}, above high {edges.high}; swap them")
    return np.digitize(probabilities, [edges.medium, edges.high]).astype(np.uint8)


def _one_cutoff(matrix: FeatureMatrix) -> datetime:
    cutoffs = np.unique(matrix.cutoffs)
    if len(cutoffs) != 1:
        raise ValueError(f"a generation has one cutoff, the feature matrix has {len(cutoffs)}")
    instant: datetime = cutoffs[0].astype("datetime64[us]").item()
    return instant.replace(tzinfo=UTC)


def _population(workspace: Workspace, settings: Settings, matrix: FeatureMatrix) -> FeatureMatrix:
    """Who may be scored, ordered by the UTF-8 bytes of the id (which is the order of its characters)."""
    kept = profiling_permit(settings, workspace)(matrix.customer_ids)
    if not kept.any():
        raise ValueError(
            f"none of {len(matrix)} customers may be scored: no order in the active period, "
            "suppressed, or profiling refused"
        )
    allowed = matrix.where(kept)
    order = np.argsort(allowed.customer_ids, kind="stable")
    ids = allowed.customer_ids[order]
    twice = int((ids[1:] == ids[:-1]).sum())
    if twice:
        raise ValueError(f"{twice} customer ids are in the feature matrix twice; build the features again")
    return FeatureMatrix(ids, allowed.cutoffs, allowed.names, allowed.values[order])


def _encoded(customer_id: str) -> bytes:
    encoded = customer_id.encode()
    if not 0 < len(encoded) <= MAX_ID_BYTES or b"\0" in encoded:
        raise ValueError(
            f"a customer id of {len(encoded)} bytes (UTF-8) cannot be served; give every customer an id of 1 to "
            f"{LARGEST_ID_LENGTH} visible characters, and run: regulars validate"
        )
    return encoded


def _write_scores(
    folder: Path,
    population: FeatureMatrix,
    models: dict[str, Model],
    margins: ValueModel | None,
    rhythm: Rhythm | None,
    settings: Settings,
    reason_rows: int,
    progress: Progress,
) -> int:
    churn, loyalty = models["churn"], models["loyalty_type"]
    churn_inputs = population.select(churn.features)
    churn_probability = _predicted(churn, churn_inputs, progress)[:, churn.labels.index("churned")]
    order_within = churn.order_within(churn_inputs, churn_probability)
    loyalty_probability = _predicted(loyalty, population.select(loyalty.features), progress)
    at_risk = np.argsort(-churn_probability, kind="stable").astype(np.int32)
    stages = rhythm(population.customer_ids) if rhythm else _untold(len(population))
    margin, value_at_risk = worth(margins, population, churn_probability)
    by_value = ranked(value_at_risk, churn_probability)
    shown = np.union1d(at_risk[:reason_rows], by_value[:reason_rows]).astype(np.int32)
    arrays = {
        "ids": np.array([_encoded(found) for found in population.customer_ids], dtype=np.bytes_),
        "features": population.values,
        "churn_probability": churn_probability,
        "churn_interval": churn_interval(churn, churn_probability),
        "order_within": order_within,
        "percentile": percentiles(churn_probability),
        "band": bands(churn_probability, settings.bands),
        "loyalty_probability": loyalty_probability,
        "loyalty_type": likeliest(loyalty_probability, settings.loyalty.least_confidence),
        "lifecycle": stages.stage,
        "next_order_days": stages.next_order_days,
        "margin": margin,
        "value_at_risk": value_at_risk,
        "most_cost": most_cost(margin[:, EXPECTED], settings.offers.reward_share),
        "at_risk": at_risk,
        "at_risk_by_value": by_value,
        "reason_rows": shown,
        "reason_offsets": write_reasons(
            folder, _explanations(churn, churn_inputs[shown], settings, progress)
        ),
    }
    for name, values in arrays.items():
        write_array(folder, name, values)
    return len(shown)


def _predicted(model: Model, values: NDArray[np.float32], progress: Progress) -> NDArray[np.float64]:
    parts = []
    for start in range(0, len(values), _CHUNK):
        parts.append(model.predict(values[start : start + _CHUNK]))
        progress(f"predict {model.task}", min(start + _CHUNK, len(values)), len(values))
    predicted = np.concatenate(parts)
    if not np.isfinite(predicted).all():
        raise ValueError(f"the {model.task} model {model.version} gives probabilities that are no numbers")
    return predicted


def _explanations(
    model: Model, values: NDArray[np.float32], settings: Settings, progress: Progress
) -> Iterator[dict[str, Any]]:
    money = Money(settings.source.currency, settings.source.minor_digits)
    for start in range(0, len(values), _REASON_CHUNK):
        chunk = values[start : start + _REASON_CHUNK]
        for found in explain(model, chunk, money=money, language=settings.reasons.language):
            yield found.to_json()
        progress("reasons", min(start + _REASON_CHUNK, len(values)), len(values))


def _policy(settings: Settings) -> dict[str, Any]:
    return {
        "policy": policy.NAME,
        "bands": settings.bands.model_dump(),
        "least_confidence": settings.loyalty.least_confidence,
        "consent_basis": settings.consent.basis,
        "currency": settings.source.currency,
        "minor_digits": settings.source.minor_digits,
        "timezone": settings.source.timezone,
        "language": settings.reasons.language,
        # the share has become `most_cost` of every customer
        "offers": settings.offers.model_dump(exclude={"reward_share"}),
        "margin_rate": settings.value.margin_rate,
    }
