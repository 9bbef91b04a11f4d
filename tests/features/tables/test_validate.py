from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from features.settings import Settings
from features.tables.report import load_report
from features.tables.validate import validate
from features.workspace import Workspace

ORDERS_HEADER = "order_id,line_id,customer_id,ordered_at,amount"
GOOD = (
    "1,a,ann,2024-05-01 10:00,1.50",
    "1,b,ann,2024-05-01 10:00,2.00",
    "2,a,bob,2024-05-02 10:00,3.00",
)


def test_good_order_lines_come_out_with_canonical_types(orders):
    shop = orders(*GOOD)
    shop.validate().raise_for_errors()
    written = pq.read_table(shop.workspace.tables / "order_lines.parquet")
    assert [str(kind) for kind in written.schema.types] == [
        "string",
        "string",
        "string",
        "timestamp[us, tz=UTC]",
        "int64",
    ]
    assert written.column("amount").to_pylist() == [150, 200, 300]


def test_a_parquet_file_reads_as_the_csv_file_does(orders):
    shop = orders(*GOOD)
    from_csv = shop.validate()
    rows = list(csv.DictReader(io.StringIO("\n".join([ORDERS_HEADER, *GOOD]))))
    pq.write_table(pa.Table.from_pylist(rows), shop.data / "order_lines.parquet")
    (shop.data / "order_lines.csv").unlink()
    assert shop.validate() == from_csv


def test_an_error_leaves_the_last_good_output_untouched(orders):
    shop = orders(*GOOD)
    shop.validate()
    before = (shop.workspace.tables / "order_lines.parquet").read_bytes()
    shop.write("order_lines.csv", "order_id", "1")
    assert shop.validate().errors
    assert (shop.workspace.tables / "order_lines.parquet").read_bytes() == before
    assert sorted(path.name for path in shop.workspace.root.iterdir()) == ["tables"]


def test_too_many_quarantined_rows_leave_the_last_good_output_untouched(orders):
    orders(*GOOD).validate()
    shop = orders(*GOOD, "3,a,eve,yesterday,1.00")
    report = shop.validate(source={"max_quarantined_share": 0.2})
    assert {finding.name for finding in report.errors} == {"too_many_quarantined"}
    assert load_report(shop.workspace.tables).tables["order_lines"].rows_in == 3


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("3,a,eve,yesterday,1.00", "unreadable_ordered_at"),
        ("3,a,eve,2024-13-01,1.00", "unreadable_ordered_at"),
        ("3,a,eve,infinity,1.00", "unreadable_ordered_at"),
        ("3,a,eve,24-05-02,1.00", "unreadable_ordered_at"),
        ("3,a,eve,,1.00", "missing_ordered_at"),
        ('3,a,eve,2024-05-02,"1,00"', "unreadable_amount"),
        ("3,a,eve,2024-05-02,nan", "unreadable_amount"),
        ("3,a,eve,2024-05-02,inf", "unreadable_amount"),
        ("3,a,eve,2024-05-02,1e300", "unreadable_amount"),
        ("3,a,eve,2024-05-02,", "missing_amount"),
        (",a,eve,2024-05-02,1.00", "missing_order_id"),
        ("3,,eve,2024-05-02,1.00", "missing_line_id"),
        ("3,a,\x01\x02,2024-05-02,1.00", "unreadable_customer_id"),
        ("3,a,\u200b,2024-05-02,1.00", "unreadable_customer_id"),
        ("3,a,nan,2024-05-02,1.00", "unreadable_customer_id"),
        (f"3,a,{'x' * 129},2024-05-02,1.00", "unreadable_customer_id"),
        ("2,a,eve,2024-05-02,1.00", "duplicate_key"),
        ("3,a,eve,2099-01-01,1.00", "after_as_of"),
        ("3,a,eve,2024-05-02", "broken_line"),
        ("3,a,eve,2024-05-02,1.00,2.00", "broken_line"),
        ('3,a,"eve,2024-05-02,1.00', "broken_line"),
    ],
)
def test_a_bad_row_is_quarantined_with_its_reason(orders, line, reason):
    shop = orders(*GOOD[:2], line, GOOD[2]) if reason != "duplicate_key" else orders(*GOOD, line)
    report = shop.validate()
    counts = report.tables["order_lines"]
    assert counts.reasons == {reason: 1}
    assert (counts.rows_in, counts.rows_used) == (4, 3)
    assert [row[0] for row in shop.quarantine("order_lines", "reason")] == [reason]


