from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.tables.source import find_file

GOOD = ("1,a,ann,2024-05-01 10:00,1.50",)


def test_a_file_that_is_no_parquet_is_an_error(shop):
    (shop.data / "order_lines.parquet").write_text("order_id,customer_id\n1,a\n")
    with pytest.raises(ValueError, match=r"order_lines.parquet is not readable as Parquet"):
        shop.validate().raise_for_errors()


def test_a_folder_of_parquet_files_is_one_table(shop):
    folder = shop.data / "order_lines"
    folder.mkdir()
    times = [datetime(2024, 5, day, tzinfo=UTC) for day in (1, 2)]
    for part, time in enumerate(times):
        rows = {"order_id": [1], "customer_id": [7.0], "ordered_at": [time], "amount": [1.5]}
        pq.write_table(pa.table(rows), folder / f"part-{part}.parquet")
    shop.validate().raise_for_errors()
    found = shop.rows("order_lines", "line_id", "customer_id", "ordered_at")
    assert found == [("000000001", "7", times[0]), ("000000002", "7", times[1])]


def test_two_files_that_could_be_one_table_are_an_error(orders):
    shop = orders(*GOOD)
    (shop.data / "order_lines.parquet").touch()
    with pytest.raises(ValueError, match=r"order_lines.parquet and order_lines.csv could both be"):
        find_file(shop.settings(), "order_lines")


def test_a_configured_file_wins_and_has_to_exist(orders):
    shop = orders(*GOOD)
    (shop.data / "till.csv").touch()
    assert (
        find_file(shop.settings(tables={"order_lines": {"file": "till.csv"}}), "order_lines").name
        == "till.csv"
    )
    with pytest.raises(ValueError, match=r"\[tables.order_lines\] file is 'no.csv'"):
        find_file(shop.settings(tables={"order_lines": {"file": "no.csv"}}), "order_lines")


def test_a_file_of_another_kind_is_refused(orders):
    shop = orders(*GOOD)
    (shop.data / "till.xlsx").touch()
    with pytest.raises(ValueError, match=r"till.xlsx is not a Parquet or CSV file"):
        shop.validate(tables={"order_lines": {"file": "till.xlsx"}}).raise_for_errors()


def test_a_table_that_was_not_brought_has_no_file(shop):
    assert find_file(shop.settings(), "products") is None


def test_a_compressed_csv_file_is_read(shop):
    text = "order_id,customer_id,ordered_at,amount\n1,ann,2024-05-01,1\n"
    (shop.data / "order_lines.csv.gz").write_bytes(gzip.compress(text.encode()))
    assert shop.validate().tables["order_lines"].rows_used == 1
