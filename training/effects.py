"""Learn what offers change from logged decisions; `models.offer_effects` says how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from models.offer_effects import (
    NO_OFFER,
    PRIOR_ANY,
    PRIOR_MATCH,
    PRIOR_PULL,
    PRIOR_UPTAKE,
    Context,
    OfferEffects,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_FREE = 1e-3
"""Penalty of how the chance of an order without an offer goes with what the churn model says: next to none."""
_PRIOR_WEIGHT = 20.0
"""Penalty of leaving what is assumed of all offers, worth that many decisions: the variance of an outcome, about 0.2,
over that of the assumption, which may be off by a tenth."""
_PENALTIES: tuple[tuple[float, float], ...] = tuple(
    (offer, kind) for offer in (3.0, 10.0, 30.0, 100.0) for kind in (10.0, 30.0, 100.0, 300.0, 1000.0)
)
_FOLDS = 5
_PRIOR_REDEMPTIONS = 5.0


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What came of decisions, (n,) each.

    Attributes:
        customer_ids: whose they are.
        offer: index of the offer that was made, or NO_OFFER.
        ordered: 1 where an order followed within the horizon.
        redeemed: 1 where the offer was redeemed.
        cost: what the redemption cost, minor units.
    """

    customer_ids: npt.NDArray[np.object_]
    offer: Ints
    ordered: Ints
    redeemed: Ints
    cost: Floats


def fit_effects(
    context: Context,
    outcomes: Outcomes,
    mechanism: Sequence[int],
    *,
    margin_share: float,
    seed: int = 7,
) -> OfferEffects:
    """Estimate them from logged decisions, of which some made no offer.

    Args:
        mechanism: of each offer, the index of the loyalty type that it speaks to; -1 for any.
        margin_share: margin of a minor unit of sales.

    Raises:
        ValueError: no decision made no offer, so that nothing says what would have happened anyway.
    """
    offered = outcomes.offer != NO_OFFER
    if offered.all() or not offered.any():
        raise ValueError(
            "decisions with an offer and decisions without one are needed to tell what offers change"
        )
    kinds, k = np.asarray(mechanism), len(mechanism)
    missed, types = (1 - context.base)[:, None], context.types.shape[1]
    assumed = np.array(
        [PRIOR_PULL, PRIOR_MATCH - PRIOR_PULL, *np.where(kinds < 0, PRIOR_ANY - PRIOR_PULL, 0)]
    )
    pulled = np.concatenate([assumed, np.zeros(k * types)])
    redeems = np.concatenate([[PRIOR_UPTAKE], np.zeros(len(pulled) - 1)])
    anyway = np.column_stack([np.ones(len(context)), context.base])
    groups = _groups(outcomes.customer_ids, seed)
    blocks = _blocks(context.types, outcomes.offer, kinds)
    free = np.full(2, _FREE)
    found, covariance = _ridge(
        np.hstack([anyway, missed * blocks]),
        outcomes.ordered.astype(np.float64),
        groups,
        free,
        np.concatenate([[0.0, 1.0], pulled]),
        k,
        types,
    )
    pull = _of_types(found[2:], kinds, types)
    error = _errors(covariance[2:, 2:], kinds, types)
    bought = context.base[offered][:, None]
    redeemed = np.hstack([missed[offered] * blocks[offered], bought * blocks[offered]])
    taken, _ = _ridge(
        redeemed,
        outcomes.redeemed[offered].astype(np.float64),
        groups[offered],
        np.empty(0),
        np.concatenate([pulled, redeems]),
        k,
        types,
    )
    half = len(taken) // 2
    won, uptake = (_of_types(part, kinds, types) for part in (taken[:half], taken[half:]))
    value = float(context.spend.sum() / max(context.orders.sum(), 1))
    level, slope = float(found[0]), float(found[1])
    effects = OfferEffects(
        level, slope, pull, error, uptake, won, np.zeros(k), np.zeros(k), value, margin_share
    )
    fixed, share = _costs(outcomes, effects.value_of_order(context), k)
    return replace(effects, redemption_cost=fixed, cost_share=share)


def _costs(outcomes: Outcomes, value: Floats, k: int) -> tuple[Floats, Floats]:
    """What a redemption of each offer costs: a fixed part, and a share of the value of an order, (k,) each.

    By least squares over its redemptions, drawn to the mean cost of all, and to no share, as if _PRIOR_REDEMPTIONS
    of that had been seen.
    """
    mean = float(outcomes.cost.sum() / max(outcomes.redeemed.sum(), 1))
    fixed, share = np.full(k, mean), np.zeros(k)
    for offer in range(k):
        own = (outcomes.offer == offer) & (outcomes.redeemed == 1)
        if not own.any():
            continue
        paid = (outcomes.cost[own].sum() + _PRIOR_REDEMPTIONS * mean) / (own.sum() + _PRIOR_REDEMPTIONS)
        around = value[own] - value[own].mean()
        drawn = _PRIOR_REDEMPTIONS * value[own].mean() ** 2
        share[offer] = max(float((around * outcomes.cost[own]).sum() / ((around**2).sum() + drawn)), 0.0)
        fixed[offer] = max(paid - share[offer] * value[own].mean(), 0.0)
    return fixed, share


