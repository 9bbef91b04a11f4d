"""What Spark made, written as partitioned Parquet that takes its place only when it is complete."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from features.workspace import replacing_folder

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

CUTOFF = "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX"
"""A cutoff in the name of a folder, with its zone: a reader would take one without for an instant of its own zone."""


def write_partitioned(frame: DataFrame, out: str) -> int:
    """Write a frame by cutoff, a folder `cutoff=2024-05-01T00:00:00.000000Z` each.

    A folder of this machine is replaced when all of it is written. Below an address such as `s3a://` nothing is
    replaced: what is there already is an error, since such a store knows no renaming at once.

    Returns:
        The number of rows.

    Raises:
        ValueError: there is none.
        OSError: the workers do not write to the disk of this machine.
    """
    from pyspark.sql import Observation
    from pyspark.sql import functions as sql

    counted = Observation()
    dated = frame.withColumn("cutoff", sql.date_format("cutoff", CUTOFF))
    writer = dated.observe(counted, sql.count(sql.lit(1)).alias("rows")).write.partitionBy("cutoff")
    if "://" in out:
        writer.mode("errorifexists").parquet(out)
        return _some(counted.get["rows"])
    with replacing_folder(Path(out).resolve()) as fresh:
        made = fresh / "made"
        writer.parquet(f"file://{made}")
        rows = _some(counted.get["rows"])
        if sum(pq.read_metadata(file).num_rows for file in made.rglob("*.parquet")) != rows:
            raise OSError(
                f"workers wrote to disks of their own; instead of {out} give an address that all reach"
            )
        for part in made.iterdir():
            part.rename(fresh / part.name)
        made.rmdir()
    return rows


def _some(rows: int) -> int:
    if not rows:
        raise ValueError(
            "no customer who may be profiled has an order before the cutoff; choose a later cutoff"
        )
    return rows
