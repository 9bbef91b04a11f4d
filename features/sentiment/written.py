"""What customers wrote, out of the validated tables: texts, when each was known, and what it was rated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.contract import TABLES
from features.kernel.columns import NEVER, Int, Mask, microseconds
from features.permission import Permit
from features.sentiment.ratings import NPS, STARS, Scale, polarities
from features.sentiment.tables import WITH_TEXTS
from features.tables.casting import literal

UNRATED = -1
_SCALES: dict[str, tuple[float, float, Scale]] = {
    "nps": (0, 10, NPS),
    "csat": (1, 5, STARS),
    "cli": (1, 6, Scale(2, 5)),
    "review": (1, 5, STARS),
}
"""By kind: lowest and highest answer where the row does not say, and which answers are good and bad on that scale."""
_QUERIES = {
    "feedback": """
        SELECT feedback_id AS key, customer_id, text, greatest(given_at, ingested_at) AS known,
               kind, score, scale_min, scale_max, greatest(given_at, ingested_at) AS rated
        FROM feedback WHERE trim(text) <> ''""",
    "interactions": """
        SELECT interaction_id AS key, customer_id, text, greatest(opened_at, ingested_at) AS known,
               'csat' AS kind, csat AS score, NULL::DOUBLE AS scale_min, NULL::DOUBLE AS scale_max,
               CASE WHEN coalesce(csat_at, ingested_at) IS NOT NULL
                    THEN greatest(opened_at, csat_at, ingested_at) END AS rated
        FROM interactions WHERE trim(text) <> ''""",
}
"""`greatest` passes over what is missing."""


@dataclass(frozen=True, eq=False)
class Written:
    """Texts in the order in which they became known.

    Attributes:
        table, key: where each stands, shape (texts,).
        customer: who wrote it, None where nobody knows, shape (texts,).
        text: what was written.
        known: when that was known, microseconds, ascending, shape (texts,).
        rating: 0 negative, 1 neutral, 2 positive, UNRATED; shape (texts,).
        rated: when the rating was known, NEVER without one, shape (texts,).
    """

    table: NDArray[np.object_]
    key: NDArray[np.object_]
    customer: NDArray[np.object_]
    text: list[str]
    known: Int
    rating: Int
    rated: Int

    def __len__(self) -> int:
        return len(self.text)

    def where(self, mask: Mask) -> Written:
        """Some of them, in the same order."""
        place = np.flatnonzero(mask)
        return Written(
            self.table[place],
            self.key[place],
            self.customer[place],
            [self.text[at] for at in place],
            self.known[place],
            self.rating[place],
            self.rated[place],
        )

    def ratings_before(self, instant: int) -> Mask:
        """Texts whose rating was known before an instant, shape (texts,)."""
        known: Mask = (self.rating != UNRATED) & (self.rated < instant) & (self.known < instant)
        return known


def read_written(tables: Path, permit: Permit | None = None) -> Written:
    """Every text of the validated tables.

    Args:
        tables: the folder of validated tables.
        permit: mask of the customers who may be profiled; what the others wrote is left out. A text without a
            customer is nobody's profile.
    """
    found = [_read(tables, name) for name in WITH_TEXTS if (tables / f"{name}.parquet").is_file()]
    table = pa.concat_tables([each for each in found if each is not None] or [_EMPTY])
    known = microseconds(table["known"])
    order = np.argsort(known, kind="stable")
    table = table.take(pa.array(order))
    rated = microseconds(table["rated"])
    # a rating that came at nobody knows what time may be from the future
    rating = np.where(rated == NEVER, UNRATED, _ratings(table))
    written = Written(
        _objects(table["table"]),
        _objects(table["key"]),
        _objects(table["customer_id"]),
        table["text"].to_pylist(),
        known[order],
        rating,
        np.where(rating == UNRATED, NEVER, rated),
    )
    if permit is None or not len(written):
        return written
    nobody = np.array([customer is None for customer in written.customer])
    return written.where(nobody | permit(np.where(nobody, "", written.customer).astype(object)))


def _read(tables: Path, name: str) -> pa.Table | None:
    """The texts of one table; None where it has no column of texts."""
    file = tables / f"{name}.parquet"
    there = pq.read_schema(file).names
    if "text" not in there:
        return None
    missing = [column for column in TABLES[name].columns if column.name not in there]
    kinds = {"time": "TIMESTAMPTZ", "number": "DOUBLE"}
    absent = "".join(f", NULL::{kinds.get(column.kind, 'VARCHAR')} AS {column.name}" for column in missing)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        source = f"(SELECT *{absent} FROM read_parquet({literal(str(file))}))"
        query = _QUERIES[name].replace(f"FROM {name}", f"FROM {source}")
        return (
            connection.sql(f"SELECT '{name}' AS \"table\", * FROM ({query})").to_arrow_table().cast(_SCHEMA)
        )


_INSTANT = pa.timestamp("us", "UTC")
_SCHEMA = pa.schema(
    [
        ("table", pa.string()),
        ("key", pa.string()),
        ("customer_id", pa.string()),
        ("text", pa.string()),
        ("known", _INSTANT),
        ("kind", pa.string()),
        ("score", pa.float64()),
        ("scale_min", pa.float64()),
        ("scale_max", pa.float64()),
        ("rated", _INSTANT),
    ]
)
_EMPTY = _SCHEMA.empty_table()


def _ratings(table: pa.Table) -> Int:
    """Good, bad or neither, each answer moved from its own scale to that of its kind. Shape (rows,)."""
    score, low, high = (table[name].to_numpy() for name in ("score", "scale_min", "scale_max"))
    kind = _objects(table["kind"])
    found = np.full(len(table), UNRATED, np.int64)
    for name, (least, most, scale) in _SCALES.items():
        rows = np.flatnonzero((kind == name) & np.isfinite(score))
        bottom = np.where(np.isfinite(low[rows]), low[rows], least)
        top = np.where(np.isfinite(high[rows]), high[rows], most)
        usable = top > bottom
        rows, bottom, top = rows[usable], bottom[usable], top[usable]
        share = np.clip((score[rows] - bottom) / (top - bottom), 0, 1)
        found[rows] = polarities(_as_given(least + share * (most - least)), scale)
    return found


def _as_given(answers: NDArray[np.float64]) -> Sequence[float]:
    """Without the dust of moving them from scale to scale."""
    rounded: list[float] = np.round(answers, 6).tolist()
    return rounded


def _objects(column: pa.ChunkedArray) -> NDArray[np.object_]:
    return np.array(column.to_pylist(), object).reshape(len(column))