def _blocks(types: Floats, offer: Ints, kinds: Ints) -> Floats:
    """Columns of the four parts of the pull: all, mechanism, offer, offer and type; (n, 2 + k + k t)."""
    n, t = types.shape
    k = len(kinds)
    made = offer[:, None] == np.arange(k)
    spoken = np.zeros(n)
    for number, kind in enumerate(kinds):
        if kind >= 0:
            spoken += made[:, number] * types[:, kind]
    each = (made[:, :, None] * types[:, None, :]).reshape(n, k * t)
    return np.column_stack([made.any(axis=1), spoken, made, each]).astype(np.float64)


def _of_types(found: Floats, kinds: Ints, t: int) -> Floats:
    """The parts added up, (k, t)."""
    k = len(kinds)
    everywhere, spoken, own, each = found[0], found[1], found[2 : 2 + k], found[2 + k :].reshape(k, t)
    return np.asarray(everywhere + spoken * (kinds[:, None] == np.arange(t)) + own[:, None] + each)


def _errors(covariance: Floats, kinds: Ints, t: int) -> Floats:
    """Standard error of each cell that `_of_types` adds up, (k, t)."""
    k = len(kinds)
    cells = np.zeros((k, t, 2 + k + k * t))
    cells[:, :, 0] = 1
    cells[:, :, 1] = kinds[:, None] == np.arange(t)
    cells[np.arange(k), :, 2 + np.arange(k)] = 1
    rows, columns = np.indices((k, t))
    cells[rows, columns, 2 + k + rows * t + columns] = 1
    return np.asarray(np.sqrt(np.einsum("abi,ij,abj->ab", cells, covariance, cells)))


def _ridge(
    table: Floats, target: Floats, groups: Ints, free: Floats, assumed: Floats, k: int, t: int
) -> tuple[Floats, Floats]:
    """Coefficients of the columns, with the penalties that foretell other customers best, and their covariance.

    Args:
        free: penalties of the first columns; the others come in blocks, as `_blocks` makes them.
        assumed: what coefficients are drawn to.
    """
    times = (len(assumed) - len(free)) // (2 + k + k * t)

    def penalties(offer: float, kind: float) -> Floats:
        own = np.concatenate([[_PRIOR_WEIGHT, _PRIOR_WEIGHT], np.full(k, offer), np.full(k * t, kind)])
        return np.concatenate([free, np.tile(own, times)])

    held_out = [groups == fold for fold in np.unique(groups)]
    gram = [table[held].T @ table[held] for held in held_out]
    moment = [table[held].T @ target[held] for held in held_out]
    total, sums = np.sum(gram, axis=0), np.sum(moment, axis=0)

    def losses(penalty: Floats) -> Floats:
        lost = np.empty(len(held_out))
        for fold, held in enumerate(held_out):
            rest = sums - moment[fold] + penalty * assumed
            solved = np.linalg.solve(total - gram[fold] + np.diag(penalty), rest)
            lost[fold] = ((target[held] - table[held] @ solved) ** 2).mean()
        return lost

    tried = np.array([losses(penalties(*pair)) for pair in _PENALTIES])
    chosen = penalties(*_PENALTIES[_simplest(tried)])
    inverse = np.linalg.inv(total + np.diag(chosen))
    found = inverse @ (sums + chosen * assumed)
    noise = float(((target - table @ found) ** 2).mean())
    return np.asarray(found), np.asarray(noise * inverse)


def _simplest(losses: Floats) -> int:
    """The strongest penalties that are as good as the best by one standard error (Breiman et al. 1984).

    Args:
        losses: (penalties, folds), the strongest last; one fold says nothing, and leaves the strongest.
    """
    if losses.shape[1] < 2:
        return len(losses) - 1
    ahead = losses - losses[losses.mean(axis=1).argmin()]
    error = ahead.std(axis=1, ddof=1) / np.sqrt(losses.shape[1])
    close = np.flatnonzero(ahead.mean(axis=1) <= error)
    return int(max(close, key=lambda place: (_PENALTIES[place][1], _PENALTIES[place][0])))


def _groups(customer_ids: npt.NDArray[np.object_], seed: int) -> Ints:
    _, codes = np.unique(customer_ids.astype(str), return_inverse=True)
    return np.asarray((np.random.default_rng(seed).permutation(codes.max() + 1) % _FOLDS)[codes], np.int64)
