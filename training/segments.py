"""Groups of customers at their cutoff, by which a model is judged: tenure, loyalty type, channel, and who they are.

A group says what was true before the cutoff: the main channel of the year before, the loyalty type of the last
window, the row of `customers` that held then. Where that table keeps no history, today's value is taken and the name
says so; groups are for looking at a model, and no model reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.contract import TABLES
from features.feeders.embedded import Feeder
from features.matrix import FeatureMatrix
from features.settings import LoyaltySettings
from features.streams.customers import CHANGING
from features.tables.casting import identifier
from training.audit.truncated import instant_sql, truncated_sql
from training.movement import types_before

Groups = NDArray[np.object_]
_Known = Callable[[datetime], Mapping[str, str]]
Segments = dict[str, Groups]
"""The group of each row, by the name of the segmentation."""

TENURE_DAYS = {"below 90 days": 90, "90 to 180 days": 180, "180 days to a year": 365, "1 to 2 years": 730}
LONGEST_TENURE = "2 years and more"
CHANNEL_DAYS = 365
UNKNOWN, OTHERS = "unknown", "others"
MOST_GROUPS = 8
"""A segmentation with more groups keeps the largest; the rest are OTHERS."""
TENURE, TYPE, CHANNEL = "tenure", "loyalty type in the last window", "main channel"


def segments_of(feeder: Feeder, matrix: FeatureMatrix, settings: LoyaltySettings) -> Segments:
    """The segmentations that the tables allow, for the rows of a matrix.

    Args:
        feeder: of the tables that the matrix was built from.
        matrix: rows of one or several cutoffs, with `tenure_days`.
        settings: window and rule of the loyalty type.
    """
    found = {TENURE: tenure_bands(matrix.column("tenure_days")), TYPE: types_before(feeder, matrix, settings)}
    if "order_lines.channel" in feeder.present:
        found[CHANNEL] = _by_cutoff(matrix, partial(_main_channels, feeder.files["order_lines"]))
    if "customers" in feeder.files:
        found |= _attributes(feeder.files["customers"], matrix)
    merged = {name: _largest(groups) for name, groups in found.items()}
    return {name: groups for name, groups in merged.items() if len(np.unique(groups)) > 1}


def tenure_bands(days: NDArray[np.floating]) -> Groups:
    """The band of each tenure in days."""
    names = np.array([*TENURE_DAYS, LONGEST_TENURE], object)
    bands: Groups = names[np.searchsorted(list(TENURE_DAYS.values()), days, side="right")]
    return bands


def _main_channels(order_lines: Path, at: datetime) -> dict[str, str]:
    """The channel in which most orders of the year before an instant were placed, by customer."""
    since = instant_sql(at - timedelta(days=CHANNEL_DAYS))
    return _answers(
        f"""SELECT customer_id, arg_max(channel, (orders, channel)) FROM (
                SELECT customer_id, channel, count(DISTINCT order_id) AS orders
                FROM ({truncated_sql("order_lines", order_lines, at)})
                WHERE amount > 0 AND ordered_at >= {since} AND customer_id IS NOT NULL AND channel IS NOT NULL
                GROUP BY customer_id, channel) GROUP BY customer_id"""
    )


def _attributes(customers: Path, matrix: FeatureMatrix) -> Segments:
    """What `customers` says: columns of the contract, and free attributes with few values."""
    there = pq.read_schema(customers).names
    contract = {column.name for column in TABLES["customers"].columns}
    kept = "valid_from" in there
    found = {}
    for column in [name for name in there if name in CHANGING or name not in contract]:
        groups = _by_cutoff(matrix, partial(_values, customers, column, kept=kept))
        if column in CHANGING or len(np.unique(groups)) <= MOST_GROUPS:
            found[column if kept else f"{column} (today's)"] = groups
    return found


def _values(customers: Path, column: str, at: datetime, *, kept: bool) -> dict[str, str]:
    """The value of a column that held before an instant, by customer; the only one where no history is kept."""
    name = identifier(column)
    latest = (
        f"arg_max({name}, coalesce(valid_from, '-infinity'::TIMESTAMPTZ))" if kept else f"any_value({name})"
    )
    rows = truncated_sql("customers", customers, at)
    return _answers(
        f"SELECT customer_id, {latest}::VARCHAR FROM ({rows}) WHERE {name} IS NOT NULL GROUP BY 1"
    )


def _answers(query: str) -> dict[str, str]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return {str(customer): str(value) for customer, value in connection.execute(query).fetchall()}


def _by_cutoff(matrix: FeatureMatrix, known: _Known) -> Groups:
    """The group of each row by what was known at its cutoff."""
    found: Groups = np.full(len(matrix), UNKNOWN, object)
    for cutoff in np.unique(matrix.cutoffs):
        groups: Mapping[str, str] = known(_instant(cutoff))
        rows = np.flatnonzero(matrix.cutoffs == cutoff)
        found[rows] = [groups.get(customer, UNKNOWN) for customer in matrix.customer_ids[rows]]
    return found


def _largest(groups: Groups) -> Groups:
    """The largest groups by name; what is left is OTHERS."""
    names, index, counts = np.unique(groups.astype(str), return_inverse=True, return_counts=True)
    if len(names) <= MOST_GROUPS:
        return groups
    kept = np.isin(np.arange(len(names)), np.argsort(-counts, kind="stable")[: MOST_GROUPS - 1])
    merged: Groups = np.where(kept, names, OTHERS).astype(object)[index]
    return merged


def _instant(cutoff: np.datetime64) -> datetime:
    at: datetime = cutoff.astype("datetime64[us]").item()
    return at.replace(tzinfo=UTC)
