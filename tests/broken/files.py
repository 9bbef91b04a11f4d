"""Files that are empty, cut short, of another format, or no files at all."""

from __future__ import annotations

import gzip
import io
import sqlite3
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather

from tests.broken.delivery import Damage, Delivery, kind_in
from tests.broken.good import ROWS, parquet_bytes

KINDS: list[Damage] = []

OTHERS: dict[str, bytes] = {
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n",
    "image": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "rich_text": b"{\\rtf1\\ansi orders of May}\n",
    "mail": b"From: shop@example.org\nSubject: orders, as asked\n\nSee the attachment.\n",
    "json_list": b'[{"id": 1, "of": 12}, {"id": 2, "of": 3}]',
    "zstd": b"\x28\xb5\x2f\xfd" + bytes(range(200)),
    "avro": b"Obj\x01\x04\x14avro.codec" + bytes(200),
}
"""What else is sent under the name of a CSV file."""


def _named_csv(name: str, content: bytes) -> Damage:
    return Damage(f"{name}_named_csv", "said", lambda delivery: delivery.csv(content))


def _written_with(name: str, **options: Any) -> Damage:
    def act(delivery: Delivery) -> None:
        delivery.parquet(parquet_bytes(delivery.arrow, **options))

    return Damage(f"parquet_{name}", "harmless", act)


KINDS += [_named_csv(name, content) for name, content in OTHERS.items()]
KINDS += [
    _written_with("without_compression", compression="none"),
    _written_with("in_gzip", compression="gzip"),
    _written_with("in_brotli", compression="brotli"),
    _written_with("in_lz4", compression="lz4"),
    _written_with("of_the_first_version", version="1.0"),
    _written_with("of_second_pages", data_page_version="2.0"),
    _written_with("without_statistics", write_statistics=False, use_dictionary=False),
    _written_with("of_pages_of_one_row", data_page_size=1, write_batch_size=1),
    _written_with("of_plain_values", use_dictionary=False, column_encoding="PLAIN"),
]


@kind_in(KINDS, "said")
def zero_bytes(delivery: Delivery) -> None:
    delivery.csv(b"")


@kind_in(KINDS, "said")
def one_line_end(delivery: Delivery) -> None:
    delivery.csv(b"\n")


@kind_in(KINDS, "said")
def blanks_and_line_ends(delivery: Delivery) -> None:
    delivery.csv(b"   \n\t\n \r\n")


@kind_in(KINDS, "said")
def only_a_byte_order_mark(delivery: Delivery) -> None:
    delivery.csv(b"\xef\xbb\xbf")


@kind_in(KINDS, "said")
def only_a_header(delivery: Delivery) -> None:
    delivery.csv(delivery.text.splitlines()[0] + "\n", rows_in=0)


@kind_in(KINDS, "said")
def only_a_header_without_line_end(delivery: Delivery) -> None:
    delivery.csv(delivery.text.splitlines()[0], rows_in=0)


@kind_in(KINDS, "said")
def only_zeros(delivery: Delivery) -> None:
    delivery.csv(b"\0" * 4096)


@kind_in(KINDS, "said")
def noise(delivery: Delivery) -> None:
    delivery.csv(bytes(number * number * 7919 % 251 for number in range(1, 5000)))


@kind_in(KINDS, "said")
def parquet_of_zero_bytes(delivery: Delivery) -> None:
    delivery.parquet(b"")


@kind_in(KINDS, "said")
def parquet_of_text(delivery: Delivery) -> None:
    delivery.parquet(delivery.text.encode())


