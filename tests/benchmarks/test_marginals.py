"""The simulated shop beside real ones, in a readable table, a page and one JSON object."""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from benchmarks.marginals import CUSTOMERS, measured, online_retail
from datasets.simulator.marginals_page import tables

ROOT = Path(__file__).parents[2]
KEYS = {
    *(f"{share}_simulated" for share in ("top_fifth", "gini", "promoted", "discount", "guests", "returns")),
    *(
        f"distance_{what}_complete_journey"
        for what in ("gap_days", "lines", "order_value", "orders", "weekdays")
    ),
}


@pytest.fixture(scope="module")
def wholesaler(tmp_path_factory):
    """Six lines in the columns of Online Retail II: a guest, a return, a line without value."""
    folder = tmp_path_factory.mktemp("data")
    rows = """(1, 'a', '2010-01-04', 2, 1.5), (1, 'b', '2010-01-14', 1, 4.0), (1, 'c', '2010-02-14', 1, 2.0),
              (NULL, 'd', '2010-01-14', 1, 4.0), (1, 'e', '2010-01-20', -1, 4.0), (2, 'f', '2010-01-20', 5, 0.0)"""
    names = 'lines("CustomerID", basket_key, day, "Quantity", "UnitPrice")'
    with duckdb.connect() as connection:
        lines = connection.sql(
            f'SELECT * EXCLUDE day, day::TIMESTAMP AS "InvoiceDate" FROM (VALUES {rows}) {names}'
        )
        lines.write_parquet(str(folder / "online_retail_ii.parquet"))
    return folder


@pytest.mark.slow
def test_the_last_line_holds_shares_and_distances_and_the_page_the_plots(wholesaler, tmp_path):
    page, png = tmp_path / "page.html", tmp_path / "plots.png"
    options = ["--quick", "--data", str(wholesaler), "--page", str(page), "--picture", str(png)]
    command = [sys.executable, "-m", "benchmarks.marginals", *options]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    document = json.loads(printed.splitlines()[-1])
    figures = document["figures"]
    assert set(figures) >= KEYS
    assert all(0 <= value <= 1 for value in figures.values())
    assert "skipped" not in document
    assert figures["guests_online_retail_ii"] == 0.25
    assert "Complete Journey" in page.read_text("utf-8")
    assert png.read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_printed_figures_are_those_of_the_two_sets_that_anybody_can_make(tmp_path):
    first, second, _ = tables(measured(tmp_path, CUSTOMERS, None)).values()
    page = (ROOT / "docs" / "simulator.md").read_text("utf-8")
    for title, simulated, grocer in [*first[1:], *second[1:]]:
        shown = [cell.replace("%", " %").replace("0.0 %", "none") for cell in (simulated, grocer)]
        assert f"| {title} | {shown[0]} | {shown[1]} |" in page


def test_lines_without_value_are_left_out_and_returns_kept(wholesaler, tmp_path):
    written = online_retail(wholesaler / "online_retail_ii.parquet", tmp_path / "lines.parquet")
    with duckdb.connect() as connection:
        amounts = connection.read_parquet(str(written)).project("amount").fetchall()
    assert sorted(amount for (amount,) in amounts) == [-4, 2, 3, 4, 4]


def test_a_folder_without_the_file_is_an_error_that_names_it(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no .*online_retail_ii\.parquet; bring Online Retail II"):
        online_retail(tmp_path / "online_retail_ii.parquet", tmp_path / "lines.parquet")
