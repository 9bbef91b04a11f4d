"""What is looked up beyond a customer's own rows: products, product types by week, and the shop's own words.

One reference belongs to one generation: batch, cluster and live features look things up in the same one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from features.kernel import loops
from features.kernel.columns import NEVER, UNKNOWN, Int

PRODUCT_TYPE = "product_type"
_MONDAY = 3
"""1970-01-01 was a Thursday: three days after a Monday."""


def _nobody() -> pa.Array:
    return pa.array([], pa.string())


@dataclass(frozen=True, eq=False)
class Reference:
    """The lookups of one generation; empty by default.

    Attributes:
        product_ids: every product that a row may name, once, shape (products,).
        attributes: by name, a code of each product (-1: missing) or a flag, shape (products,). `product_type` is
            a row of `weeks`.
        first_week: number of the first week in `weeks`, see `week_number`.
        weeks: by name, a number for each product type and week, 0 where unknown, shape (types, weeks).
        newcomers: customers who were recommended by others, once, shape (newcomers,).
        first_order: instant at which the first order of each was known, NEVER without one, shape (newcomers,).
        words: by name, a list of texts, in capitals or not, that mean the same to features.
        levels: by name, a whole number for each of some texts.
    """

    product_ids: pa.Array = field(default_factory=_nobody)
    attributes: Mapping[str, Int] = field(default_factory=dict)
    first_week: int = 0
    weeks: Mapping[str, Int] = field(default_factory=dict)
    newcomers: pa.Array = field(default_factory=_nobody)
    first_order: Int = field(default_factory=lambda: np.zeros(0, np.int64))
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    levels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def attribute(self, name: str, product: Int) -> Int:
        """An attribute of products given by position; missing where the product is unknown."""
        values = self.attributes.get(name)
        if values is None or not len(values):
            return np.full(len(product), UNKNOWN)
        return loops.looked_up(values, product, UNKNOWN)

    def cells(self, product: Int, day: Int) -> Int:
        """Where to look in `weeks` for products on calendar days (since 1970-01-01); UNKNOWN outside."""
        if not self.weeks:
            return np.full(len(product), UNKNOWN)
        kind = self.attribute(PRODUCT_TYPE, product)
        types, weeks = next(iter(self.weeks.values())).shape
        week = week_number(day) - self.first_week
        inside = (kind >= 0) & (kind < types) & (week >= 0) & (week < weeks)
        return np.where(inside, kind * weeks + week, UNKNOWN)

    def weekly(self, name: str, cells: Int) -> Int:
        """A number of product types in weeks; 0 where unknown."""
        table = self.weeks[name].ravel() if name in self.weeks else np.zeros(0, np.int64)
        return loops.looked_up(table, cells, 0)

    def write(self, folder: Path) -> None:
        """Write the lookups as plain files into a new folder."""
        folder.mkdir()
        for name, ids in (("products", self.product_ids), ("newcomers", self.newcomers)):
            with pa.OSFile(str(folder / f"{name}.arrow"), "wb") as file:
                table = pa.table({"id": ids})
                with pa.ipc.new_file(file, table.schema) as writer:
                    writer.write_table(table)
        numbers = {"first_week": np.array(self.first_week), "first_order": self.first_order}
        groups = {"attributes": self.attributes, "weeks": self.weeks, "numbers": numbers}
        for name, group in groups.items():
            arrays: dict[str, Any] = dict(group)
            np.savez(folder / f"{name}.npz", allow_pickle=False, **arrays)
        (folder / "words.json").write_text(json.dumps({"words": self.words, "levels": self.levels}), "utf-8")

    @classmethod
    def read(cls, folder: Path) -> Reference:
        """Read what `write` wrote."""
        ids = {}
        for name in ("products", "newcomers"):
            with pa.OSFile(str(folder / f"{name}.arrow"), "rb") as file:
                ids[name] = pa.ipc.open_file(file).read_all()["id"].combine_chunks()
        numbers, texts = _arrays(folder / "numbers.npz"), json.loads((folder / "words.json").read_bytes())
        return cls(
            product_ids=ids["products"],
            attributes=_arrays(folder / "attributes.npz"),
            first_week=int(numbers["first_week"]),
            weeks=_arrays(folder / "weeks.npz"),
            newcomers=ids["newcomers"],
            first_order=numbers["first_order"],
            words={name: tuple(words) for name, words in texts["words"].items()},
            levels=texts["levels"],
        )

    def converted(self, newcomer: Int) -> Int:
        """When the first order of newcomers given by position was known; NEVER where there is none."""
        if not len(self.first_order):
            return np.full(len(newcomer), NEVER)
        return np.where(newcomer >= 0, self.first_order[newcomer], NEVER)


def _arrays(file: Path) -> dict[str, Int]:
    with np.load(file, allow_pickle=False) as found:
        return {name: found[name] for name in found.files}


def week_number(day: Int) -> Int:
    """Number of the week, from Monday to Sunday, that a calendar day lies in; 0 holds 1970-01-01."""
    return (day + _MONDAY) // 7
