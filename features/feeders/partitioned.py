"""What Spark made, written as partitioned Parquet that takes its place only when it is complete."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from features.workspace import replacing_folder

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def write_partitioned(frame: DataFrame, out: str) -> None:
    """Write a frame by cutoff.

    A folder of this machine is replaced when all of it is written. Below an address such as `s3a://` nothing is
    replaced: what is there already is an error, since such a store knows no renaming at once.
    """
    if "://" in out:
        frame.write.partitionBy("cutoff").mode("errorifexists").parquet(out)
        return
    with replacing_folder(Path(out)) as fresh:
        frame.write.partitionBy("cutoff").parquet(str(fresh / "made"))
        for part in (fresh / "made").iterdir():
            part.rename(fresh / part.name)
        (fresh / "made").rmdir()
