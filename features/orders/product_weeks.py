"""Sums of sold lines by product type and week turned into what is said of a type in a week; whole numbers only.

Whatever engine sums, everything after it is computed here, in integers, so that all engines say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.kernel.columns import Int

WEEKS = 13
NEAR_WEEKS = 6
REFERENCE_COLUMNS = (
    "type_lines",
    "type_discount_ppm",
    "type_private_ppm",
    "type_price_mean",
    "type_price_deviation",
    "actual_discount_ppm",
    "actual_private_ppm",
    "actual_price_mean",
    "actual_price_deviation",
)
SUMS = ("lines", "listed", "discount", "private", "log_price", "log_price_squared")
"""What is summed in each cell."""

_MILLION = 1_000_000
_FITS = 2.0**62
Whole = NDArray[Any]
"""Whole numbers: int64, or Python's own where those are too small. Shape (types, weeks) here."""


def weekly(cells: pa.Table, types: int) -> tuple[dict[str, Int], int]:
    """REFERENCE_COLUMNS for each type and week, 0 where the type was not sold around it, and the first week.

    Shares are parts per million, rounded down, log prices thousandths: means rounded down, deviations to the nearest.

    Args:
        cells: int64 columns `type`, `week`, `known_week` and SUMS; a row for each of the three that was sold.
        types: number of product types.

    Returns:
        By name, int64 of shape (types, weeks).
    """
    place = {name: cells[name].to_numpy() for name in ("type", "week", "known_week")}
    week, known = place["week"], place["known_week"]
    first = int(week.min()) - NEAR_WEEKS if len(week) else 0
    weeks = int(week.max()) + WEEKS + 1 - first if len(week) else 0
    sums = _sums(cells)
    spans = {
        "type": (known + 1, week + WEEKS),
        "actual": (week, week),
        "near": (week - NEAR_WEEKS, week + NEAR_WEEKS),
    }
    found = {
        name: _said(_around(sums, place["type"], start - first, last - first, (types, weeks)))
        for name, (start, last) in spans.items()
    }
    return {name: found[_span(name)][name.partition("_")[2]] for name in REFERENCE_COLUMNS}, first


def _span(name: str) -> str:
    if name.startswith("type_"):
        return "type"
    return "actual" if name == "actual_discount_ppm" else "near"


def _sums(cells: pa.Table) -> dict[str, Whole]:
    """The sums of each cell, so that no sum of them can leave the type of numbers."""
    found = {name: cells[name].to_numpy() for name in SUMS}
    totals = [float(np.abs(values.astype(np.float64)).sum()) for values in found.values()]
    return {name: values.astype(object) for name, values in found.items()} if max(totals) > _FITS else found


def _around(
    sums: Mapping[str, Whole], kind: Int, start: Int, last: Int, shape: tuple[int, int]
) -> dict[str, Whole]:
    """Sums over the weeks to which each cell contributes, `start` to `last`, as one difference array each."""
    there = start <= last
    kind, start, last = kind[there], start[there], last[there]
    found = {}
    for name, values in sums.items():
        grid = np.zeros((shape[0], shape[1] + 1), values.dtype)
        np.add.at(grid, (kind, start), values[there])
        np.subtract.at(grid, (kind, last + 1), values[there])
        found[name] = np.cumsum(grid, axis=1)[:, :-1]
    return found


def _said(sums: Mapping[str, Whole]) -> dict[str, Int]:
    lines = np.maximum(sums["lines"], 1)
    found = {
        "lines": sums["lines"],
        "discount_ppm": _ppm(sums["discount"], np.maximum(sums["listed"], 1)),
        "private_ppm": _ppm(sums["private"], lines),
        "price_mean": sums["log_price"] // lines,
        "price_deviation": _deviation(lines, sums["log_price"], sums["log_price_squared"]),
    }
    return {name: values.astype(np.int64) for name, values in found.items()}


def _ppm(part: Whole, whole: Whole) -> Whole:
    parts: Whole = _MILLION * _sized(part, _largest(part) * _MILLION) // whole
    return parts


def _deviation(count: Whole, total: Whole, squares: Whole) -> Whole:
    """Standard deviation of `count` whole numbers of which the sum and the sum of squares are known, half up."""
    mean = total // count
    left = total - mean * count
    around = squares - mean * (total + left)  # squared distances from the whole mean, small beside `squares`
    size = 16 * _largest(count) * max(_largest(count), _largest(around))
    count, left = _sized(count, size), _sized(left, size)
    spread = count * around - left * left  # variance times count squared
    guess = np.floor(np.sqrt(spread.astype(np.float64)) / count.astype(np.float64) + 0.5)
    guess = guess.astype(np.int64).astype(count.dtype)
    too_large = (guess > 0) & (((2 * guess - 1) * count) ** 2 > 4 * spread)
    too_small = ((2 * guess + 1) * count) ** 2 <= 4 * spread
    nearest: Whole = guess - too_large + too_small
    return nearest


def _largest(values: Whole) -> float:
    return float(np.abs(values).max(initial=0))


def _sized(values: Whole, size: float) -> Whole:
    """The numbers as Python's own where a product with them may reach a size beyond 64 bits."""
    return values.astype(object) if size > _FITS else values
