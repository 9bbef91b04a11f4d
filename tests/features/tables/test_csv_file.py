from __future__ import annotations

import gzip

import pyarrow.parquet as pq
import pytest

from features.tables.csv_file import BROKEN, stage_csv
from features.tables.csv_lines import LONGEST_RECORD
from features.tables.formats import Format, FormatError

CAFE = "id,name\n" + "".join(f"{number},Café {number}\n" for number in range(20))


def staged(folder, content, name="t.csv", encoding="utf-8"):
    """The rows of a CSV file as they are staged, and which of them are broken."""
    file = folder / name
    file.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    stage_csv(file, folder / "staged.parquet", Format("products", encoding=encoding))
    rows = pq.read_table(folder / "staged.parquet").to_pydict()
    broken = rows.pop(BROKEN)
    return list(zip(*rows.values(), strict=True)), broken


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_a_clean_file_is_staged_as_it_is(tmp_path, name):
    content = b'a,b\r\n1,"x, ""y"""\r\n2,"two\nlines"\r\n'
    assert staged(tmp_path, content, name) == ([("1", 'x, "y"'), ("2", "two\nlines")], [False] * 2)


def test_a_file_without_text_is_not_staged(tmp_path):
    (tmp_path / "t.csv").write_text("\n\n")
    assert stage_csv(tmp_path / "t.csv", tmp_path / "s.parquet", Format()) is None


@pytest.mark.parametrize(
    "line",
    [
        b"1",
        b"1,2,3",
        b'1,"2',
        b'1,"2"x',
        b"1,\xff",
        b"1,2\r1,2",
        b'"1,2\n1,2"',
        b'1,"' + b"x" * 200_000 + b'",3',
        b"(12 rows affected)",
    ],
)
def test_a_broken_line_is_counted_and_the_next_one_is_read(tmp_path, line):
    rows, broken = staged(tmp_path, b"a,b\n0,0\n" + line + b"\n9,9\n")
    assert (rows[0], rows[-1]) == (("0", "0"), ("9", "9"))
    assert broken == [False, *[True] * (line.count(b"\n") + 1), False]


def test_a_good_quoted_value_survives_beside_a_broken_line(tmp_path):
    rows, broken = staged(tmp_path, b'a,b\n1\n2,"x, ""y""\nz"\n\n3,\n4,4,\n')
    assert rows[1:] == [("2", 'x, "y"\nz'), ("3", None), ("4", "4")]
    assert broken == [True, False, False, False]


def test_a_quote_that_is_never_closed_costs_one_line(tmp_path):
    rows, broken = staged(tmp_path, b'a,b\n1,"2\n' + b"3,4\n" * (LONGEST_RECORD * 2))
    assert (len(rows), sum(broken)) == (LONGEST_RECORD * 2 + 1, 1)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding_whatever_is_set(tmp_path, encoding):
    rows, broken = staged(tmp_path, CAFE.encode(encoding), encoding="cp1252")
    assert (rows[0], len(rows), broken) == (("0", "Café 0"), 20, [False] * 20)


@pytest.mark.parametrize("encoding", ["cp1252", "iso-8859-15", "utf-16-le", "cp500", "gb18030"])
def test_the_encoding_of_the_settings_is_read(tmp_path, encoding):
    assert staged(tmp_path, CAFE.encode(encoding), encoding=encoding)[0][-1] == ("19", "Café 19")


def test_a_file_in_another_encoding_is_refused_with_the_line_to_write(tmp_path):
    message = r"20 of 21 lines have other bytes, the first is line 2;.*set \[tables.products\] encoding = \"cp1252\""
    with pytest.raises(FormatError, match=message) as caught:
        staged(tmp_path, CAFE.encode("cp1252"))
    assert caught.value.finding == "wrong_encoding"


def test_bytes_that_the_encoding_does_not_have_break_their_line_only(tmp_path):
    rows, broken = staged(tmp_path, b"a,b\n1,\x81\n2,\xe9\n", encoding="cp1252")
    assert (rows[1], broken) == (("2", "é"), [True, False])


def test_lines_that_end_in_a_return_alone_are_read(tmp_path):
    assert staged(tmp_path, b"a,b\r1,2\r3,4\r") == ([("1", "2"), ("3", "4")], [False] * 2)


def test_line_ends_may_be_mixed(tmp_path):
    assert staged(tmp_path, b"a,b\n1,2\r\n3,4\n")[0] == [("1", "2"), ("3", "4")]


def test_a_zero_byte_is_kept_in_its_value(tmp_path):
    assert staged(tmp_path, b"a,b\n1,2\x00\n")[0] == [("1", "2\x00")]


@pytest.mark.parametrize("head", ["sep=;\na;b\n", "\n \r\na;b\n", '"a";"b"\n', "\ufeffsep=;\na;b\n"])
@pytest.mark.parametrize("end", ["", "5\n"])
def test_what_stands_before_the_names_is_no_record(tmp_path, head, end):
    rows, _ = staged(tmp_path, (head + "1;2\n3;4\n" + end).encode())
    assert rows[:2] == [("1", "2"), ("3", "4")]


def test_a_name_in_quotes_may_have_a_line_end(tmp_path):
    assert staged(tmp_path, b'a,"b\nc"\n1,2\n')[0] == [("1", "2")]
    assert staged(tmp_path, b'a,"b\nc"\n1,2\n5\n')[0][0] == ("1", "2")
