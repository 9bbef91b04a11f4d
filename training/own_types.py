"""What a retailer adds to the loyalty types: types of its own, and what survey answers mean.

A type of one's own is known by the channels that it buys in, or by answers alone. Whoever says in a survey why they
buy, is of the type that the answer means, whatever the rule makes of the purchases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.feeders.embedded import Feeder
from features.matrix import FeatureMatrix
from features.tables.casting import literal
from training.audit.truncated import instant_sql

Instants = NDArray[np.datetime64]
_SUM = "sum_of_lines_of_"


@dataclass(frozen=True)
class OwnType:
    """What is declared of a loyalty type.

    Attributes:
        channels: whoever buys more in these than others do is of the type; none says nothing of purchases.
        answers: to a survey, in lower case, that mean the type.
    """

    name: str
    channels: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()

    @property
    def column(self) -> str:
        """Name of the sum of its lines, as `LoyaltyType` names sums, without the window."""
        return f"{_SUM}{self.name}"


def with_own_sums(
    feeder: Feeder, matrix: FeatureMatrix, types: Sequence[OwnType], window_days: int, ends: Instants
) -> FeatureMatrix:
    """The matrix with a column for each type that has channels: lines sold in them in the window, (rows,).

    Args:
        ends: (rows,) where the window of each row ends, exclusive.

    Raises:
        ValueError: a type has channels and the order lines have none.
    """
    declared = [own for own in types if own.channels]
    if not declared:
        return matrix
    if "order_lines.channel" not in feeder.present:
        raise ValueError(
            f"loyalty.types.{declared[0].name} is told by channels, and order_lines has no channel; bring the "
            "column or declare answers alone"
        )
    added = np.zeros((len(matrix), len(declared)), np.float32)
    for end in np.unique(ends):
        rows = np.flatnonzero(ends == end)
        start = end - np.timedelta64(window_days, "D")
        for place, own in enumerate(declared):
            lines = _lines_in(feeder.files["order_lines"], own.channels, start, end)
            added[rows, place] = [lines.get(customer, 0) for customer in matrix.customer_ids[rows]]
    names = tuple(f"{own.column}_{window_days}d" for own in declared)
    values = np.concatenate([matrix.values, added], axis=1)
    return FeatureMatrix(matrix.customer_ids, matrix.cutoffs, (*matrix.names, *names), values)


def _lines_in(
    order_lines: Path, channels: tuple[str, ...], start: np.datetime64, end: np.datetime64
) -> dict[str, int]:
    named = ", ".join(literal(channel) for channel in channels)
    query = f"""SELECT customer_id, count(*) FROM read_parquet({literal(str(order_lines))})
        WHERE amount > 0 AND customer_id IS NOT NULL AND channel IN ({named})
          AND ordered_at >= {_sql(start)} AND ordered_at < {_sql(end)} GROUP BY customer_id"""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return {str(customer): int(count) for customer, count in connection.execute(query).fetchall()}


@dataclass(frozen=True, eq=False)
class Answers:
    """Survey answers that mean a loyalty type, by time.

    Attributes:
        frame: `customer_id`, `given_at` and `known_at` (UTC, without a zone) and `label`, an index.
    """

    frame: pd.DataFrame

    @classmethod
    def read(cls, feeder: Feeder, meanings: Mapping[str, int]) -> Answers | None:
        """Read those of the feedback table; None where nobody answered.

        Args:
            meanings: answer in lower case to the index of its type.
        """
        if "feedback" not in feeder.files or "feedback.text" not in feeder.present:
            return None
        known = "coalesce(ingested_at, given_at)" if "feedback.ingested_at" in feeder.present else "given_at"
        query = f"""SELECT customer_id, given_at, {known} AS known_at, lower(trim(text)) AS answer
            FROM read_parquet({literal(str(feeder.files["feedback"]))})
            WHERE kind = 'survey' AND customer_id IS NOT NULL AND lower(trim(text)) IN
              ({", ".join(literal(answer) for answer in meanings)}) ORDER BY given_at"""
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            found = connection.sql(query).to_arrow_table().to_pandas()
        if found.empty:
            return None
        for column in ("given_at", "known_at"):
            found[column] = found[column].dt.tz_convert("UTC").dt.tz_localize(None)
        found["label"] = found.pop("answer").map(meanings)
        return cls(found)

    def over(
        self,
        labels: NDArray[np.int64],
        matrix: FeatureMatrix,
        starts: Instants,
        ends: Instants,
        *,
        known: bool,
    ) -> NDArray[np.int64]:
        """The labels (rows,), in their place the last answer that a customer gave in `[start, end)`.

        Args:
            known: only answers that had arrived by the end.
        """
        told = labels.copy()
        for start, end in set(zip(starts.tolist(), ends.tolist(), strict=True)):
            rows = np.flatnonzero((starts == np.datetime64(start)) & (ends == np.datetime64(end)))
            given = self.frame[self.frame["given_at"].between(start, end, inclusive="left")]
            if known:
                given = given[given["known_at"] < end]
            latest = given.groupby("customer_id")["label"].last()
            answer = latest.reindex(matrix.customer_ids[rows]).to_numpy(np.float64)
            told[rows] = np.where(np.isnan(answer), labels[rows], np.nan_to_num(answer)).astype(np.int64)
        return told


def _sql(instant: np.datetime64) -> str:
    at: datetime = instant.astype("datetime64[us]").item()
    return instant_sql(at.replace(tzinfo=UTC))
