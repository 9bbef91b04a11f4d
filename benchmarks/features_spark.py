"""The same features by Spark on local cores: seconds on the clock from the start of the session, and equality."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyspark  # noqa: F401 (its absence is told before anything is measured)

from features.feeders.cluster import ClusterFeeder, build_on_cluster, open_session
from features.kernel.declare import Feature
from features.settings import SparkSettings


def spark_figures(
    folder: Path, cutoff: datetime, features: Sequence[Feature], ours: Path
) -> dict[str, float]:
    """Build features of one cutoff from `folder/tables` and compare them with the file `ours`, bit by bit."""
    start = time.monotonic()
    session = open_session(SparkSettings(master="local[2]"))
    try:
        feeder = ClusterFeeder(session, str(folder / "tables"))
        made = build_on_cluster(feeder, features, [cutoff]).toArrow()
        wall = time.monotonic() - start
    finally:
        session.stop()
    return {"spark_wall_s": wall, "spark_mismatches": _mismatches(made, pq.read_table(ours))}


def _mismatches(made: pa.Table, ours: pa.Table) -> float:
    """Values that differ; all of them where the customers do."""
    made, ours = made.sort_by("customer_id"), ours.sort_by("customer_id")
    if made["customer_id"].to_pylist() != ours["customer_id"].to_pylist():
        return float(max(made.num_rows, ours.num_rows) * (ours.num_columns - 2))
    wrong = 0
    for name in ours.column_names[2:]:
        one, other = made[name].to_numpy(), ours[name].to_numpy()
        wrong += int((~((one == other) | (np.isnan(one) & np.isnan(other)))).sum())
    return float(wrong)
