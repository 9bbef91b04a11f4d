from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from features.tables.report import HEADER, Finding, Report, TableCounts, load_report

BAD = Finding("missing_column", "columns", "error", "map it", "order_lines", "amount")
ODD = Finding("unreadable", "rows", "warning", "write ISO 8601", "order_lines", "ordered_at", 2, ("x", "y"))
REPORT = Report(
    (BAD, ODD),
    {"order_lines": TableCounts(5, 3, 2, 1, {"unreadable_ordered_at": 2})},
    datetime(2024, 5, 3, tzinfo=UTC),
    "daily_lines",
    datetime(2024, 5, 1, tzinfo=UTC),
    datetime(2024, 5, 2, tzinfo=UTC),
    "0" * 64,
)


def test_a_saved_report_reads_back_as_it_was(tmp_path):
    REPORT.save(tmp_path)
    assert load_report(tmp_path) == REPORT


def test_a_folder_without_a_report_says_how_to_make_one(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"make it with: regulars validate"):
        load_report(tmp_path)


def test_the_json_names_states_and_times():
    data = json.loads(REPORT.to_json())
    assert data["as_of"] == "2024-05-03T00:00:00+00:00"
    assert [finding["state"] for finding in data["findings"]] == ["error", "warning"]


def test_the_error_names_table_column_and_mend_and_leaves_warnings_out():
    with pytest.raises(
        ValueError, match=r"^the tables cannot be used: table 'order_lines', column 'amount'.*map it$"
    ):
        REPORT.raise_for_errors()


def test_a_report_without_errors_raises_nothing():
    Report((ODD,), {}).raise_for_errors()


def test_the_table_for_a_reader_has_a_cell_for_each_heading():
    assert [len(row) for row in REPORT.to_table()] == [len(HEADER)] * 2
    assert REPORT.to_table()[1] == (
        "warning",
        "order_lines",
        "ordered_at",
        "unreadable",
        "2",
        "x, y",
        "write ISO 8601",
    )
