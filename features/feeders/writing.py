"""A feature matrix written as it is built, so that its size is bounded by the disk alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.feeders.embedded import Feeder, build_features
from features.kernel.declare import Feature
from features.kernel.stream import CUSTOMER
from features.permission import Permit
from features.workspace import replacing_file

GROUP_ROWS = 1 << 16
_WRITING = {"compression": "lz4", "use_dictionary": False, "write_statistics": ["cutoff"]}
"""Features hardly repeat: a dictionary costs more than the rest of the work and saves little."""


def write_features(
    feeder: Feeder,
    features: Sequence[Feature],
    cutoffs: Sequence[datetime],
    file: Path,
    *,
    permit: Permit | None = None,
    hindsight: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Write the features of all customers at the cutoffs as Parquet, ordered by (customer, cutoff).

    The file is replaced only when it is complete.

    Args:
        permit: mask of the customers who may be profiled; the others are in no row.
        hindsight: see `build_features`.
        progress: told how many order lines are done, and how many there are.

    Returns:
        The number of rows.

    Raises:
        ValueError: no customer has an order line before the cutoffs.
    """
    total, done, rows = feeder.customer_rows() if progress else 0, 0, 0

    def count(lines: int) -> None:
        nonlocal done
        done += lines
        if progress is not None:
            progress(done, total)

    with replacing_file(file) as fresh:
        writer: pq.ParquetWriter | None = None
        try:
            for table in build_features(feeder, features, cutoffs, hindsight=hindsight, progress=count):
                kept = _permitted(table, permit)
                writer = writer or pq.ParquetWriter(fresh, table.schema, **_WRITING)
                writer.write_table(kept, row_group_size=GROUP_ROWS)
                rows += kept.num_rows
        finally:
            if writer is not None:
                writer.close()
        if not rows:
            raise ValueError("no customer has an order before the cutoff; choose a later cutoff")
    return rows


def _permitted(table: pa.Table, permit: Permit | None) -> pa.Table:
    if permit is None:
        return table
    ids = table[CUSTOMER].to_numpy(zero_copy_only=False).astype(object)
    mask: np.ndarray[tuple[int], np.dtype[np.bool_]] = permit(ids)
    return table if mask.all() else table.filter(pa.array(mask))
