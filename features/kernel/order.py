"""The order in which the kernel reads rows, (customer, time, key), and whether rows are in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.kernel.columns import Int, Mask


def disorder(customer: Int, time: Int, keys: Mapping[str, pa.Array]) -> str | None:
    """What is out of order, or None.

    Args:
        customer, time: of each row, shape (rows,).
        keys: what tells rows of one customer and instant apart, most important first; missing comes before all else.
    """
    step = np.diff(customer)
    if (step < 0).any():
        return "customers are not ascending"
    if ((step == 0) & (time[1:] < time[:-1])).any():
        return "times go back inside a customer"
    for name, back in _going_back(_tied(customer, time), keys):
        if back.any():
            return f"{name} goes back between rows of one instant"
    return None


def put_in_order(customer: Int, time: Int, keys: Mapping[str, pa.Array]) -> Int:
    """The rows in their order, shape (rows,); cheap where times and keys were nearly in order before."""
    row = by_customer_and_time(customer, time)
    customer, time = customer[row], time[row]
    tied = _tied(customer, time)
    taken = {name: array.take(pa.array(row)) for name, array in keys.items()}
    back = np.zeros(len(tied), bool)
    for _, wrong in _going_back(tied, taken):
        back |= wrong
    if back.any():
        instant = np.concatenate(([0], np.cumsum(~tied)))
        wrong = np.zeros(len(row), bool)
        wrong[instant[1:][back]] = True
        place = np.flatnonzero(wrong[instant])
        own = {name: _comparable(array).take(pa.array(place)) for name, array in taken.items()}
        by = [(name, "ascending", "at_start") for name in ("__instant", *own)]
        order = pc.sort_indices(pa.table({"__instant": instant[place], **own}), sort_keys=by)
        row[place] = row[place][order.to_numpy()]
    return row


def _tied(customer: Int, time: Int) -> Mask:
    """Whether each row is of the same customer and instant as the one before it. Shape (rows - 1,)."""
    tied: Mask = (customer[1:] == customer[:-1]) & (time[1:] == time[:-1])
    return tied


def _going_back(tied: Mask, keys: Mapping[str, pa.Array]) -> Iterator[tuple[str, Mask]]:
    """For each key, where it is smaller than in the row before, all keys before it being the same."""
    for name, array in keys.items():
        if not tied.any():
            return
        comparable = _comparable(array)
        yield name, tied & _less(comparable)
        tied = tied & _same(comparable)


def by_customer_and_time(customer: Int, time: Int) -> Int:
    """Rows by (customer, time), as they were where both are the same. Shape (rows,)."""
    row: Int = np.argsort(time, kind="stable")
    near = customer - customer.min(initial=0)
    # numbers of 16 bits are sorted by radix
    short = near.astype(np.uint16) if near.max(initial=0) <= np.iinfo(np.uint16).max else near
    return row[np.argsort(short[row], kind="stable")]


def _comparable(array: pa.Array) -> pa.Array:
    """A dictionary is sorted by text, so that its codes compare as its texts do."""
    return array.indices if pa.types.is_dictionary(array.type) else array


def _less(array: pa.Array) -> Mask:
    """Whether each value is smaller than the one before it, a missing one than any. Shape (rows - 1,)."""
    less = pc.less(array[1:], array[:-1])
    if not array.null_count:
        known: Mask = less.to_numpy(zero_copy_only=False)
        return known
    missing = pc.is_null(array).to_numpy(zero_copy_only=False)
    found: Mask = less.fill_null(False).to_numpy(zero_copy_only=False) | (missing[1:] & ~missing[:-1])
    return found


def _same(array: pa.Array) -> Mask:
    same = pc.equal(array[1:], array[:-1])
    if not array.null_count:
        known: Mask = same.to_numpy(zero_copy_only=False)
        return known
    both = pc.and_(pc.is_null(array[1:]), pc.is_null(array[:-1]))
    found: Mask = pc.or_(same.fill_null(False), both).to_numpy(zero_copy_only=False)
    return found
