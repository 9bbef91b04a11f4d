"""Folders in place of files, links to nowhere, and names that are almost right."""

from __future__ import annotations

import gzip

import pyarrow as pa

from tests.broken.delivery import Damage, Delivery, kind_in
from tests.broken.good import ROWS, csv_text, parquet_bytes

KINDS: list[Damage] = []


def _part(delivery: Delivery, first: int = 0, last: int = ROWS) -> bytes:
    return parquet_bytes(delivery.arrow.slice(first, last - first))


@kind_in(KINDS, "either")
def folder_named_csv(delivery: Delivery) -> None:
    delivery.put(".csv/part.csv", delivery.text)


@kind_in(KINDS, "either")
def folder_named_gzip(delivery: Delivery) -> None:
    delivery.put(".csv.gz/part.csv.gz", gzip.compress(delivery.text.encode(), mtime=0))


@kind_in(KINDS, "said")
def empty_folder(delivery: Delivery) -> None:
    delivery.put("/gone", b"").unlink()


@kind_in(KINDS, "said")
def folder_with_a_stray_file_only(delivery: Delivery) -> None:
    delivery.put("/_SUCCESS", b"")


@kind_in(KINDS, "either")
def folder_with_a_stray_file_beside_the_parts(delivery: Delivery) -> None:
    delivery.put("/README.txt", "exported on Monday")
    delivery.put("/part-0.parquet", _part(delivery))


@kind_in(KINDS, "harmless")
def folder_of_two_parts(delivery: Delivery) -> None:
    delivery.put("/part-0.parquet", _part(delivery, 0, 5))
    delivery.put("/part-1.parquet", _part(delivery, 5))


@kind_in(KINDS, "harmless")
def folder_of_parts_by_day(delivery: Delivery) -> None:
    delivery.put("/day=1/part.parquet", _part(delivery, 0, 5))
    delivery.put("/day=2/part.parquet", _part(delivery, 5))


@kind_in(KINDS, "harmless")
def folder_with_a_part_without_rows(delivery: Delivery) -> None:
    delivery.put("/part-0.parquet", _part(delivery))
    delivery.put("/part-1.parquet", _part(delivery, 0, 0))


@kind_in(KINDS, "said")
def folder_with_a_part_of_zero_bytes(delivery: Delivery) -> None:
    delivery.put("/part-0.parquet", _part(delivery))
    delivery.put("/part-1.parquet", b"")


@kind_in(KINDS, "said")
def folder_with_a_part_cut_short(delivery: Delivery) -> None:
    delivery.put("/part-0.parquet", _part(delivery, 0, 5))
    delivery.put("/part-1.parquet", _part(delivery, 5)[:-20])


@kind_in(KINDS, "said")
def folder_with_the_same_part_twice(delivery: Delivery) -> None:
    delivery.put("/part-0.parquet", _part(delivery))
    delivery.put("/part-1.parquet", _part(delivery))
    delivery.rows_in = 2 * ROWS


@kind_in(KINDS, "said")
def folder_with_a_part_without_the_key(delivery: Delivery) -> None:
    delivery.put("/part-0.parquet", _part(delivery, 0, 5))
    rest = delivery.arrow.slice(5).drop_columns([delivery.table.key[0]])
    delivery.put("/part-1.parquet", parquet_bytes(rest))


@kind_in(KINDS, "either")
def folder_with_a_part_of_another_key_type(delivery: Delivery) -> None:
    delivery.put("/part-0.parquet", _part(delivery, 0, 5))
    rest = delivery.arrow.slice(5)
    numbers = pa.array(range(rest.num_rows), pa.int64())
    rest = rest.set_column(rest.schema.get_field_index(delivery.table.key[0]), delivery.table.key[0], numbers)
    delivery.put("/part-1.parquet", parquet_bytes(rest))


@kind_in(KINDS, "either")
def folder_with_a_part_whose_key_is_nested(delivery: Delivery) -> None:
    delivery.put("/part-0.parquet", _part(delivery, 0, 5))
    rest = delivery.arrow.slice(5)
    lists = pa.array([[number] for number in range(rest.num_rows)])
    rest = rest.set_column(rest.schema.get_field_index(delivery.table.key[0]), delivery.table.key[0], lists)
    delivery.put("/part-1.parquet", parquet_bytes(rest))


