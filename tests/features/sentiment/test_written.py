from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.kernel.columns import NEVER
from features.sentiment.written import UNRATED, read_written
from tests.features.sentiment.voices import INSTANT, START, voices, write_feedback


def told(tmp_path, **row):
    base = voices(1)[0] | {"score": None} | row
    return read_written(write_feedback(tmp_path, [base]))


@pytest.mark.parametrize(
    ("kind", "score", "rating"),
    [
        ("review", 1.0, 0),
        ("review", 3.0, 1),
        ("review", 4.0, 2),
        ("csat", 2.0, 0),
        ("nps", 6.0, 0),
        ("nps", 8.0, 1),
        ("nps", 9.0, 2),
        ("cli", 2.0, 0),
        ("mention", 5.0, UNRATED),
        ("review", None, UNRATED),
    ],
)
def test_a_rating_is_good_or_bad_on_the_scale_of_its_kind(tmp_path, kind, score, rating):
    assert told(tmp_path, kind=kind, score=score).rating.tolist() == [rating]


def test_a_scale_of_its_own_is_moved_to_that_of_the_kind(tmp_path):
    rows = [voices(1)[0] | {"score": score} for score in (20.0, 60.0, 100.0)]
    table = pa.Table.from_pylist([row | {"feedback_id": str(n)} for n, row in enumerate(rows)])
    table = table.append_column("scale_min", pa.array([0.0] * 3)).append_column(
        "scale_max", pa.array([100.0] * 3)
    )
    pq.write_table(table, tmp_path / "feedback.parquet")
    assert read_written(tmp_path).rating.tolist() == [0, 1, 2]


def test_texts_come_as_they_became_known_and_blank_ones_not_at_all(tmp_path):
    rows = voices(3)
    rows[0]["ingested_at"] = START + timedelta(days=9)
    rows[1]["text"] = "  "
    found = read_written(write_feedback(tmp_path, rows))
    assert found.key.tolist() == ["f00002", "f00000"]
    assert (np.diff(found.known) > 0).all()


def test_a_contact_is_rated_when_its_rating_was_known(tmp_path):
    later = START + timedelta(days=3)
    contact = {
        "interaction_id": "i1",
        "customer_id": "c1",
        "opened_at": START,
        "text": "where is it",
        "csat": 1.0,
    }
    schema = pa.schema(
        [("interaction_id", pa.string()), ("customer_id", pa.string()), ("opened_at", INSTANT)]
    )
    for name, kind in (("text", pa.string()), ("csat", pa.float64()), ("csat_at", INSTANT)):
        schema = schema.append(pa.field(name, kind))
    pq.write_table(
        pa.Table.from_pylist([contact | {"csat_at": later}], schema), tmp_path / "interactions.parquet"
    )
    [rated], [known] = read_written(tmp_path).rated, read_written(tmp_path).known
    assert rated - known == 3 * 86_400_000_000
    pq.write_table(
        pa.Table.from_pylist([contact | {"csat": None}], schema), tmp_path / "interactions.parquet"
    )
    assert read_written(tmp_path).rated.tolist() == [NEVER]


def test_a_rating_that_came_at_nobody_knows_what_time_is_none(tmp_path):
    contact = {"interaction_id": "i1", "customer_id": "c1", "opened_at": START, "text": "late", "csat": 1.0}
    table = pa.Table.from_pylist([contact]).set_column(2, "opened_at", pa.array([START], INSTANT))
    pq.write_table(table, tmp_path / "interactions.parquet")
    assert read_written(tmp_path).rating.tolist() == [UNRATED]
    known = table.append_column("ingested_at", pa.array([START + timedelta(days=2)], INSTANT))
    pq.write_table(known, tmp_path / "interactions.parquet")
    found = read_written(tmp_path)
    assert (found.rating.tolist(), found.rated.tolist()) == ([0], found.known.tolist())


def test_what_those_wrote_who_refuse_is_left_out_and_a_mention_of_nobody_stays(tmp_path):
    rows = voices(3)
    for row, customer in zip(rows, ("ann", "bob", None), strict=True):
        row["customer_id"] = customer
    found = read_written(write_feedback(tmp_path, rows), lambda ids: ids != "ann")
    assert found.customer.tolist() == ["bob", None]


def test_without_tables_or_texts_there_is_nothing(tmp_path):
    assert len(read_written(tmp_path)) == 0
    pq.write_table(pa.table({"feedback_id": ["f1"]}), tmp_path / "feedback.parquet")
    assert len(read_written(tmp_path)) == 0
