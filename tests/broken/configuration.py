"""Settings that do not fit the files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from features.contract import TABLES
from tests.broken.delivery import Damage, Delivery, Outcome, kind_in
from tests.broken.good import ROWS, parquet_bytes

KINDS: list[Damage] = []

SOURCES: dict[str, tuple[Outcome, dict[str, Any]]] = {
    "folder_that_does_not_exist": ("said", {"path": "nowhere"}),
    "source_that_is_a_file": ("said", {"path": "data/order_lines.parquet"}),
    "source_that_is_no_database": ("said", {"path": "/dev/null"}),
    "end_before_every_row": ("either", {"as_of": datetime(2001, 1, 1, tzinfo=UTC)}),
    "end_without_a_zone": ("either", {"as_of": datetime(2024, 6, 1)}),
    "end_in_year_9999": ("harmless", {"as_of": datetime.max.replace(tzinfo=UTC)}),
    "end_in_year_1": ("either", {"as_of": datetime.min.replace(tzinfo=UTC)}),
    "memory_of_one_byte": ("either", {"memory_limit": "1KB"}),
    "memory_of_one_megabyte": ("either", {"memory_limit": "1MB"}),
    "memory_of_five_megabytes": ("either", {"memory_limit": "5MB"}),
    "memory_in_percent": ("harmless", {"memory_limit": "50%"}),
    "zone_of_half_an_hour": ("harmless", {"timezone": "Asia/Kolkata"}),
    "zone_at_the_date_line": ("harmless", {"timezone": "Pacific/Kiritimati"}),
    "money_without_decimals": ("harmless", {"minor_digits": 0}),
    "money_of_four_decimals": ("harmless", {"minor_digits": 4}),
    "decimal_comma_for_points": ("either", {"decimal": ","}),
    "time_format_that_fits_nothing": ("either", {"time_formats": ("%d.%m.%Y",)}),
    "time_format_of_no_meaning": ("either", {"time_formats": ("%Q %9 %",)}),
    "time_format_without_a_mark": ("either", {"time_formats": ("yesterday",)}),
    "time_format_with_a_quote": ("either", {"time_formats": ("%Y'); DROP TABLE x; --",)}),
    "time_format_empty": ("either", {"time_formats": ("",)}),
    "address_without_a_driver": ("said", {"url": "nosuchbase://localhost/shop"}),
    "address_that_is_none": ("said", {"url": "not an address"}),
    "address_of_a_database_that_is_not_there": ("said", {"url": "sqlite:////nowhere/at/all.db"}),
}
COMPUTED: dict[str, tuple[Outcome, str]] = {
    "half_a_sum": ("said", "1 +"),
    "of_an_unknown_column": ("said", "nothing_of_the_kind * 2"),
    "of_two_statements": ("said", "1; DROP TABLE customers"),
    "that_reads_a_file": ("said", "(SELECT content FROM read_text('/etc/passwd'))"),
    "of_an_unknown_function": ("said", "frobnicate(1)"),
    "that_is_empty": ("said", ""),
    "of_an_unclosed_bracket": ("said", "((1)"),
    "that_closes_a_bracket": ("said", "1) AS x FROM range(3); --"),
    "that_fails_on_every_row": ("said", "error('on purpose')"),
    "that_counts_rows": ("said", "count(*)"),
    "that_multiplies_rows": ("said", "unnest([1, 2, 3])"),
}
FILES: dict[str, str] = {
    "that_does_not_exist": "wrong.csv",
    "of_no_name": "",
    "that_is_the_folder": ".",
    "above_the_folder": "../nothing.csv",
    "with_a_zero_byte_in_its_name": "a\0b.csv",
    "of_a_very_long_name": "x" * 5000 + ".csv",
    "of_an_unread_kind": "export.docx",
    "of_a_pattern": "*.csv",
    "of_an_address": "s3://bucket/export.parquet",
}
COLUMNS: dict[str, str] = {
    "to_an_absent_column": "no such column",
    "to_an_empty_name": "",
    "to_sql": '"); DROP TABLE x; --',
    "to_the_position": "__position",
}


def _source(name: str, outcome: Outcome, values: dict[str, Any]) -> Damage:
    return Damage(name, outcome, lambda delivery: delivery.setting(**values))


def _computed(name: str, outcome: Outcome, expression: str) -> Damage:
    def act(delivery: Delivery) -> None:
        name = delivery.table.required[-1]
        for row in delivery.rows:
            row[f"shop_{name}"] = row.pop(name)
        delivery.table_setting(computed={name: expression})

    return Damage(f"computed_{name}", outcome, act)


def _file(name: str, file: str) -> Damage:
    outcome: Outcome = "either" if file in ("", ".") else "said"
    return Damage(f"file_{name}", outcome, lambda delivery: delivery.table_setting(file=file))


def _column(name: str, theirs: str) -> Damage:
    def act(delivery: Delivery) -> None:
        delivery.table_setting(columns={delivery.table.key[0]: theirs})

    return Damage(f"mapping_{name}", "said", act)


KINDS += [_source(name, *how) for name, how in SOURCES.items()]
KINDS += [_computed(name, *how) for name, how in COMPUTED.items()]
KINDS += [_file(name, file) for name, file in FILES.items()]
KINDS += [_column(name, theirs) for name, theirs in COLUMNS.items()]


@kind_in(KINDS, "said")
def mapping_to_a_column_in_another_case(delivery: Delivery) -> None:
    key = delivery.table.key[0]
    delivery.table_setting(columns={key: key.upper()})


@kind_in(KINDS, "said")
def mapping_of_an_unknown_name(delivery: Delivery) -> None:
    for row in delivery.rows:
        row["shop_colour"] = "red"
    name = "no_such_column" if not delivery.table.free_attributes else delivery.table.key[0]
    theirs = "shop_colour" if not delivery.table.free_attributes else "no_such_column"
    delivery.table_setting(columns={name: theirs})


@kind_in(KINDS, "either")
def mapping_of_two_names_to_one_column(delivery: Delivery) -> None:
    first, second = (column.name for column in delivery.table.columns[:2])
    delivery.table_setting(columns={first: first, second: first})


@kind_in(KINDS, "harmless")
def mapping_of_a_column_to_itself(delivery: Delivery) -> None:
    key = delivery.table.key[0]
    delivery.table_setting(columns={key: key})


@kind_in(KINDS, "said")
def unknown_table(delivery: Delivery) -> None:
    delivery.sections["tables"] = {delivery.table.name + "_of_last_year": {"file": "a.csv"}}


@kind_in(KINDS, "said")
def table_name_in_capitals(delivery: Delivery) -> None:
    delivery.sections["tables"] = {delivery.table.name.upper(): {"file": f"{delivery.table.name}.csv"}}


@kind_in(KINDS, "either")
def file_of_another_table(delivery: Delivery) -> None:
    other = next(table for table in TABLES.values() if table is not delivery.table)
    delivery.put(".csv", delivery.text)
    (delivery.folder / "other.csv").write_text(",".join(column.name for column in other.columns) + "\n")
    delivery.table_setting(file="other.csv")
    delivery.rows_in = 0


@kind_in(KINDS, "harmless")
def no_row_may_be_quarantined_and_none_is(delivery: Delivery) -> None:
    delivery.setting(max_quarantined_share=0)


@kind_in(KINDS, "said")
def no_row_may_be_quarantined_and_one_is(delivery: Delivery) -> None:
    delivery.setting(max_quarantined_share=0)
    delivery.edit(delivery.table.key[0], "\x01")


@kind_in(KINDS, "said")
def a_twentieth_may_be_quarantined_and_more_are(delivery: Delivery) -> None:
    delivery.setting(max_quarantined_share=0.05)
    delivery.edit_all(delivery.table.key[0], "nan", "fine")


@kind_in(KINDS, "said")
def half_may_be_quarantined_and_all_are(delivery: Delivery) -> None:
    delivery.setting(max_quarantined_share=0.5)
    delivery.edit_all(delivery.table.key[0], "<NA>")


@kind_in(KINDS, "either")
def name_in_a_database_for_a_file(delivery: Delivery) -> None:
    delivery.table_setting(table="shop.main.orders")


@kind_in(KINDS, "said")
def source_that_is_a_parquet_file(delivery: Delivery) -> None:
    path = delivery.folder / "shop.duckdb"
    path.write_bytes(parquet_bytes(delivery.arrow))
    delivery.setting(path=str(path))


@kind_in(KINDS, "said")
def source_that_is_a_damaged_database(delivery: Delivery) -> None:
    path = delivery.folder / "shop.duckdb"
    path.write_bytes(bytes(8) + b"DUCK" + b"\xee" * 4084)
    delivery.setting(path=str(path))


@kind_in(KINDS, "harmless")
def settings_of_a_table_that_was_not_brought(delivery: Delivery) -> None:
    other = next(table for table in reversed(TABLES.values()) if table is not delivery.table)
    delivery.sections["tables"] = {other.name: {"columns": {}}}
    delivery.rows_in = ROWS