@kind_in(KINDS, "either")
def folder_of_parquet_and_csv(delivery: Delivery) -> None:
    delivery.put("/part-0.parquet", _part(delivery, 0, 5))
    delivery.put("/part-1.csv", csv_text(delivery.rows[5:]))


@kind_in(KINDS, "either")
def folder_of_csv_parts(delivery: Delivery) -> None:
    delivery.put("/part-0.csv", csv_text(delivery.rows[:5]))
    delivery.put("/part-1.csv", csv_text(delivery.rows[5:]))


@kind_in(KINDS, "said")
def folder_of_csv_parts_one_without_the_key(delivery: Delivery) -> None:
    delivery.put("/part-0.csv", csv_text(delivery.rows[:5]))
    for row in delivery.rows:
        del row[delivery.table.key[0]]
    delivery.put("/part-1.csv", csv_text(delivery.rows[5:]))


@kind_in(KINDS, "either")
def folder_of_csv_parts_with_other_delimiters(delivery: Delivery) -> None:
    delivery.put("/part-0.csv", csv_text(delivery.rows[:5]))
    delivery.put("/part-1.csv", csv_text(delivery.rows[5:], ";"))


@kind_in(KINDS, "either")
def folder_of_csv_parts_one_empty(delivery: Delivery) -> None:
    delivery.put("/part-0.csv", delivery.text)
    delivery.put("/part-1.csv", b"")


@kind_in(KINDS, "said")
def link_to_nothing(delivery: Delivery) -> None:
    path = delivery.put(".csv", b"")
    path.unlink()
    path.symlink_to("nowhere.csv")


@kind_in(KINDS, "said")
def parquet_link_to_nothing(delivery: Delivery) -> None:
    path = delivery.put(".parquet", b"")
    path.unlink()
    path.symlink_to("nowhere.parquet")


@kind_in(KINDS, "said")
def link_to_itself(delivery: Delivery) -> None:
    path = delivery.put(".csv", b"")
    path.unlink()
    path.symlink_to(path.name)


@kind_in(KINDS, "said")
def link_to_the_null_device(delivery: Delivery) -> None:
    path = delivery.put(".csv", b"")
    path.unlink()
    path.symlink_to("/dev/null")


@kind_in(KINDS, "harmless")
def link_to_a_good_file(delivery: Delivery) -> None:
    path = delivery.put(".csv", b"")
    path.unlink()
    target = delivery.folder / "export-2024-05.csv"
    target.write_text(delivery.text)
    path.symlink_to(target.name)


@kind_in(KINDS, "said")
def csv_and_parquet(delivery: Delivery) -> None:
    delivery.put(".csv", delivery.text)
    delivery.put(".parquet", _part(delivery))


@kind_in(KINDS, "said")
def csv_and_gzip(delivery: Delivery) -> None:
    delivery.put(".csv", delivery.text)
    delivery.put(".csv.gz", gzip.compress(delivery.text.encode(), mtime=0))


@kind_in(KINDS, "said")
def folder_and_file(delivery: Delivery) -> None:
    delivery.put("/part-0.parquet", _part(delivery))
    delivery.put(".parquet", _part(delivery))


@kind_in(KINDS, "either")
def ending_in_capitals(delivery: Delivery) -> None:
    delivery.put(".CSV", delivery.text)


@kind_in(KINDS, "either")
def ending_of_a_text_file(delivery: Delivery) -> None:
    delivery.put(".txt", delivery.text)


@kind_in(KINDS, "either")
def ending_of_tabs(delivery: Delivery) -> None:
    delivery.put(".tsv", csv_text(delivery.rows, "\t"))


@kind_in(KINDS, "either")
def ending_of_a_spreadsheet(delivery: Delivery) -> None:
    delivery.put(".xlsx", b"PK\3\4" + bytes(100))


@kind_in(KINDS, "either")
def ending_of_another_compression(delivery: Delivery) -> None:
    delivery.put(".csv.bz2", b"BZh9" + bytes(100))


@kind_in(KINDS, "either")
def no_ending(delivery: Delivery) -> None:
    delivery.put("", delivery.text)


@kind_in(KINDS, "either")
def second_export_beside_the_first(delivery: Delivery) -> None:
    delivery.put(".csv", delivery.text)
    delivery.put(" (1).csv", delivery.text)
