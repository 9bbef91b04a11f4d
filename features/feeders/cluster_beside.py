"""What lies beside validated tables: their report, and who consents to profiling."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from features.contract import CONSENTS
from features.feeders.cluster import is_absent
from features.tables.report import FILE_NAME as REPORT

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def bring_beside(spark: SparkSession, tables: str, folder: Path) -> Path:
    """Copy the report and the consents of tables, wherever Spark reads them, into a folder of this machine.

    Refusals belong to the tables: those of another folder say nothing of the customers in these.

    Returns:
        The folder.

    Raises:
        FileNotFoundError: the tables have no report.
    """
    from pyspark.errors import AnalysisException

    base = tables.rstrip("/")
    try:
        [report] = spark.read.text(f"{base}/{REPORT}", wholetext=True).collect()
    except AnalysisException as error:
        if not is_absent(error):
            raise
        raise FileNotFoundError(f"no {REPORT} in {tables}; make it with: regulars validate") from error
    (folder / REPORT).write_text(report["value"], encoding="utf-8")
    try:
        consents = spark.read.parquet(f"{base}/{CONSENTS.name}.parquet")
    except AnalysisException as error:
        if not is_absent(error):
            raise
    else:
        own = consents.where("purpose = 'profiling'").toArrow()
        pq.write_table(own, folder / f"{CONSENTS.name}.parquet")
    return folder
