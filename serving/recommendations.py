"""The recommendations of a generation: lists by customer, lists of the shop, and what goes with a basket."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.recommendations import COMPLEMENT, KINDS, NEW, NONE, POPULAR
from serving.manifest import GenerationError

FOLDER = "recommendations"
NAMES = "names.json"
BY_CUSTOMER = ("list_items", "list_probability", "list_kind", "list_due_days")
BOUGHT = ("bought_items", "bought_days", "bought_offsets")
BY_ITEM = ("item_ids", "groups", "wides", "near", "near_weights", "prices")
RECENT_DAYS = 90
"""How far back a generation knows what each customer bought."""
NEW_EVERY = 4
"""A stranger sees something new at every fourth place."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for.

    Attributes:
        count: how many at most.
        kind: only this one of KINDS.
        category: only items of this group or wider group.
        exclude_recent_days: nothing that the customer has bought in so many days before the cutoff, at most
            RECENT_DAYS.
        basket: ids of items in hand; what goes with them comes first, and they are not recommended.
    """

    count: int
    kind: str | None = None
    category: str | None = None
    exclude_recent_days: float | None = None
    basket: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """One recommendation; `item` is a place, times are days from the cutoff, None where they do not apply."""

    item: int
    kind: int
    probability: float | None = None
    due_days: float | None = None


@dataclass(frozen=True, eq=False)
class Recommendations:
    """Arrays are memory-mapped, read only; places are among the i items that are shown, NONE is no item.

    Shapes, for n customers in the order of the generation, p places of a list and m neighbours of an item:
    `list_items` (n, p), `list_probability` (n, p) of a purchase within the horizon, `list_kind` (n, p) codes into
    KINDS, `list_due_days` (n, p), NaN for what was never bought; `bought_items` and `bought_days` (b,) what each
    customer has bought lately and how many days before the cutoff, from `bought_offsets` (n + 1,) of its row on;
    `popular` and `fresh` places, the best first; `item_ids` (i,) bytes, ascending; `groups` and `wides` (i,) codes
    into the names, -1 for none; `near` (i, m) places and `near_weights` (i, m), the strongest first; `prices` (i,) in
    minor units, NaN where not known.
    """

    list_items: NDArray[np.int32]
    list_probability: NDArray[np.float32]
    list_kind: NDArray[np.uint8]
    list_due_days: NDArray[np.float32]
    bought_items: NDArray[np.int32]
    bought_days: NDArray[np.float32]
    bought_offsets: NDArray[np.int64]
    popular: NDArray[np.int32]
    fresh: NDArray[np.int32]
    item_ids: NDArray[np.bytes_]
    groups: NDArray[np.int32]
    wides: NDArray[np.int32]
    near: NDArray[np.int32]
    near_weights: NDArray[np.float32]
    prices: NDArray[np.float32]
    group_names: tuple[str, ...]
    wide_names: tuple[str, ...]

    @classmethod
    def open(cls, folder: Path, rows: int) -> Recommendations:
        """Map the recommendations of a generation.

        Args:
            rows: customers of the generation.

        Raises:
            GenerationError: a file is missing or does not fit.
        """
        try:
            names = json.loads((folder / NAMES).read_bytes())
            arrays = {
                name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))
                for name in (*BY_CUSTOMER, *BOUGHT, "popular", "fresh", *BY_ITEM)
            }
        except (OSError, ValueError) as error:
            raise GenerationError(f"{folder} cannot be read ({error}); build the generation again") from error
        lengths = [("bought_offsets", rows + 1), *((name, rows) for name in BY_CUSTOMER)]
        lengths += [(name, len(arrays["item_ids"])) for name in BY_ITEM]
        for name, length in lengths:
            if len(arrays[name]) != length:
                raise GenerationError(f"{folder}/{name}.npy has {len(arrays[name])} rows instead of {length}")
        return cls(group_names=tuple(names["groups"]), wide_names=tuple(names["wides"]), **arrays)

    def item_id(self, item: int) -> str:
        """The id of a place."""
        return bytes(self.item_ids[item]).decode()

    def place(self, item_id: str) -> int | None:
        """The place of an item, or None; binary search."""
        key = item_id.encode("utf-8", "surrogatepass")
        if not key or len(key) > self.item_ids.itemsize or key.endswith(b"\0"):
            return None
        found = int(np.searchsorted(self.item_ids, np.array(key, dtype=self.item_ids.dtype)))
        return found if found < len(self.item_ids) and self.item_ids[found] == key else None

    def category_of(self, item: int) -> str | None:
        """The name of an item's group; None where it has none."""
        code = int(self.groups[item])
        return self.group_names[code] if code >= 0 else None

    def next_category(self, row: int) -> tuple[str, float] | None:
        """The category that a customer likeliest buys from within the horizon, and how probable; None without one.

        By the items of the customer's list: a category is bought from where one of its items is.
        """
        items = self.list_items[row]
        listed = items != NONE
        groups = self.groups[items[listed]]
        known = groups >= 0
        if not known.any():
            return None
        kinds, place = np.unique(groups[known], return_inverse=True)
        missed = np.log1p(-np.clip(self.list_probability[row][listed][known].astype(np.float64), 0, 1 - 1e-9))
        total = np.bincount(place, weights=missed)
        best = int(total.argmin())
        return self.group_names[int(kinds[best])], float(-np.expm1(total[best]))

    def answer(self, row: int | None, wanted: Wanted, cutoff: datetime) -> list[dict[str, Any]]:
        """Recommendations as JSON values, the best first.

        Args:
            row: of the customer; None for a stranger, who is shown what is popular and new.
            cutoff: of the generation, from which expected days are counted.
        """
        basket = [place for place in map(self.place, wanted.basket) if place is not None]
        taken, answered = set(basket), list[dict[str, Any]]()
        for found in self._found(row, wanted, basket):
            if len(answered) == wanted.count:
                break
            if found.item in taken or not self._fits(found, wanted):
                continue
            taken.add(found.item)
            answered.append(self._shown(found, cutoff))
        return answered

    def _found(self, row: int | None, wanted: Wanted, basket: Sequence[int]) -> Iterator[Found]:
        """Everything that could be answered, what comes first first."""
        bought = {} if row is None else self._bought(row)
        recent = -np.inf if wanted.exclude_recent_days is None else wanted.exclude_recent_days
        own = iter(()) if row is None else self._own(row)
        for found in chain(self._beside(basket), own):
            if bought.get(found.item, np.inf) > recent:
                yield found
        # what the shop shows to everybody is not news to somebody who has just bought it
        yield from (found for found in self._of_the_shop() if found.item not in bought)

    def _bought(self, row: int) -> dict[int, float]:
        """Days before the cutoff on which a customer last bought each item of late."""
        start, end = self.bought_offsets[row : row + 2].tolist()
        items, days = self.bought_items[start:end].tolist(), self.bought_days[start:end].tolist()
        return dict(zip(items, days, strict=True))

    def _own(self, row: int) -> Iterator[Found]:
        """The list of a customer."""
        columns = (self.list_items, self.list_kind, self.list_probability, self.list_due_days)
        for item, kind, probability, due in zip(*(column[row].tolist() for column in columns), strict=True):
            if item == NONE:
                return
            yield Found(item, kind, probability, None if np.isnan(due) else due)

    def _of_the_shop(self) -> Iterator[Found]:
        """What is popular, with something new at every NEW_EVERY-th place; then the rest of what is new."""
        fresh = iter(self.fresh.tolist())
        for number, item in enumerate(self.popular.tolist(), start=1):
            if number % (NEW_EVERY - 1) == 0:
                yield Found(item, POPULAR)
                yield from (Found(new, NEW) for new in (next(fresh, NONE),) if new != NONE)
            else:
                yield Found(item, POPULAR)
        yield from (Found(new, NEW) for new in fresh)

    def _beside(self, basket: Sequence[int]) -> Iterator[Found]:
        """What goes with the items of a basket together: the sum of what each says."""
        total: dict[int, float] = {}
        for held in basket:
            for item, weight in zip(self.near[held].tolist(), self.near_weights[held].tolist(), strict=True):
                if item != NONE:
                    total[item] = total.get(item, 0.0) + weight
        for item in sorted(total, key=lambda item: (-total[item], item)):
            yield Found(item, COMPLEMENT)

    def _fits(self, found: Found, wanted: Wanted) -> bool:
        if wanted.kind is not None and KINDS[found.kind] != wanted.kind:
            return False
        if wanted.category is None:
            return True
        wide = int(self.wides[found.item])
        named = (self.category_of(found.item), self.wide_names[wide] if wide >= 0 else None)
        return wanted.category in named

    def _shown(self, found: Found, cutoff: datetime) -> dict[str, Any]:
        price = float(self.prices[found.item])
        due = found.due_days
        return {
            "item_id": self.item_id(found.item),
            "kind": KINDS[found.kind],
            "category": self.category_of(found.item),
            "probability": None if found.probability is None else round(found.probability, 6),
            "expected_on": None if due is None else (cutoff + timedelta(days=due)).date().isoformat(),
            "price": None if np.isnan(price) else round(price),
        }
