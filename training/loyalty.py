"""The loyalty type of a customer, measured in a window as the excess over what the assortment would give.

Indices from few lines are noisy: each is shrunk to the mean by n / (n + k), where k is the number of lines at
which its split-half reliability is one half (measured on a grocery panel of 2,469 households), then
standardised over the regulars.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TYPES = ("value", "price", "reward", "discount", "occasional")
VALUE, PRICE, REWARD, DISCOUNT, OCCASIONAL = range(5)

REGULAR = (2, 6)
"""Once is no habit, and who buys six times a window is a regular anywhere."""

HALF_RELIABLE_LINES = {"discount": 60.0, "price_rank": 35.0, "private_label": 29.0, "reward": 68.0}

OWN_HALF_RELIABLE = 50.0
"""The same for a share of lines that a retailer declares: about the mean of those that were measured."""

_ROUNDING = 1e-9  # customers whose indices differ by less, relatively, do not differ


def loyalty_types(
    sums: Mapping[str, Floats], *, min_orders: int, threshold: float, own: Sequence[str] = ()
) -> NDArray[np.int64]:
    """The type of each customer as an index into TYPES and then `own`, shape (customers,).

    The strongest standardised index above `threshold` gives the type; a regular without one is `value`; a
    customer with fewer than `min_orders` orders is `occasional`.

    Args:
        own: types of the retailer's own that purchases tell; each has `lines_of_TYPE` among the sums.
    """
    regular = sums["starts_order"] >= min_orders
    indices = mechanism_indices(sums, regular)
    lines = np.maximum(sums["lines_sold"], 1)
    shares = [
        standardise(shrink(sums[f"lines_of_{name}"] / lines, lines, OWN_HALF_RELIABLE, regular), regular)
        for name in own
    ]
    scores = np.stack([indices["price"], indices["reward"], indices["discount"], *shares], axis=1)
    codes = np.array([PRICE, REWARD, DISCOUNT, *range(len(TYPES), len(TYPES) + len(own))])
    strongest = np.where(scores.max(axis=1) > threshold, codes[scores.argmax(axis=1)], VALUE)
    return np.where(regular, strongest, OCCASIONAL).astype(np.int64)


def mechanism_indices(sums: Mapping[str, Floats], regular: NDArray[np.bool_]) -> dict[str, Floats]:
    """Standardised indices of price, reward and discount, each shape (customers,).

    A missing sum (no points table, say) leaves its part out; an index without any part is -inf.
    """
    lines = np.maximum(sums["lines_sold"], 1)

    def standard(name: str, index: Floats) -> Floats:
        shrunk = shrink(index, lines, HALF_RELIABLE_LINES[name], regular)
        return standardise(shrunk, regular)

    parts: dict[str, list[Floats]] = {"price": [], "reward": [], "discount": []}
    if "hindsight_price_position" in sums:
        parts["price"].append(standard("price_rank", -sums["hindsight_price_position"] / lines))
    if "hindsight_excess_private_label" in sums:
        parts["price"].append(standard("private_label", sums["hindsight_excess_private_label"] / lines))
    used = [sums[name] for name in ("coupon_lines", "points_lines") if name in sums]
    if used:
        parts["reward"].append(standard("reward", np.sum(used, axis=0) / lines))
    if "hindsight_excess_discount" in sums:
        listed = np.maximum(sums["list_value"], 1)
        parts["discount"].append(standard("discount", sums["hindsight_excess_discount"] / listed))
    return {name: _combined(indices, regular) for name, indices in parts.items()}


def choose_min_orders(orders: Floats) -> int:
    """Orders in a window that make a regular in this shop: the median over its customers, within REGULAR.

    Args:
        orders: orders of each customer in the last window, shape (customers,); those without any do not count.
    """
    some = orders[orders > 0]
    return int(np.clip(np.median(some), *REGULAR)) if len(some) else REGULAR[0]


def shrink(index: Floats, lines: Floats, half: float, regular: NDArray[np.bool_]) -> Floats:
    """Pull indices of few lines to the regulars' mean: reliability n / (n + half) (Spearman-Brown)."""
    mean = float(np.average(index[regular], weights=lines[regular])) if regular.any() else 0.0
    return mean + (index - mean) * lines / (lines + half)


def standardise(index: Floats, regular: NDArray[np.bool_]) -> Floats:
    """Zero mean and unit deviation over the regulars; all 0 where they do not differ."""
    known = index[regular]
    spread = float(known.std()) if len(known) else 0.0
    if spread <= _ROUNDING * float(np.abs(known).max(initial=0.0)):
        return np.zeros_like(index)
    standard: Floats = (index - known.mean()) / spread
    return standard


def _combined(indices: list[Floats], regular: NDArray[np.bool_]) -> Floats:
    if not indices:
        return np.full(len(regular), -np.inf)
    return standardise(np.mean(indices, axis=0), regular)
