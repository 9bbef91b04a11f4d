"""Brand mentions: how many there are on which channel, how they sound, what the unhappy ones are about.

Of a mention it is often unknown who wrote it. It counts all the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from features.contract import ASPECTS
from features.permission import Permit
from features.sentiment.masking import mask
from features.tables.casting import literal

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
"""Controls, which a terminal would obey, and marks that turn the direction of what follows."""
LONGEST_QUOTE = 280
"""Characters of a quote that are shown."""


@dataclass(frozen=True)
class Mentions:
    """Mentions of some days before an instant.

    Attributes:
        channels: for each channel, the most mentioned first: mentions, with a polarity, negative, positive, and mean
            polarity in [-1, 1] or None.
        aspects: how many negative mentions are about each aspect; one may be about several.
        quotes: the most negative, without personal data.
    """

    since: datetime
    until: datetime
    channels: list[dict[str, Any]]
    aspects: dict[str, int]
    quotes: list[dict[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "mentions": sum(channel["mentions"] for channel in self.channels),
            "channels": self.channels,
            "negative_by_aspect": self.aspects,
            "quotes": self.quotes,
        }


def mentions(
    file: Path, until: datetime, *, days: int, quotes: int = 0, permit: Permit | None = None
) -> Mentions:
    """Count the mentions of `[until - days, until)` that were known by then.

    Args:
        file: feedback, with polarity and aspects where they are known.
        quotes: how many to show.
        permit: mask of the customers who may be profiled; what the others said is left out.

    Raises:
        FileNotFoundError: there is no feedback.
    """
    if not file.is_file():
        raise FileNotFoundError(f"there is no feedback at {file}; bring the table and run: regulars validate")
    since = until - timedelta(days=days)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        there = {
            name
            for name, *_ in connection.sql(f"DESCRIBE FROM read_parquet({literal(str(file))})").fetchall()
        }
        optional = {"channel": "VARCHAR", "text": "VARCHAR", "polarity": "DOUBLE", "aspects": "VARCHAR"}
        absent = "".join(f", NULL::{kind} AS {name}" for name, kind in optional.items() if name not in there)
        known = "greatest(given_at, ingested_at)" if "ingested_at" in there else "given_at"
        connection.execute(
            f"CREATE TABLE mention AS SELECT *{absent} FROM read_parquet({literal(str(file))})"
            f" WHERE kind = 'mention' AND given_at >= $since AND given_at < $until AND {known} < $until",
            {"since": since, "until": until},
        )
        if permit is not None and "customer_id" in there:
            _leave_out(connection, permit)
        by_channel = connection.sql(
            """SELECT coalesce(channel, 'unknown') AS channel, count(*) AS mentions, count(polarity) AS judged,
                      count(*) FILTER (polarity < 0) AS negative, count(*) FILTER (polarity > 0) AS positive,
                      avg(polarity) AS polarity
               FROM mention GROUP BY 1 ORDER BY 2 DESC, 1"""
        )
        channels = [dict(zip(by_channel.columns, row, strict=True)) for row in by_channel.fetchall()]
        about = connection.sql(
            """SELECT trim(unnest(string_split(aspects, ','))) AS aspect, count(*) FROM mention
               WHERE polarity < 0 GROUP BY 1"""
        ).fetchall()
        worst = connection.execute(
            """SELECT strftime(given_at, '%Y-%m-%dT%H:%M:%SZ'), coalesce(channel, 'unknown'), polarity,
                      coalesce(aspects, ''), text FROM mention
               WHERE polarity < 0 AND trim(text) <> '' ORDER BY polarity, given_at DESC LIMIT $quotes""",
            {"quotes": quotes},
        ).fetchall()
    counted = {aspect: count for aspect, count in about if aspect in ASPECTS}
    return Mentions(since, until, channels, {name: counted.get(name, 0) for name in ASPECTS}, _quoted(worst))


def _leave_out(connection: duckdb.DuckDBPyConnection, permit: Permit) -> None:
    """Delete what customers said who may not be profiled."""
    found = connection.sql(
        "SELECT DISTINCT customer_id FROM mention WHERE customer_id IS NOT NULL"
    ).fetchall()
    ids = np.array([customer for (customer,) in found], object)
    if len(ids):
        refused = ids[~permit(ids)].tolist()
        connection.execute(
            "DELETE FROM mention WHERE list_contains($refused, customer_id)", {"refused": refused}
        )


def _quoted(rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    names = ("given_at", "channel", "polarity", "aspects", "text")
    found = [dict(zip(names, row, strict=True)) for row in rows]
    for quote in found:
        text = mask(_UNSEEN.sub("", " ".join(quote["text"].split())))
        quote["text"] = text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"
    return found
