"""What an offer changes: the chance of an order, and the margin after its costs, by loyalty type and risk.

Who would not have ordered can be won, and the better an offer speaks to what keeps the customer, the likelier: with b
the chance of an order without an offer and P_t the probability of loyalty type t,

    chance of an order with offer o = b + (1 - b) * sum over t of P_t * pull(o, t)

    pull(o, t) = all offers + the same mechanism as t + this offer + this offer for this type

The four parts are estimated at once by ridge regression, which is a hierarchy: what few decisions say of an offer is
drawn to what is known of all offers and of its mechanism, that to what is assumed before anything was logged, and
both give way as outcomes arrive. Redemptions are foretold
in the same way, from those who are won and from those who order anyway. How strongly is drawn, is chosen by
cross-validation over customers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
NO_OFFER = -1
CELLS = ("pull", "pull_error", "uptake", "won")
"""What is known of each offer and loyalty type."""
LEVEL_Z = 1.959964
"""Standard errors on either side of a 95 % interval."""
_PRIOR_ORDERS = 3.0
PRIOR_PULL, PRIOR_MATCH, PRIOR_ANY, PRIOR_UPTAKE = 0.04, 0.2, 0.1, 0.3
"""Before anything was logged: what an offer does to a type that it does not speak to, to one that it does, what an
offer for anybody does, and how many of those who buy anyway redeem it."""


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
class OfferEffects:
    """Estimated effects of k offers.

    Attributes:
        level, slope: of the chance of an order without an offer, on `base`.
        pull: (k, t) chance of winning who would not have ordered.
        pull_error: (k, t) its standard error; NaN where it is assumed.
        uptake: (k, t) chance that who orders anyway redeems.
        won: (k, t) chance that who would not have ordered redeems.
        redemption_cost: (k,) what one redemption costs, minor units, but for
        cost_share: (k,) what it costs of the value of an order, as a percentage does.
        order_value: what an order brings on average, minor units; NaN where it is not known, as margins are then.
        margin_share: margin of a minor unit of it.
    """

    level: float
    slope: float
    pull: Floats
    pull_error: Floats
    uptake: Floats
    won: Floats
    redemption_cost: Floats
    cost_share: Floats
    order_value: float
    margin_share: float

    def without_offer(self, context: Context) -> Floats:
        """Chance of an order with no offer, (n,)."""
        return np.clip(self.level + self.slope * context.base, 0, 1)

    def repurchase(self, context: Context) -> Floats:
        """Change of the chance of an order by each offer, (n, k)."""
        return np.asarray((1 - context.base)[:, None] * (context.types @ self.pull.T))

    def repurchase_interval(self, context: Context) -> tuple[Floats, Floats]:
        """95 % bounds of what `repurchase` tells, (n, k) each; without bounds where effects are assumed.

        Errors of an offer's types are taken to go together, which is never too narrow.
        """
        error = LEVEL_Z * (1 - context.base)[:, None] * (context.types @ self.pull_error.T)
        error = np.where(np.isnan(error), np.inf, error)
        change = self.repurchase(context)
        return change - error, change + error

    def redemption(self, context: Context) -> Floats:
        """Chance that each offer is redeemed, (n, k), in [0, 1]."""
        won = (1 - context.base)[:, None] * (context.types @ self.won.T)
        return np.clip(won + context.base[:, None] * (context.types @ self.uptake.T), 0, 1)

    def value_of_order(self, context: Context) -> Floats:
        """What an order of each customer brings, (n,) minor units: the own mean, drawn to that of all."""
        value = (context.spend + _PRIOR_ORDERS * self.order_value) / (context.orders + _PRIOR_ORDERS)
        return np.asarray(value)

    def margin(self, context: Context, contact_cost: float = 0.0) -> Floats:
        """Change of the margin by each offer after its costs, minor units, (n, k).

        Args:
            contact_cost: of making an offer at all, minor units.
        """
        earned = self.repurchase(context) * (self.margin_share * self.value_of_order(context))[:, None]
        return np.asarray(earned - self.cost(context, contact_cost))

    def cost(self, context: Context, contact_cost: float = 0.0) -> Floats:
        """Expected cost of making each offer, minor units, (n, k): of redemptions and the contact."""
        redeemed = self.redemption_cost + self.value_of_order(context)[:, None] * self.cost_share
        return np.asarray(self.redemption(context) * redeemed + contact_cost)

    @classmethod
    def prior(
        cls,
        mechanism: Sequence[int],
        costs: Sequence[float],
        types: int,
        *,
        order_value: float,
        margin_share: float,
    ) -> OfferEffects:
        """What is assumed until decisions have outcomes: PRIOR_MATCH where an offer speaks to the type.

        Args:
            mechanism: of each offer, the index of the loyalty type that it speaks to; -1 for any.
            costs: of each offer, what a redemption costs, minor units.
            types: how many loyalty types there are.
        """
        kinds = np.asarray(mechanism)
        pull = np.where(kinds[:, None] == np.arange(types), PRIOR_MATCH, PRIOR_PULL)
        pull[kinds < 0] = PRIOR_ANY
        uptake, unknown = np.full_like(pull, PRIOR_UPTAKE), np.full_like(pull, np.nan)
        fixed, share = np.asarray(costs, np.float64), np.zeros(len(kinds))
        return cls(0.0, 1.0, pull, unknown, uptake, pull, fixed, share, order_value, margin_share)

    def with_known(self, known: OfferEffects, places: Sequence[int | None]) -> OfferEffects:
        """These effects, and in their place what is known of some offers.

        Args:
            known: of the same loyalty types.
            places: of each of these offers, the one among the known, or None.
        """
        own = np.array([number for number, place in enumerate(places) if place is not None], np.int64)
        theirs = np.array([place for place in places if place is not None], np.int64)
        parts = {}
        for name in (*CELLS, "redemption_cost", "cost_share"):
            values = getattr(self, name).copy()
            values[own] = getattr(known, name)[theirs]
            parts[name] = values
        shared = {name: getattr(known, name) for name in ("level", "slope", "order_value", "margin_share")}
        return OfferEffects(**parts, **shared)

    def to_json(self) -> dict[str, Any]:
        """As JSON values; null where nothing is known."""
        return {
            name: np.where(np.isnan(value), np.array(None), value).tolist()
            if isinstance(value, np.ndarray)
            else (None if np.isnan(value) else value)
            for name, value in vars(self).items()
        }

    @classmethod
    def from_json(cls, values: dict[str, Any], types: int) -> OfferEffects:
        """From what `to_json` gave.

        Args:
            types: how many loyalty types there are; JSON does not tell where there is no offer.
        """
        found = {
            name: np.asarray(value, np.float64) if isinstance(value, list) else np.float64(value).item()
            for name, value in values.items()
        }
        found |= {name: np.reshape(found[name], (-1, types)) for name in CELLS}
        return cls(**found)  # type: ignore[arg-type]


def best_offer(margin: Floats, eligible: npt.NDArray[np.bool_]) -> Ints:
    """The offer of each row (n,) that brings most, NO_OFFER where none brings anything."""
    possible = np.where(eligible, margin, -np.inf)
    best = possible.argmax(axis=1)
    return np.where(possible[np.arange(len(best)), best] > 0, best, NO_OFFER)
