from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from training.audit.truncated import truncated_tables

INSTANT = pa.timestamp("us", "UTC")
CUTOFF = datetime(2024, 3, 1, tzinfo=UTC)


def _day(text):
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def cut(tmp_path):
    """A table of rows, written and cut: the rows that are left."""

    def cut_it(name, columns):
        arrays = {
            column: pa.array([_day(value) for value in values], INSTANT)
            if column.endswith(("_at", "_from"))
            else pa.array(values)
            for column, values in columns.items()
        }
        pq.write_table(pa.table(arrays), tmp_path / f"{name}.parquet")
        (tmp_path / "cut").mkdir()
        written = truncated_tables({name: tmp_path / f"{name}.parquet"}, CUTOFF, tmp_path / "cut")
        return pq.read_table(written[name]).to_pydict() if written else None

    return cut_it


def test_an_order_at_the_cutoff_or_later_is_left_out(cut):
    left = cut(
        "order_lines", {"order_id": ["a", "b", "c"], "ordered_at": ["2024-02-29", "2024-03-01", "2024-04-01"]}
    )
    assert left["order_id"] == ["a"]


def test_a_row_that_became_known_after_the_cutoff_is_left_out(cut):
    days = {"ordered_at": ["2024-02-01"] * 3, "ingested_at": ["2024-02-02", "2024-03-01", None]}
    assert cut("order_lines", {"order_id": ["a", "b", "c"]} | days)["order_id"] == ["a", "c"]


def test_a_customer_row_without_a_beginning_stays(cut):
    left = cut(
        "customers", {"customer_id": ["a", "b", "c"], "valid_from": [None, "2024-02-01", "2024-03-05"]}
    )
    assert left["customer_id"] == ["a", "b"]


def test_an_answer_that_came_after_the_cutoff_is_emptied_and_its_row_stays(cut):
    times = {
        "opened_at": ["2024-02-01"] * 2,
        "csat_at": ["2024-02-02", "2024-03-02"],
        "due_at": ["2024-04-01"] * 2,
    }
    left = cut("interactions", {"interaction_id": ["a", "b"], "csat": [5.0, 1.0]} | times)
    assert left["csat"] == [5.0, None]
    assert left["csat_at"] == [_day("2024-02-02"), None]
    assert left["due_at"] == [_day("2024-04-01")] * 2  # a plan is known from the beginning


def test_columns_and_their_types_stay_as_they_were(cut, tmp_path):
    cut("order_lines", {"order_id": ["a"], "ordered_at": ["2024-02-01"], "amount": [100]})
    before, after = (
        duckdb.read_parquet(str(tmp_path / place / "order_lines.parquet")) for place in ("", "cut")
    )
    assert (before.columns, before.types) == (after.columns, after.types)


def test_a_table_without_a_time_is_not_written(cut):
    assert cut("products", {"product_id": ["a"]}) is None
