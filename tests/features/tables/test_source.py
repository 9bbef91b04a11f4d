from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest


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
