from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.tables import csv_lines
from features.tables.csv_lines import LONGEST_RECORD, records


def split(content, width, delimiter=","):
    """Each record as CSV text, None for a broken line."""
    found = []
    for block in records(io.BytesIO(content), delimiter, width):
        text = b"".join(bytes(part) for part in block.parts)
        rows = list(csv.reader(io.StringIO(text.decode(), newline="")))
        assert len(rows) == block.rows
        found += [None if number in block.broken else row for number, row in enumerate(rows)]
    return found


def test_records_are_split_at_line_ends_outside_of_quotation_marks():
    assert split(b'1,"a\nb"\n2,"c,""d"""\r\n', 2) == [["1", "a\nb"], ["2", 'c,"d"']]


def test_a_broken_line_costs_itself_only():
    assert split(b'1,2\n3\n"4\n5,6\n', 2) == [["1", "2"], None, None, ["5", "6"]]


def test_empty_lines_are_no_records_unless_there_is_one_column():
    assert split(b"\n1,2\n\r\n3,4\n\n", 2) == [["1", "2"], ["3", "4"]]
    assert len(split(b"1\n\n2\n", 1)) == 3


@pytest.mark.parametrize("chunk", [1, 2, 3, 7])
def test_records_are_the_same_wherever_a_block_ends(monkeypatch, chunk):
    content = b'1,"a\nb\nc"\n"2\n3,4\n5,6,\n7,"8"x\n9,\xff\n10,"11\n12"'
    expected = split(content, 2)
    monkeypatch.setattr(csv_lines, "CHUNK", chunk)
    assert split(content, 2) == expected
    assert expected[0] == ["1", "a\nb\nc"]
    assert expected.count(None) == 3


def test_a_value_spans_so_many_lines_and_no_more():
    for lines, broken in ((LONGEST_RECORD, 0), (LONGEST_RECORD + 1, 2)):
        content = b'1,"' + b"\n" * (lines - 1) + b'"\n2,3\n'
        found = split(content, 2)
        assert (found.count(None), found[-1]) == (broken, ["2", "3"])


def test_a_line_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(csv_lines, "CHUNK", 4)
    monkeypatch.setattr(csv_lines, "LONGEST_LINE", 64)
    with pytest.raises(ValueError, match=r"a line is longer than 64 bytes; is it a CSV file"):
        split(b"x" * 100, 2)


def test_lines_that_are_not_utf_8_are_counted():
    blocks = list(records(io.BytesIO(b"1,\xff\n2,\xc3\xa9\n\xe9,3\n"), ",", 2))
    assert [(block.undecodable, block.broken) for block in blocks] == [(2, [0, 2])]


@given(
    st.lists(st.binary(max_size=12).filter(lambda line: b"\n" not in line and line.strip(b"\r")), max_size=12)
)
def test_every_line_is_part_of_one_record(lines):
    taken = 0
    for block in records(io.BytesIO(b"".join(line + b"\n" for line in lines)), ",", 3):
        text = b"".join(bytes(part) for part in block.parts)
        taken += text.count(b"\n")
    assert taken == len(lines)


_values = st.text(st.sampled_from('ab,;"\né '), max_size=6)


@settings(max_examples=200)
@given(
    st.lists(st.tuples(_values, _values, _values), max_size=20),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_what_a_writer_of_csv_has_written_is_read_as_it_was(rows, quoting):
    text = io.StringIO(newline="")
    csv.writer(text, quoting=quoting, lineterminator="\n").writerows(rows)
    assert split(text.getvalue().encode(), 3) == [list(row) for row in rows]


@settings(max_examples=200)
@given(st.text(st.sampled_from('ab,"\n'), max_size=40))
def test_a_line_is_whole_where_a_strict_reader_finds_the_right_number_of_values(text):
    lines = [line for line in text.split("\n") if line]
    for line, record in zip(lines, (split(line.encode(), 2) for line in lines), strict=True):
        try:
            row = next(csv.reader([line], strict=True))
        except csv.Error:
            row = []
        expected = row[:2] if len(row) == 2 or (len(row) == 3 and line.endswith(",")) else None
        assert record == [expected]