def test_the_fingerprint_does_not_depend_on_the_order_of_the_rows(orders):
    one = orders(*GOOD).validate().fingerprint
    assert orders(*reversed(GOOD)).validate().fingerprint == one
    assert orders(*GOOD[:2]).validate().fingerprint != one


@pytest.mark.parametrize("changed", ["1,b,ann,2024-05-01 10:00,2.01", "1,b,amy,2024-05-01 10:00,2.00"])
def test_the_fingerprint_changes_with_any_value(orders, changed):
    one = orders(*GOOD).validate().fingerprint
    assert orders(GOOD[0], changed, GOOD[2]).validate().fingerprint != one


def test_the_report_beside_the_tables_is_the_one_returned(orders):
    shop = orders(*GOOD, "9,a,eve,2099-01-01,1.00")
    report = shop.validate()
    assert load_report(shop.workspace.tables) == report
    assert json.loads(report.to_json())["tables"]["order_lines"]["rows_used"] == 3


def test_a_memory_limit_that_does_not_suffice_is_refused(orders):
    shop = orders(*(f"{number},a,c{number},2024-05-01,1" for number in range(3000)))
    with pytest.raises(ValueError, match=r"source.memory_limit = '1MB' is too little for 'order_lines'"):
        shop.validate(source={"memory_limit": "1MB"})


def test_progress_names_each_table(orders):
    said: list[str] = []
    shop = orders(*GOOD)
    validate(shop.settings(), shop.workspace, said.append)
    assert "reading order_lines" in said


WORDS = st.sampled_from(
    ["", "1", "a", '"', '""', ",", ";", "nan", "-1.5", "2024-05-01", "\r", "\x00", "é", "\n", "inf", "1e9"]
)
GARBAGE = st.lists(st.lists(WORDS, max_size=8).map("".join), max_size=8)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@example(["1,a,b,2024-05-01,1"] * 3)
@example(["1,a,b,2024-05-01", '1,a,"b,2024-05-01,1', "1,a,b,2024-05-01,1\r1,a"])
@given(GARBAGE)
def test_rows_in_are_the_rows_used_and_the_rows_quarantined_whatever_the_file_holds(lines):
    with tempfile.TemporaryDirectory() as name:
        data = Path(name) / "data"
        data.mkdir()
        text = "\n".join([ORDERS_HEADER, "0,a,ann,2024-05-01,1", "0,b,ann,2024-05-02,1", *lines]) + "\n"
        (data / "order_lines.csv").write_bytes(text.encode())
        workspace = Workspace(Path(name) / "workspace")
        source = {"max_quarantined_share": 1}
        chosen = Settings.model_validate({"root": name, "source": source, "consent": {"basis": "contract"}})
        report = validate(chosen, workspace)
        report.raise_for_errors()
        counts = report.tables["order_lines"]
        assert counts.rows_in == counts.rows_used + counts.rows_quarantined
        assert pq.read_metadata(workspace.tables / "order_lines.parquet").num_rows == counts.rows_used
        quarantine = workspace.tables / "quarantine" / "order_lines.parquet"
        written = pq.read_metadata(quarantine).num_rows if quarantine.exists() else 0
        assert written == counts.rows_quarantined


PLAIN = st.text(
    st.characters(codec="ascii", exclude_characters='"\r\n,;\t|', exclude_categories=["Cc"]), max_size=6
)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.lists(PLAIN, min_size=4, max_size=6), max_size=6))
def test_every_line_of_a_file_without_quotes_is_counted(rows):
    with tempfile.TemporaryDirectory() as name:
        data = Path(name) / "data"
        data.mkdir()
        lines = [",".join(row) for row in rows]
        text = "\n".join([ORDERS_HEADER, "0,a,ann,2024-05-01,1", "0,b,ann,2024-05-02,1", *lines])
        (data / "order_lines.csv").write_text(text + "\n")
        chosen = Settings.model_validate(
            {"root": name, "source": {"max_quarantined_share": 1}, "consent": {"basis": "contract"}}
        )
        counts = validate(chosen, Workspace(Path(name) / "workspace")).tables["order_lines"]
        assert counts.rows_in == 2 + len(lines)
        broken = [row for row in rows if len(row) != 5 and not (len(row) == 6 and not row[5])]
        assert counts.reasons.get("broken_line", 0) == len(broken)
