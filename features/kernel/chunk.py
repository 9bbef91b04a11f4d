"""A chunk: the rows of some whole customers, of every table that features read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.kernel.columns import Int, flat
from features.kernel.stream import CUSTOMER


@dataclass(frozen=True, eq=False)
class Chunk:
    """Rows of whole customers, each table sorted by (customer, time, key).

    Attributes:
        ids: the customers with a row of the leading table, ascending, shape (customers,).
        tables: by name, the rows, and the number of the customer of each.
        is_sorted: the order of the rows need not be checked, since who made the chunk has sorted them.
    """

    ids: pa.Array
    tables: Mapping[str, tuple[pa.Table, Int]]
    is_sorted: bool = False

    @classmethod
    def of(cls, tables: Mapping[str, pa.Table], leading: str) -> Chunk:
        """Number the customers of a leading table; rows of other customers are left out.

        Raises:
            ValueError: a row has no customer, or the leading table's customers are not ascending.
        """
        ids, numbers = _runs(flat(tables[leading][CUSTOMER]))
        if len(ids) > 1 and pc.any(pc.less_equal(ids[1:], ids[:-1])).as_py():
            raise ValueError(
                f"rows of {leading!r} are not sorted: customers are not ascending; sort them by customer first"
            )
        found = {leading: (tables[leading], numbers)}
        for name, table in tables.items():
            if name != leading:
                found[name] = _among(table, ids)
        return cls(ids, found)


def _among(table: pa.Table, ids: pa.Array) -> tuple[pa.Table, Int]:
    own, number = _runs(flat(table[CUSTOMER]))
    place = pc.index_in(own, ids).fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    customer = place[number]
    if (customer >= 0).all():
        return table, customer
    return table.filter(pa.array(customer >= 0)), customer[customer >= 0]


def _runs(column: pa.Array) -> tuple[pa.Array, Int]:
    """The customers in the order of their rows, and for each row which of them it belongs to."""
    if column.null_count:
        raise ValueError(f"{column.null_count} rows have no customer; guests stay outside the kernel")
    if not len(column):
        return column, np.zeros(0, np.int64)
    change = pc.not_equal(column[1:], column[:-1]).to_numpy(zero_copy_only=False)
    first = np.concatenate(([0], np.flatnonzero(change) + 1))
    number = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(column))))
    return column.take(pa.array(first)), number
