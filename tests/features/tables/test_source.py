from __future__ import annotations

import gzip
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.tables.formats import Format
from features.tables.source import configured_file, find_file, open_source

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


def parts(shop, *tables):
    """Order lines as a folder of Parquet files."""
    folder = shop.data / "order_lines"
    folder.mkdir()
    for number, rows in enumerate(tables):
        pq.write_table(pa.table(rows), folder / f"part-{number}.parquet")
    return shop


FIRST = {
    "order_id": [1, 2],
    "customer_id": [7, 8],
    "ordered_at": [datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 5, 2, tzinfo=UTC)],
    "amount": [1.5, 2.5],
}


def test_parts_with_ids_of_different_types_are_one_table(shop):
    shop = parts(shop, FIRST, FIRST | {"order_id": ["a", "b"], "customer_id": ["ann", "7"]})
    shop.validate().raise_for_errors()
    assert [row[0] for row in shop.rows("order_lines", "customer_id")] == ["7", "8", "ann", "7"]


def test_a_column_that_one_part_lacks_is_empty_there(shop):
    rest = {name: values for name, values in FIRST.items() if name != "amount"} | {"order_id": [3, 4]}
    report = parts(shop, FIRST | {"channel": ["web", "shop"]}, rest).validate()
    assert report.tables["order_lines"].reasons == {"missing_amount": 2}
    assert shop.rows("order_lines", "channel", "amount") == [("web", 150), ("shop", 250)]
    assert shop.quarantine("order_lines", "row", "order_id") == [(3, "3"), (4, "4")]


def test_a_parquet_file_that_names_a_column_twice_is_refused(shop):
    pq.write_table(pa.table(FIRST | {"Amount": [1, 2]}), shop.data / "order_lines.parquet")
    with pytest.raises(ValueError, match=r"order_lines.parquet names a column twice: amount; give each"):
        shop.validate().raise_for_errors()


def test_a_name_that_no_file_can_have_is_refused_in_few_words(shop):
    with pytest.raises(
        ValueError, match=r"file cannot be the name of a file: 'x{40}'... \(File name too long\)"
    ):
        find_file(shop.settings(tables={"order_lines": {"file": "x" * 5000}}), "order_lines")


def test_parts_that_do_not_fit_together_are_an_error(shop):
    shop = parts(shop, FIRST, FIRST | {"amount": [{"net": 1}, {"net": 2}]})
    assert shop.errors() == {"unreadable_table"}


def test_a_damaged_page_of_a_parquet_file_is_an_error(orders):
    shop = orders("1,a,ann,2024-05-01,1")
    shop.validate()
    before = (shop.workspace.tables / "report.json").read_bytes()
    (shop.data / "order_lines.csv").unlink()
    file = shop.data / "order_lines.parquet"
    pq.write_table(pa.table(FIRST), file, compression="zstd", use_dictionary=False)
    content = file.read_bytes()
    file.write_bytes(content[:40] + b"\xff" * 60 + content[100:])
    with pytest.raises(ValueError, match=r"unreadable_table|is damaged"):
        shop.validate().raise_for_errors()
    assert shop.errors() == {"unreadable_table"}
    assert (shop.workspace.tables / "report.json").read_bytes() == before


@pytest.mark.parametrize("damage", [lambda raw: raw[:-9], lambda raw: raw[:200] + bytes(50) + raw[250:]])
def test_a_compressed_csv_file_that_is_cut_short_or_damaged_is_an_error(shop, damage):
    lines = "".join(f"{n},c{n * 7919 % 10007},2024-05-01,{n}\n" for n in range(2000))
    raw = gzip.compress(b"order_id,customer_id,ordered_at,amount\n" + lines.encode())
    (shop.data / "order_lines.csv.gz").write_bytes(damage(raw))
    with pytest.raises(ValueError, match=r"order_lines.csv.gz is damaged or cut short; export it again"):
        shop.validate().raise_for_errors()


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


HEADER = "order_id,line_id,customer_id,ordered_at,amount"


def csv_parts(shop, **parts):
    """Order lines as a folder of CSV files, each with its first line."""
    folder = shop.data / "order_lines"
    folder.mkdir()
    for name, lines in parts.items():
        text = "".join(f"{line}\n" for line in lines).encode()
        zipped = name.endswith("_gz")
        file = folder / (name.removesuffix("_gz") + (".csv.gz" if zipped else ".csv"))
        file.write_bytes(gzip.compress(text) if zipped else text)
    return shop


