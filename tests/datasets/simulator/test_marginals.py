import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datasets.simulator.marginals import measure, write_page


def test_the_simulated_shop_lies_between_a_grocer_and_a_wholesaler(shop):
    found = measure(shop.data / "order_lines.parquet")
    assert 3 <= found.gap_days[2] <= 31
    assert 3 <= found.lines[2] <= 15
    assert 0.5 <= found.top_fifth <= 0.77
    assert 0.3 <= found.promoted <= 0.55
    assert 0.05 <= found.discount <= 0.2
    assert 0.01 <= found.returns <= 0.04


def test_lines_without_list_prices_have_no_promotions(tmp_path):
    columns = {"customer_id": ["c", "c"], "order_id": ["1", "2"], "amount": [3.0, 4.0]}
    times = pa.array([0, 5 * 86_400_000_000], pa.timestamp("us", "UTC"))
    pq.write_table(pa.table(columns | {"ordered_at": times}), tmp_path / "lines.parquet")
    found = measure(tmp_path / "lines.parquet")
    assert (found.promoted, found.discount, found.gap_days[2]) == (None, None, 5)


def test_the_page_sets_shops_side_by_side(shop, tmp_path):
    lines = shop.data / "order_lines.parquet"
    write_page({"one": lines, "the other": lines}, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<th>one</th><th>the other</th>" in page
    assert "data:image/png;base64," in page


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no order lines at .*absent"):
        measure(tmp_path / "absent.parquet")


def test_lines_of_strangers_cannot_be_compared(shop, tmp_path):
    table = pq.read_table(shop.data / "order_lines.parquet").slice(0, 1)
    pq.write_table(table, tmp_path / "one.parquet")
    with pytest.raises(ValueError, match="holds no customer with two orders"):
        measure(tmp_path / "one.parquet")