@kind_in(KINDS, "said")
def parquet_cut_in_half(delivery: Delivery) -> None:
    whole = parquet_bytes(delivery.arrow)
    delivery.parquet(whole[: len(whole) // 2])


@kind_in(KINDS, "said")
def parquet_without_its_last_bytes(delivery: Delivery) -> None:
    delivery.parquet(parquet_bytes(delivery.arrow)[:-9])


@kind_in(KINDS, "said")
def parquet_of_its_first_mark_only(delivery: Delivery) -> None:
    delivery.parquet(b"PAR1")


@kind_in(KINDS, "said")
def parquet_of_marks_only(delivery: Delivery) -> None:
    delivery.parquet(b"PAR1\0\0\0\0PAR1")


@kind_in(KINDS, "said")
def parquet_with_a_footer_longer_than_the_file(delivery: Delivery) -> None:
    whole = parquet_bytes(delivery.arrow)
    delivery.parquet(whole[:-8] + b"\xff\xff\xff\x7fPAR1")


@kind_in(KINDS, "said")
def parquet_with_a_damaged_footer(delivery: Delivery) -> None:
    whole = bytearray(parquet_bytes(delivery.arrow))
    whole[-200:-8] = b"\xee" * 192
    delivery.parquet(bytes(whole))


@kind_in(KINDS, "said")
def parquet_with_damaged_pages(delivery: Delivery) -> None:
    whole = bytearray(parquet_bytes(delivery.arrow, compression="zstd"))
    whole[4:400] = b"\xee" * 396
    delivery.parquet(bytes(whole))


@kind_in(KINDS, "said")
def parquet_with_pages_of_zeros(delivery: Delivery) -> None:
    whole = bytearray(parquet_bytes(delivery.arrow, compression="snappy"))
    whole[4:400] = bytes(396)
    delivery.parquet(bytes(whole))


@kind_in(KINDS, "said")
def parquet_encrypted(delivery: Delivery) -> None:
    delivery.parquet(parquet_bytes(delivery.arrow)[:-4] + b"PARE")


@kind_in(KINDS, "said")
def parquet_without_rows(delivery: Delivery) -> None:
    delivery.parquet(delivery.arrow.slice(0, 0), rows_in=0)


@kind_in(KINDS, "said")
def parquet_without_columns(delivery: Delivery) -> None:
    delivery.parquet(pa.table({}), rows_in=None)


@kind_in(KINDS, "harmless")
def parquet_of_many_row_groups(delivery: Delivery) -> None:
    delivery.parquet(parquet_bytes(delivery.arrow, row_group_size=1))


@kind_in(KINDS, "said")
def arrow_file_named_parquet(delivery: Delivery) -> None:
    file = io.BytesIO()
    pyarrow.feather.write_feather(delivery.arrow, file)
    delivery.parquet(file.getvalue())


@kind_in(KINDS, "said")
def orc_named_parquet(delivery: Delivery) -> None:
    delivery.parquet(b"ORC" + bytes(300) + b"ORC")


@kind_in(KINDS, "said")
def archive_named_parquet(delivery: Delivery) -> None:
    delivery.parquet(_zipped(delivery))


@kind_in(KINDS, "said")
def gzip_named_parquet(delivery: Delivery) -> None:
    delivery.parquet(gzip.compress(parquet_bytes(delivery.arrow), mtime=0))


@kind_in(KINDS, "said")
def parquet_named_csv(delivery: Delivery) -> None:
    delivery.csv(parquet_bytes(delivery.arrow))


@kind_in(KINDS, "said")
def archive_named_csv(delivery: Delivery) -> None:
    delivery.csv(_zipped(delivery))


@kind_in(KINDS, "said")
def gzip_named_csv(delivery: Delivery) -> None:
    delivery.csv(gzip.compress(delivery.text.encode(), mtime=0))


@kind_in(KINDS, "said")
def spreadsheet_named_csv(delivery: Delivery) -> None:
    delivery.csv(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


@kind_in(KINDS, "said")
def sqlite_named_csv(delivery: Delivery) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.db"
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE orders (id TEXT)")
        connection.close()
        delivery.csv(path.read_bytes())


@kind_in(KINDS, "said")
def web_page_named_csv(delivery: Delivery) -> None:
    delivery.csv("<!DOCTYPE html>\n<html><body><h1>502, Bad Gateway</h1></body></html>\n")


@kind_in(KINDS, "said")
def json_lines_named_csv(delivery: Delivery) -> None:
    delivery.csv("".join(f'{{"id": "{row}", "of": 12}}\n' for row in range(ROWS)))


@kind_in(KINDS, "said")
def xml_named_csv(delivery: Delivery) -> None:
    delivery.csv('<?xml version="1.0"?>\n<rows>\n<row id="1"/>\n</rows>\n')


@kind_in(KINDS, "harmless")
def gzip_is_read(delivery: Delivery) -> None:
    delivery.put(".csv.gz", gzip.compress(delivery.text.encode(), mtime=0))


@kind_in(KINDS, "said")
def gzip_cut_in_half(delivery: Delivery) -> None:
    whole = gzip.compress(delivery.text.encode(), mtime=0)
    delivery.put(".csv.gz", whole[: len(whole) // 2])


@kind_in(KINDS, "said")
def gzip_without_its_checksum(delivery: Delivery) -> None:
    delivery.put(".csv.gz", gzip.compress(delivery.text.encode(), mtime=0)[:-8])


@kind_in(KINDS, "said")
def gzip_with_a_wrong_checksum(delivery: Delivery) -> None:
    whole = gzip.compress(delivery.text.encode(), mtime=0)
    delivery.put(".csv.gz", whole[:-8] + b"\1\2\3\4" + whole[-4:])


@kind_in(KINDS, "said")
def gzip_with_damage_in_the_middle(delivery: Delivery) -> None:
    whole = bytearray(gzip.compress(delivery.text.encode(), mtime=0))
    middle = len(whole) // 2
    whole[middle : middle + 8] = b"\xff" * 8
    delivery.put(".csv.gz", bytes(whole))


@kind_in(KINDS, "said")
def gzip_that_is_text(delivery: Delivery) -> None:
    delivery.put(".csv.gz", delivery.text)


@kind_in(KINDS, "said")
def gzip_that_is_parquet(delivery: Delivery) -> None:
    delivery.put(".csv.gz", parquet_bytes(delivery.arrow))


@kind_in(KINDS, "said")
def gzip_of_zero_bytes(delivery: Delivery) -> None:
    delivery.put(".csv.gz", b"")


@kind_in(KINDS, "said")
def gzip_of_nothing(delivery: Delivery) -> None:
    delivery.put(".csv.gz", gzip.compress(b"", mtime=0))


@kind_in(KINDS, "said")
def gzip_in_gzip(delivery: Delivery) -> None:
    delivery.put(".csv.gz", gzip.compress(gzip.compress(delivery.text.encode(), mtime=0), mtime=0))


@kind_in(KINDS, "either")
def gzip_with_a_tail_of_noise(delivery: Delivery) -> None:
    delivery.put(".csv.gz", gzip.compress(delivery.text.encode(), mtime=0) + b"no gzip at all")
    delivery.rows_in = None


@kind_in(KINDS, "either")
def gzip_in_two_members(delivery: Delivery) -> None:
    text = delivery.text.encode()
    delivery.put(".csv.gz", gzip.compress(text[:200], mtime=0) + gzip.compress(text[200:], mtime=0))


def _zipped(delivery: Delivery) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("table.csv"), delivery.text)
    return file.getvalue()
