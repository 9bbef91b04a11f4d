"""Compiled loops over the sorted rows of a chunk: what takes several passes in numpy takes one here.

Rows are those of whole customers, in order of (customer, time); `starts` holds the first row of each customer and,
last, the number of rows. A loop is compiled when it is first imported and kept beside this file or, where that cannot
be written, in the user's cache.
"""

from __future__ import annotations

import numpy as np
from numba import boolean, float64, int32, int64, types
from numpy.typing import NDArray

from features.compiled import compiled
from features.kernel.columns import NEVER, Floats, Int, Mask

Short = NDArray[np.int32]

FIRST_OF_KEY = -1
"""In `same_before`: no earlier row has the same key."""
LAST_OF_KEY = -1
"""In `same_after`: no later row has the same key."""
NO_KEY = -2
"""In both: the row has no key and is not counted."""

_READ = types.Array(int64, 1, "C", readonly=True)
_READ2 = types.Array(int64, 2, "C", readonly=True)
_MASK = types.Array(boolean, 1, "C", readonly=True)
_MADE, _MADE2, _FLOATS2 = int64[::1], int64[:, ::1], float64[:, ::1]
_ANY2 = types.Array(float64, 2, "A", readonly=True)
_SHORT, _SHORT2 = int32[::1], int32[:, ::1]


# --- row by row -------------------------------------------------------------------------------------------------


@compiled(_MADE(_READ, _READ, int64))
def looked_up(values: Int, place: Int, missing: int) -> Int:
    """The values at some places; `missing` outside. Shape (places,)."""
    found = np.empty(len(place), np.int64)
    for row in range(len(place)):
        found[row] = values[place[row]] if 0 <= place[row] < len(values) else missing
    return found


@compiled(_FLOATS2(_ANY2, _ANY2))
def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Quotients, NaN where the denominator is 0; of two arrays of one shape."""
    found = np.empty(numerator.shape, np.float64)
    windows, pairs = numerator.shape
    for window in range(windows):
        for pair in range(pairs):
            below = denominator[window, pair]
            found[window, pair] = np.nan if below == 0 else numerator[window, pair] / below
    return found


# --- rows of the same key ---------------------------------------------------------------------------------------


@compiled(_MADE(_READ, _MASK, _READ, int64))
def same_before(code: Int, among: Mask, starts: Int, codes: int) -> Int:
    """The row before each one that has the same code and customer. Shape (rows,).

    Args:
        code: smaller than `codes`; rows with a negative one have no key.
        among: the rows that are looked at; the others have no key.
    """
    latest = np.full(codes, -1, np.int32)
    found = np.full(len(code), NO_KEY, np.int64)
    for customer in range(len(starts) - 1):
        first = starts[customer]
        for row in range(first, starts[customer + 1]):
            if among[row] and code[row] >= 0:
                before = latest[code[row]]
                found[row] = before if before >= first else FIRST_OF_KEY
                latest[code[row]] = row
    return found


@compiled(_MADE(_READ))
def same_after(before: Int) -> Int:
    """The row after each one that has the same key, given the row before each. Shape (rows,)."""
    found = np.full(len(before), NO_KEY, np.int64)
    for row in range(len(before)):
        if before[row] != NO_KEY:
            found[row] = LAST_OF_KEY
            if before[row] >= 0:
                found[before[row]] = row
    return found


@compiled(_MADE(_READ, _READ))
def running(before: Int, values: Int) -> Int:
    """Sum of values over rows of the same key up to and including each; 0 without a key. Shape (rows,)."""
    total = np.zeros(len(before), np.int64)
    for row in range(len(before)):
        if before[row] != NO_KEY:
            total[row] = values[row] + (total[before[row]] if before[row] >= 0 else 0)
    return total


# --- earlier rows of a customer ---------------------------------------------------------------------------------


@compiled(_MADE(_READ, _READ, _READ, int64))
def carried(at: Int, values: Int, starts: Int, before: int) -> Int:
    """The latest of `values`, given at rows `at` (ascending), up to each row; `before` where none. Shape (rows,)."""
    found = np.empty(starts[-1], np.int64)
    place = 0
    for customer in range(len(starts) - 1):
        latest = before
        for row in range(starts[customer], starts[customer + 1]):
            if place < len(at) and at[place] == row:
                latest = values[place]
                place += 1
            found[row] = latest
    return found


@compiled(_MADE(_READ, _READ))
def earlier(at: Int, starts: Int) -> Int:
    """For each of the rows `at` (ascending) the one before it of the same customer, or -1."""
    found = np.empty(len(at), np.int64)
    customer, before = 0, -1
    for place in range(len(at)):
        while at[place] >= starts[customer + 1]:
            customer += 1
        found[place] = before if before >= starts[customer] else -1
        before = at[place]
    return found


@compiled(_MADE(_READ, _READ))
def so_far(values: Int, starts: Int) -> Int:
    """Sum of values over the customer's rows up to and including each. Shape (rows,)."""
    total = np.empty(len(values), np.int64)
    for customer in range(len(starts) - 1):
        reached = 0
        for row in range(starts[customer], starts[customer + 1]):
            reached += values[row]
            total[row] = reached
    return total


# --- windows ----------------------------------------------------------------------------------------------------


