from __future__ import annotations

import gzip

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.tables.csv_file import BROKEN, LONGEST_RECORD, CsvFormat, records, sniff, stage_csv


def staged(folder, content, name="t.csv"):
    """The rows of a CSV file as they are staged, and which of them are broken."""
    file = folder / name
    file.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    form = sniff(file)
    with duckdb.connect() as connection:
        stage_csv(connection, file, form, folder / "staged.parquet")
    rows = pq.read_table(folder / "staged.parquet").to_pydict()
    broken = rows.pop(BROKEN, [])
    return list(zip(*rows.values(), strict=True)), broken


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_makes_most_columns(tmp_path, mark):
    (tmp_path / "t.csv").write_text(mark.join(["a", '"b, c"', "d"]) + "\n")
    assert sniff(tmp_path / "t.csv") == CsvFormat(mark, ("a", "b, c", "d"))


def test_a_byte_order_mark_is_no_part_of_a_name_and_a_nameless_column_gets_a_number(tmp_path):
    (tmp_path / "t.csv").write_bytes("\ufeffid,,x\r\n".encode())
    assert sniff(tmp_path / "t.csv") == CsvFormat(",", ("id", "unnamed_2", "x"))


def test_a_column_that_is_named_twice_is_refused(tmp_path):
    (tmp_path / "t.csv").write_text("id,x,ID\n")
    with pytest.raises(ValueError, match=r"t.csv names a column twice: ID, id"):
        sniff(tmp_path / "t.csv")


def test_a_file_without_a_first_line_has_no_format(tmp_path):
    (tmp_path / "t.csv").write_text("")
    assert sniff(tmp_path / "t.csv") is None


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_a_clean_file_is_staged_as_it_is(tmp_path, name):
    content = b'a,b\r\n1,"x, ""y"""\r\n2,"two\nlines"\r\n'
    assert staged(tmp_path, content, name) == ([("1", 'x, "y"'), ("2", "two\nlines")], [])


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
    ],
)
def test_a_broken_line_is_counted_and_the_next_one_is_read(tmp_path, line):
    rows, broken = staged(tmp_path, b"a,b\n0,0\n" + line + b"\n9,9\n")
    assert (rows[0], rows[-1]) == (("0", "0"), ("9", "9"))
    assert broken == [False, *[True] * (line.count(b"\n") + 1), False]


def test_a_good_quoted_value_survives_beside_a_broken_line(tmp_path):
    rows, broken = staged(tmp_path, b'a,b\n1\n2,"x, ""y""\nz"\n\n3,\n4,4,\n')
    assert rows[1:] == [("2", 'x, "y"\nz'), ("3", ""), ("4", "4")]
    assert broken == [True, False, False, False]


def test_a_quote_that_is_never_closed_costs_one_line(tmp_path):
    rows, broken = staged(tmp_path, b'a,b\n1,"2\n' + b"3,4\n" * (LONGEST_RECORD * 2))
    assert (len(rows), sum(broken)) == (LONGEST_RECORD * 2 + 1, 1)


@given(
    st.lists(st.binary(max_size=12).filter(lambda line: b"\n" not in line and line.strip(b"\r")), max_size=12)
)
def test_every_line_is_part_of_one_record(lines):
    found = list(records([line + b"\n" for line in lines], ",", 3))
    taken = sum(1 if record is None else record.count(b"\n") + 1 for record in found)
    assert taken == len(lines)
