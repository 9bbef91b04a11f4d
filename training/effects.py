"""What an offer changes: the chance of an order, and the margin after its costs, by loyalty type and risk.

Who would not have ordered can be won, and the better an offer speaks to what keeps the customer, the likelier: with b
the chance of an order without an offer and P_t the probability of loyalty type t,

    chance of an order with offer o = b + (1 - b) * sum over t of P_t * pull(o, t)

    pull(o, t) = all offers + the same mechanism as t + this offer + this offer for this type

The four parts are estimated at once by ridge regression, which is a hierarchy: what few decisions say of an offer is
drawn to what is known of all offers and of its mechanism, and gives way as outcomes arrive. Redemptions are foretold
in the same way, from those who are won and from those who order anyway. How strongly is drawn, is chosen by
cross-validation over customers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
NO_OFFER = -1
_FREE = 1e-3
"""Penalty of what all decisions say together: next to none."""
_PENALTIES: tuple[tuple[float, float], ...] = tuple(
    (offer, kind) for offer in (3.0, 10.0, 30.0, 100.0) for kind in (10.0, 30.0, 100.0, 300.0, 1000.0)
)
_FOLDS = 5
_PRIOR_ORDERS = 3.0


@dataclass(frozen=True, eq=False)
class Context:
    """What was known of customers when it was decided about them; n decisions, t loyalty types.

    Attributes:
        base: (n,) probability of an order in the horizon, as a churn model tells it.
        types: (n, t) probability of each loyalty type.
        spend: (n,) what they spent in the year before, minor units.
        orders: (n,) in how many orders.
    """

    base: Floats
    types: Floats
    spend: Floats
    orders: Floats

    def __len__(self) -> int:
        return len(self.base)

    def where(self, kept: npt.NDArray[np.bool_]) -> Context:
        """Some of them, mask (n,)."""
        return Context(self.base[kept], self.types[kept], self.spend[kept], self.orders[kept])


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


@dataclass(frozen=True, eq=False)
class OfferEffects:
    """Estimated effects of k offers.

    Attributes:
        level, slope: of the chance of an order without an offer, on `base`.
        pull: (k, t) chance of winning who would not have ordered.
        uptake: (k, t) chance that who orders anyway redeems.
        won: (k, t) chance that who would not have ordered redeems.
        redemption_cost: (k,) what one redemption costs, minor units.
        order_value: what an order brings on average, minor units.
        margin_share: margin of a minor unit of it.
    """

    level: float
    slope: float
    pull: Floats
    uptake: Floats
    won: Floats
    redemption_cost: Floats
    order_value: float
    margin_share: float

    @classmethod
    def fit(
        cls,
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
        missed = (1 - context.base)[:, None]
        anyway = np.column_stack([np.ones(len(context)), context.base])
        groups = _groups(outcomes.customer_ids, seed)
        blocks = _blocks(context.types, outcomes.offer, kinds)
        free = np.full(2, _FREE)
        found = _ridge(
            np.hstack([anyway, missed * blocks]),
            outcomes.ordered.astype(np.float64),
            groups,
            free,
            kinds,
            1,
            context,
        )
        pull = _of_types(found[2:], kinds, context.types.shape[1])
        bought = context.base[offered][:, None]
        redeemed = np.hstack([missed[offered] * blocks[offered], bought * blocks[offered]])
        taken = _ridge(
            redeemed,
            outcomes.redeemed[offered].astype(np.float64),
            groups[offered],
            np.empty(0),
            kinds,
            2,
            context.where(offered),
        )
        half = len(taken) // 2
        parts = [_of_types(part, kinds, context.types.shape[1]) for part in (taken[:half], taken[half:])]
        cost = np.zeros(k)
        mean = float(outcomes.cost.sum() / max(outcomes.redeemed.sum(), 1))
        for offer in range(k):
            own = (outcomes.offer == offer) & (outcomes.redeemed == 1)
            cost[offer] = (outcomes.cost[own].sum() + 5 * mean) / (own.sum() + 5)
        value = float(context.spend.sum() / max(context.orders.sum(), 1))
        return cls(float(found[0]), float(found[1]), pull, parts[1], parts[0], cost, value, margin_share)

    def without_offer(self, context: Context) -> Floats:
        """Chance of an order with no offer, (n,)."""
        return np.clip(self.level + self.slope * context.base, 0, 1)

    def repurchase(self, context: Context) -> Floats:
        """Change of the chance of an order by each offer, (n, k)."""
        return np.asarray((1 - context.base)[:, None] * (context.types @ self.pull.T))

    def redemption(self, context: Context) -> Floats:
        """Chance that each offer is redeemed, (n, k), in [0, 1]."""
        won = (1 - context.base)[:, None] * (context.types @ self.won.T)
        return np.clip(won + context.base[:, None] * (context.types @ self.uptake.T), 0, 1)

    def margin(self, context: Context, contact_cost: float = 0.0) -> Floats:
        """Change of the margin by each offer after its costs, minor units, (n, k).

        Args:
            contact_cost: of making an offer at all, minor units.
        """
        value = (context.spend + _PRIOR_ORDERS * self.order_value) / (context.orders + _PRIOR_ORDERS)
        earned = self.repurchase(context) * (self.margin_share * value)[:, None]
        return np.asarray(earned - self.redemption(context) * self.redemption_cost - contact_cost)


def best_offer(margin: Floats, eligible: npt.NDArray[np.bool_]) -> Ints:
    """The offer of each row (n,) that brings most, NO_OFFER where none brings anything."""
    possible = np.where(eligible, margin, -np.inf)
    best = possible.argmax(axis=1)
    return np.where(possible[np.arange(len(best)), best] > 0, best, NO_OFFER)


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


def _ridge(
    table: Floats, target: Floats, groups: Ints, free: Floats, kinds: Ints, times: int, context: Context
) -> Floats:
    """Coefficients of the columns, with the penalties that foretell other customers best."""
    k, t = len(kinds), context.types.shape[1]

    def penalties(offer: float, kind: float) -> Floats:
        own = np.concatenate([[_FREE, _FREE], np.full(k, offer), np.full(k * t, kind)])
        return np.concatenate([free, np.tile(own, times)])

    gram = [(table[groups == fold].T @ table[groups == fold]) for fold in range(_FOLDS)]
    moment = [table[groups == fold].T @ target[groups == fold] for fold in range(_FOLDS)]
    total, sums = np.sum(gram, axis=0), np.sum(moment, axis=0)

    def loss(penalty: Floats) -> float:
        lost = 0.0
        for fold in range(_FOLDS):
            held = groups == fold
            solved = np.linalg.solve(total - gram[fold] + np.diag(penalty), sums - moment[fold])
            lost += float(((target[held] - table[held] @ solved) ** 2).sum())
        return lost

    best = min((penalties(*pair) for pair in _PENALTIES), key=loss)
    return np.asarray(np.linalg.solve(total + np.diag(best), sums))


def _groups(customer_ids: npt.NDArray[np.object_], seed: int) -> Ints:
    _, codes = np.unique(customer_ids.astype(str), return_inverse=True)
    return np.asarray((np.random.default_rng(seed).permutation(codes.max() + 1) % _FOLDS)[codes], np.int64)