def test_a_folder_of_csv_files_is_one_table_joined_by_the_names_of_its_columns(shop):
    later = ("ordered_at;amount;channel;line_id;order_id;customer_id", "2024-05-02;2.50;web;a;2;bob")
    report = csv_parts(shop, a_gz=(HEADER, *GOOD), b=later).validate()
    assert report.tables["order_lines"].rows_used == 2
    assert shop.rows("order_lines", "order_id", "amount", "channel") == [("1", 150, None), ("2", 250, "web")]


def test_a_part_without_a_first_line_or_without_rows_does_no_harm(shop):
    report = csv_parts(shop, a=(), b=(HEADER,), c=(HEADER, *GOOD)).validate()
    assert report.tables["order_lines"].rows_in == 1


def test_a_folder_of_parts_without_first_lines_is_an_empty_table(shop):
    report = csv_parts(shop, a=(), b=()).validate()
    found = {finding.name: finding.mend for finding in report.errors}
    assert found["empty_table"] == "the folder holds no rows; bring them"


def test_a_broken_line_in_one_part_is_counted_with_its_place_in_all(shop):
    report = csv_parts(shop, a=(HEADER, *GOOD), b=(HEADER, "2,a,bob")).validate()
    assert report.tables["order_lines"].reasons == {"broken_line": 1}
    assert shop.quarantine("order_lines", "row") == [(2,)]


def test_each_part_begins_where_the_one_before_ended(shop, tmp_path):
    shop = csv_parts(shop, a=(HEADER, *GOOD * 2), b=(HEADER,), c=(HEADER, *GOOD))
    source = open_source(duckdb.connect(), shop.data / "order_lines", tmp_path, Format("order_lines"))
    assert (source.starts, source.rows, source.noun) == ((0, 2, 2), 3, "folder")


def test_the_same_export_dropped_twice_is_named(shop):
    report = csv_parts(shop, a=(HEADER, *GOOD), b=(HEADER,), c=(HEADER, *GOOD)).validate()
    found = next(finding for finding in report.findings if finding.name == "repeated_part")
    assert (found.state, found.rows) == ("warning", 1)
    assert found.mend == "c.csv has the same content as a.csv; remove one of them"


def test_a_first_line_that_opens_a_quotation_mark_is_told_and_its_rows_are_read(shop):
    report = csv_parts(
        shop, a=(HEADER, *GOOD), b=(HEADER.replace(",am", ',"am'), "2,a,bob,2024-05-02,1")
    ).validate()
    found = [finding for finding in report.findings if finding.name == "open_quote"]
    assert [(finding.state, finding.mend[:40]) for finding in found] == [
        ("warning", "the first line of b.csv opens a quotatio")
    ]
    assert report.tables["order_lines"].rows_used == 2


def test_names_are_shown_only_where_every_part_surely_has_them(shop, tmp_path):
    shop = csv_parts(shop, a=(HEADER, *GOOD), b=GOOD)
    source = open_source(duckdb.connect(), shop.data / "order_lines", tmp_path, Format("order_lines"))
    assert not source.headed


def test_an_error_of_a_library_with_a_long_name_in_it_is_cut(shop):
    long = "n" * 10_000
    shop = parts(shop, FIRST | {long: [1, 2]}, FIRST | {long: [{"a": 1}, {"a": 2}]})
    assert all(len(finding.mend) < 800 for finding in shop.validate().findings)


def test_files_beside_the_parts_are_named(shop):
    shop = csv_parts(shop, a=(HEADER, *GOOD))
    (shop.data / "order_lines" / "may.xlsx").touch()
    found = {finding.name: finding for finding in shop.validate().findings}
    assert found["ignored_files"].state == "recommendation"
    assert "may.xlsx" in found["ignored_files"].mend


def test_parts_of_one_name_in_two_folders_are_two(shop):
    shop = csv_parts(shop, a=(HEADER, *GOOD))
    (shop.data / "order_lines" / "june").mkdir()
    (shop.data / "order_lines" / "june" / "a.csv").write_text(f"{HEADER}\n2,a,bob,2024-06-01,1\n")
    assert shop.validate().tables["order_lines"].rows_used == 2


def test_a_file_is_configured_beside_a_duckdb_file(shop):
    (shop.root / "shop.duckdb").touch()
    (shop.root / "offers.csv").touch()
    settings = shop.settings(source={"path": "shop.duckdb"}, tables={"offers": {"file": "offers.csv"}})
    assert configured_file(settings, "offers") == shop.root / "offers.csv"
    assert configured_file(settings, "products") is None
