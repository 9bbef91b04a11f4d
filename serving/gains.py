"""What an offer is expected to bring from a customer of a generation: the margin that it adds, after its costs.

Effects are those that were promoted; of an offer that no decision tells of, those that are assumed by loyalty type
and risk (`models.offer_effects`).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.named_effects import NamedEffects
from models.offer_effects import Context, OfferEffects
from serving.offers import Offer

if TYPE_CHECKING:
    from serving.generation import Generation

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
SPEND, ORDERS = "total_spend_365d", "order_count_365d"
SETTLING = frozenset({"win_back", "second_purchase", "welcome", "enrolment"})
"""Types of offers that speak to those who have not settled yet, whatever their mechanism says."""
_DECIMALS = 2
_LOG = logging.getLogger("regulars.serving")


def speaks_to(offer: Offer, types: Sequence[str]) -> int:
    """Index of the loyalty type that an offer speaks to; -1 for any."""
    if offer.mechanism in types:
        return types.index(offer.mechanism)
    return types.index("occasional") if offer.type in SETTLING and "occasional" in types else -1


def assumed_effects(
    offers: Sequence[Offer], types: Sequence[str], *, order_value: float, margin_share: float
) -> NamedEffects:
    """What is assumed of offers until decisions have outcomes.

    Args:
        order_value: what an order brings on average, minor units.
        margin_share: margin of a minor unit of it.
    """
    effects = OfferEffects.prior(
        [speaks_to(offer, types) for offer in offers],
        [float(offer.cost or 0) for offer in offers],
        len(types),
        order_value=order_value,
        margin_share=margin_share,
    )
    names = tuple(offer.offer_id for offer in offers)
    return NamedEffects(names, tuple(types), effects, (False,) * len(names))


def with_promoted(assumed: NamedEffects, file: Path) -> NamedEffects:
    """The assumed effects, and in their place what was promoted, where there is such a file.

    Effects of other loyalty types are left aside with a warning.

    Raises:
        ValueError: the file holds something else.
    """
    if not file.is_file():
        return assumed
    promoted = NamedEffects.read(file)
    if promoted.types == assumed.types:
        return assumed.with_known(promoted)
    _LOG.warning(
        "%s holds effects on the loyalty types %s, not %s; they are left aside until: regulars policy promote",
        file.name,
        ", ".join(promoted.types),
        ", ".join(assumed.types),
    )
    return assumed


def order_value(features: npt.NDArray[np.float32], names: Sequence[str]) -> float:
    """What an order brings on average in the year before, minor units; NaN where the features do not tell."""
    if SPEND not in names or ORDERS not in names:
        return float("nan")
    spend, orders = (float(np.nansum(features[:, names.index(name)])) for name in (SPEND, ORDERS))
    return spend / max(orders, 1.0)


def effects_of(generation: Generation, offers: Sequence[Offer]) -> NamedEffects:
    """Effects of some offers, which need not be those of the generation's catalogue."""
    known = generation.effects
    if tuple(offer.offer_id for offer in offers) == known.offers:
        return known
    assumed = assumed_effects(
        offers,
        known.types,
        order_value=known.effects.order_value,
        margin_share=known.effects.margin_share,
    )
    return assumed.with_known(known)


def context_of(generation: Generation, rows: Ints, order_value: float) -> Context:
    """What effects are told by, of rows of a generation."""

    def total(name: str, otherwise: float) -> Floats:
        place = generation.feature_index.get(name)
        if place is None:
            return np.full(len(rows), otherwise)
        return np.asarray(np.nan_to_num(generation.features[rows, place]), np.float64)

    base = 1 - np.asarray(generation.churn_probability[rows], np.float64)
    types = np.asarray(generation.loyalty_probability[rows], np.float64)
    return Context(base, types, total(SPEND, order_value), total(ORDERS, 1.0))


def gains(generation: Generation, rows: Ints, known: NamedEffects) -> Floats:
    """Expected margin of each offer after its costs, (n, k), minor units with two decimals.

    Rounded, so that a decision is the same wherever it is made again.
    """
    context = context_of(generation, rows, known.effects.order_value)
    return np.round(known.effects.margin(context), _DECIMALS)


def gains_of(generation: Generation, row: int) -> dict[str, float]:
    """Expected margin of each offer of the catalogue from one customer, by offer id; none that is not known."""
    known = generation.effects
    return by_offer(known, gains(generation, np.array([row]), known)[0])


def by_offer(known: NamedEffects, gain: Floats) -> dict[str, float]:
    """The gains (k,) of one customer by offer id, without those that are not known."""
    named = zip(known.offers, gain.tolist(), strict=True)
    return {offer: value for offer, value in named if not math.isnan(value)}


def most_cost(generation: Generation, row: int) -> float | None:
    """What an offer to a customer may cost, minor units; None without a model of value."""
    limit = float(generation.most_cost[row])
    return None if np.isnan(limit) else limit
