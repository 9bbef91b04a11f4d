"""Whether two Parquet files of features, one row a customer, say the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Values = NDArray[np.float32]
RELATIVE = 1e-6
"""Two ratios that differ by no more differ by the rounding of their operations to float32."""

WHOLE = ("count", "total_spend", "largest_order_value", "longest_gap", "last_gap_days", "points_redeemed")
"""In the names of features that are counts or sums of integers: these must be equal to the last bit."""


def mismatches(ours: Path, theirs: Path) -> tuple[int, int]:
    """Compare every feature of every customer; unknown (NaN or NULL) equals unknown.

    Returns:
        The number of values compared, and of those that differ. A customer or a column that only one file has
        differs in all its values.

    Raises:
        ValueError: a file has a customer twice.
    """
    left, right = _features(ours), _features(theirs)
    customers, names = left.index.union(right.index), left.columns.union(right.columns)
    shared = left.columns.intersection(right.columns)
    both = left.index.intersection(right.index)
    agreeing = sum(
        int(
            _same(
                _numbers(left.loc[both, name]), _numbers(right.loc[both, name]), exactly=_is_whole(name)
            ).sum()
        )
        for name in shared
    )
    compared = len(customers) * len(names)
    return compared, compared - agreeing


def _features(file: Path) -> pd.DataFrame:
    frame = pd.read_parquet(file).set_index("customer_id").drop(columns="cutoff", errors="ignore")
    if not frame.index.is_unique:
        twice = frame.index[frame.index.duplicated()][0]
        raise ValueError(f"{file} has customer {twice!r} twice; features of one cutoff have a row a customer")
    return frame


def _numbers(column: pd.Series) -> Values:
    numbers: Values = column.to_numpy(np.float32, na_value=np.nan)
    return numbers


def _is_whole(name: str) -> bool:
    return any(part in name for part in WHOLE)


def _same(left: Values, right: Values, *, exactly: bool) -> NDArray[np.bool_]:
    equal: NDArray[np.bool_] = (left == right) | (np.isnan(left) & np.isnan(right))
    return equal if exactly else equal | np.isclose(left, right, rtol=RELATIVE, atol=0.0)
