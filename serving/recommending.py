"""Recommendations of a generation are made with its scores, and stored beside them in a folder of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.pairs.purchases import Items, read_purchases
from features.pairs.snapshot import Snapshot
from features.permission import Permit
from models.candidates import Shelf
from models.recommendations import NONE, Lists, make_lists
from models.recommender import Recommender
from models.shop_lists import basket_neighbours, bestsellers, newcomers
from serving.publishing import write_array, write_json
from serving.recommendations import NAMES, RECENT_DAYS

Ints = NDArray[np.int64]
POPULAR_PLACES, NEW_PLACES, NEIGHBOURS = 200, 50, 20


def write_recommendations(
    folder: Path,
    model: Recommender,
    tables: Path,
    customer_ids: NDArray[np.object_],
    cutoff: datetime,
    permit: Permit,
    progress: Callable[[str, int, int], None],
) -> None:
    """Write the recommendations of customers into a new folder; `serving.recommendations` says what is in it.

    Args:
        tables: the validated tables.
        customer_ids: (customers,) in the order of the generation's rows.
        cutoff: with a time zone; nothing from then on is looked at.
        permit: who may be profiled; purchases of others are not looked at either.

    Raises:
        ValueError: nothing may be recommended at this cutoff.
    """
    folder.mkdir()
    progress("recommendations", 0, len(customer_ids))
    purchases = read_purchases(tables, model.level)
    allowed = permit(purchases.customer_ids)
    snapshot = Snapshot.at(purchases.where(allowed[purchases.customer]), cutoff)
    if not snapshot.eligible.any():
        raise ValueError("no item has enough purchases to be recommended; score without recommendations")
    fresh = newcomers(snapshot, NEW_PLACES)
    shown = np.union1d(np.flatnonzero(snapshot.eligible), fresh)
    lists = _aligned(model, snapshot, customer_ids)
    near, weights = basket_neighbours(snapshot, shown, NEIGHBOURS)
    _write_items(folder, purchases.items, shown)
    prices = snapshot.items.price[shown].astype(np.float32)
    arrays: dict[str, NDArray[Any]] = {
        "list_items": _among(shown, lists.item),
        "list_probability": lists.probability,
        "list_kind": lists.kind,
        "list_due_days": lists.due_days,
        **_bought(snapshot, shown, customer_ids),
        "popular": _among(shown, bestsellers(snapshot, POPULAR_PLACES)),
        "fresh": _among(shown, fresh),
        "near": near,
        "near_weights": weights,
        "prices": prices,
    }
    for name, values in arrays.items():
        write_array(folder, name, values)
    progress("recommendations", len(customer_ids), len(customer_ids))


def _aligned(model: Recommender, snapshot: Snapshot, customer_ids: NDArray[np.object_]) -> Lists:
    """Lists in the order of ids; a customer without a purchase of an item has an empty one."""
    at = _places(snapshot, customer_ids)
    rows = np.flatnonzero(at >= 0)
    rows = rows[np.argsort(at[rows], kind="stable")]
    made, whole = (
        make_lists(model, Shelf.of(snapshot, model.limits), at[rows]),
        Lists.empty(len(customer_ids)),
    )
    for name in Lists.__dataclass_fields__:
        getattr(whole, name)[rows] = getattr(made, name)
    return whole


def _places(snapshot: Snapshot, customer_ids: NDArray[np.object_]) -> Ints:
    """Place of each id among the customers with purchases, NONE where there is none."""
    place = {found: number for number, found in enumerate(snapshot.purchases.customer_ids)}
    return np.array([place.get(asked, NONE) for asked in customer_ids], np.int64)


def _bought(snapshot: Snapshot, shown: Ints, customer_ids: NDArray[np.object_]) -> dict[str, NDArray[Any]]:
    """What each customer has bought in the last RECENT_DAYS, in the order of ids."""
    own = snapshot.own
    row = np.full(len(snapshot.purchases.customer_ids) + 1, NONE)  # the last is nobody
    row[_places(snapshot, customer_ids)] = np.arange(len(customer_ids))
    row[-1] = NONE
    place = np.full(own.things, NONE)
    place[shown] = np.arange(len(shown))
    kept = np.flatnonzero(
        (own.days_since_last <= RECENT_DAYS) & (row[own.customer] >= 0) & (place[own.thing] >= 0)
    )
    kept = kept[np.argsort(row[own.customer[kept]], kind="stable")]
    counts = np.bincount(row[own.customer[kept]], minlength=len(customer_ids))
    return {
        "bought_items": place[own.thing[kept]].astype(np.int32),
        "bought_days": own.days_since_last[kept].astype(np.float32),
        "bought_offsets": np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
    }


def _among(shown: Ints, items: NDArray[np.integer]) -> NDArray[np.int32]:
    """Places among the items that are shown; NONE stays."""
    return np.where(items >= 0, np.searchsorted(shown, items), NONE).astype(np.int32)


def _write_items(folder: Path, items: Items, shown: Ints) -> None:
    """Ids and groups of the items that are shown, ascending by id."""
    ids = np.array([str(found).encode() for found in items.ids[shown]], dtype=np.bytes_)
    write_array(folder, "item_ids", ids)
    write_array(folder, "groups", items.group[shown].astype(np.int32))
    write_array(folder, "wides", items.wide[shown].astype(np.int32))
    write_json(folder, NAMES, {"groups": items.groups, "wides": items.wides})
