"""Invented feedback of a small shop: what was written, and what it was rated."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

START = datetime(2024, 1, 1, tzinfo=UTC)
INSTANT = pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    [
        ("feedback_id", pa.string()),
        ("customer_id", pa.string()),
        ("given_at", INSTANT),
        ("kind", pa.string()),
        ("score", pa.float64()),
        ("channel", pa.string()),
        ("text", pa.string()),
        ("ingested_at", INSTANT),
    ]
)
THINGS = ("the jacket", "my order", "the blue lamp", "the coffee", "the shoes", "the parcel")
GOOD = ("{} arrived quickly and looks great", "I love {}, perfect quality", "very happy with {}, thank you")
BAD = (
    "{} came late and broken, terrible",
    "I hate {}, awful quality",
    "disappointed with {}, I want a refund",
)


def voices(count, *, seed=0, rated=1.0, flip=0.0):
    """`count` rows an hour apart, known an hour after they were given, of a fifth as many customers.

    Args:
        rated: share with a score.
        flip: share of scores that say the opposite of the text.
    """
    random = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        good = random.random() < 0.6
        text = random.choice(GOOD if good else BAD).format(random.choice(THINGS))
        score = (5.0 if good else 1.0) if random.random() >= flip else (1.0 if good else 5.0)
        at = START + timedelta(hours=number)
        rows.append(
            {
                "feedback_id": f"f{number:05}",
                "customer_id": f"c{random.integers(max(count // 5, 1)):04}",
                "given_at": at,
                "kind": "review",
                "score": score if random.random() < rated else None,
                "channel": "web",
                "text": text,
                "ingested_at": at + timedelta(hours=1),
            }
        )
    return rows


def write_feedback(tables, rows):
    """Write rows as the validated table."""
    tables.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), tables / "feedback.parquet")
    return tables