@compiled(_MADE2(_READ, _READ, _READ))
def rows_before(time: Int, starts: Int, edges: Int) -> Int:
    """The first row at or after each of some ascending instants, of each customer. Shape (customers, edges)."""
    found = np.empty((len(starts) - 1, len(edges)), np.int64)
    for customer in range(len(starts) - 1):
        row, end = starts[customer], starts[customer + 1]
        for edge in range(len(edges)):
            while row < end and time[row] < edges[edge]:
                row += 1
            found[customer, edge] = row
    return found


@compiled(_MADE(_READ))
def ranks(values: Int) -> Int:
    """How many values that are not 0 stand before each place. Shape (rows + 1,)."""
    found = np.empty(len(values) + 1, np.int64)
    found[0] = 0
    for row in range(len(values)):
        found[row + 1] = found[row] + (values[row] != 0)
    return found


@compiled(_FLOATS2(_READ, _READ2, _READ))
def sums(values: Int, start: Int, end: Int) -> Floats:
    """Sums over rows from `start`, shape (windows, pairs), to before `end`, shape (pairs,).

    A difference of prefix sums: integers wrap around and come back, so that it is exact whatever the chunk holds, and
    0 for an empty window.
    """
    total = np.empty(len(values) + 1, np.int64)
    total[0] = 0
    for row in range(len(values)):
        total[row + 1] = total[row] + values[row]
    found = np.empty(start.shape, np.float64)
    for window in range(start.shape[0]):
        for pair in range(start.shape[1]):
            found[window, pair] = total[end[pair]] - total[start[window, pair]]
    return found


@compiled(_FLOATS2(_READ, _READ2, _READ))
def maxima(values: Int, start: Int, end: Int) -> Floats:
    """Largest value of the same rows; NaN in an empty window, and where it is NEVER. Shape (windows, pairs)."""
    found = np.empty(start.shape, np.float64)
    for window in range(start.shape[0]):
        for pair in range(start.shape[1]):
            most = NEVER
            for row in range(start[window, pair], end[pair]):
                most = max(most, values[row])
            found[window, pair] = most if most != NEVER else np.nan
    return found


@compiled(_FLOATS2(_READ, _READ2, _READ))
def latest(values: Int, start: Int, end: Int) -> Floats:
    """The value of the last of the same rows; NaN in an empty window, and where it is NEVER."""
    found = np.empty(start.shape, np.float64)
    for window in range(start.shape[0]):
        for pair in range(start.shape[1]):
            value = values[end[pair] - 1] if end[pair] > start[window, pair] else NEVER
            found[window, pair] = value if value != NEVER else np.nan
    return found


@compiled(_SHORT(_READ, _READ, _READ, int64))
def next_cutoff(time: Int, starts: Int, cutoffs: Int, later: int) -> Short:
    """Position of the first cutoff after each row's time plus `later`; their number where none is. Shape (rows,)."""
    found = np.empty(len(time), np.int32)
    for customer in range(len(starts) - 1):
        reached = 0
        for row in range(starts[customer], starts[customer + 1]):
            while reached < len(cutoffs) and cutoffs[reached] <= time[row] + later:
                reached += 1
            found[row] = reached
    return found


@compiled(types.void(_MADE2, _READ, _SHORT, _SHORT2, int64, int64))
def _come_and_go(inside: Int, after: Int, enter: Short, leave: Short, first: int, end: int) -> None:
    """Count the keys of one customer inside each window at each cutoff; `inside` comes as zeros."""
    none = inside.shape[1] - 1
    for row in range(first, end):
        if enter[row] == none:
            break
        if after[row] == NO_KEY:
            continue
        replaced = enter[after[row]] if after[row] >= 0 else none
        for window in range(len(leave)):
            left = min(replaced, leave[window, row])
            if left > enter[row]:
                inside[window, enter[row]] += 1
                inside[window, left] -= 1
    for window in range(len(leave)):
        for place in range(1, none):
            inside[window, place] += inside[window, place - 1]


@compiled(_FLOATS2(_READ, _SHORT, _SHORT2, _READ, int64, _READ, _READ))
def distinct(
    after: Int, enter: Short, leave: Short, starts: Int, cutoffs: int, customer: Int, cutoff: Int
) -> Floats:
    """Number of different keys in windows before cutoffs. Shape (windows, pairs).

    A key is counted at the last of its rows before the cutoff: a row at t followed at t' counts for the cutoffs in
    (t, min(t', t + length)]. Those are neighbours in time, so that counting where each row comes and goes is enough.

    Args:
        after: the row after each that has the same key, shape (rows,).
        enter: the first cutoff after each row, shape (rows,).
        leave: the first cutoff at which each window has left a row behind, shape (windows, rows).
        starts: first rows of customers.
        cutoffs: how many there are; the position of one that no row reaches.
        customer, cutoff: of each pair, in ascending order; the cutoff as a position. Shape (pairs,).
    """
    windows = len(leave)
    found = np.zeros((windows, len(customer)), np.float64)
    inside = np.zeros((windows, cutoffs + 1), np.int64)
    pair = 0
    while pair < len(customer):
        person = customer[pair]
        inside[:] = 0
        _come_and_go(inside, after, enter, leave, starts[person], starts[person + 1])
        while pair < len(customer) and customer[pair] == person:
            for window in range(windows):
                found[window, pair] = inside[window, cutoff[pair]]
            pair += 1
    return found
