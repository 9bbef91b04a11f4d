from __future__ import annotations

import gzip

import pytest

from features.tables.csv_layout import Layout, read_layout
from features.tables.formats import Format, FormatError


def layout(folder, content, name="t.csv"):
    content = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return read_layout(folder / name, Format("products"))


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_the_delimiter_is_the_one_that_makes_most_columns(tmp_path, mark, name):
    assert layout(tmp_path, mark.join(["a", '"b, c"', "d"]) + "\n", name) == Layout(
        mark, ("a", "b, c", "d"), 1
    )


def test_a_byte_order_mark_is_no_part_of_a_name_and_a_nameless_column_gets_a_number(tmp_path):
    assert layout(tmp_path, "\ufeffid,,x\r\n") == Layout(",", ("id", "unnamed_2", "x"), 1)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("sep=;\na;b,c\n", Layout(";", ("a", "b,c"), 2)),
        ("\ufeffSEP=^\r\na^b\r\n", Layout("^", ("a", "b"), 2)),
        ('"sep=;"\na;b\n', Layout(";", ("a", "b"), 2)),
        ("\nsep=;\n\na;b,c\n", Layout(";", ("a", "b,c"), 4)),
        ("\n\r\n \na,b\n", Layout(",", ("a", "b"), 4)),
        ('a,"b\nc"\n1,2\n', Layout(",", ("a", "b\nc"), 2)),
        ('size",b\n1,2"\n', Layout(",", ('size"', "b"), 1)),
        ('"open,b\n1,2\n', Layout(",", ("open,b",), 1)),
    ],
)
def test_the_names_may_stand_after_other_lines_and_on_several(tmp_path, content, expected):
    assert layout(tmp_path, content) == expected


@pytest.mark.parametrize("content", ["", "\n", "\ufeff", " \r\n\r\n"])
def test_a_file_without_text_has_no_layout(tmp_path, content):
    assert layout(tmp_path, content) is None


def test_a_column_that_is_named_twice_is_refused(tmp_path):
    with pytest.raises(FormatError, match=r"t.csv names a column twice: ID, id"):
        layout(tmp_path, "id,x,ID\n")


@pytest.mark.parametrize(
    "line", ["1,2024-05-01 10:00,12.50", "1176,31/05/2024", "-5", "1;2,5;3", "2024-05-01T10:00:00Z,1"]
)
def test_a_first_line_of_values_is_refused(tmp_path, line):
    with pytest.raises(
        FormatError, match=r"the first line of t.csv holds values and no names of columns"
    ) as caught:
        layout(tmp_path, line + "\n")
    assert caught.value.finding == "no_header"


@pytest.mark.parametrize("line", ["id,2024", "a1,b2", "order_id"])
def test_names_with_digits_are_names(tmp_path, line):
    assert layout(tmp_path, line + "\n").names == tuple(line.split(","))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_zero_bytes_between_letters_tell_an_encoding_without_a_mark(tmp_path, encoding):
    with pytest.raises(FormatError, match=rf'set \[tables.products\] encoding = "{encoding}"'):
        layout(tmp_path, "id,name\n".encode(encoding))


@pytest.mark.parametrize("content", ["a,b\r1,2\r3,4\n5,6\n", "a\r1\n2\n"])
def test_lines_that_end_in_a_return_among_others_are_not_lost_with_the_names(tmp_path, content):
    with pytest.raises(
        FormatError, match=r"the first line of t.csv holds carriage returns, others end in line feeds"
    ):
        layout(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ('a,b,"c\n1,2,3\n', ("a", "b", "c")),
        ('a,b,"c\n1,2,3\n4,5,6"\n', ("a", "b", "c")),
        ('a;b;"c\n1;2;3"\n', ("a", "b", "c")),
        ('a,b,"c\n' + "x" * 200_000 + '"\n', ("a", "b", "c")),
    ],
)
def test_a_name_that_opens_a_quotation_mark_takes_no_values_in_and_is_told(tmp_path, content, names):
    found = layout(tmp_path, content)
    assert (found.names, found.head, found.is_open) == (names, 1, True)


@pytest.mark.parametrize(
    "content",
    ['a,"b\nc"\n1,2\n', 'id,"Amount,\nEUR"\n1,2\n', 'a,"b\nc",d\n1,2,3\n', 'size",b\n1,2"\n', "a,b\n"],
)
def test_a_quotation_mark_that_is_closed_or_stands_inside_is_not_open(tmp_path, content):
    assert not layout(tmp_path, content).is_open


def test_a_first_line_of_values_is_never_repeated(tmp_path):
    with pytest.raises(FormatError, match=r"holds values and no names of columns \(3 columns\)") as caught:
        layout(tmp_path, "77,2024-05-01,ann.private@example.org\n")
    assert "ann.private" not in str(caught.value)


def test_values_that_stand_twice_in_a_first_line_are_not_repeated(tmp_path):
    with pytest.raises(
        FormatError, match=r"t.csv names a column twice: 1 column, not repeated here"
    ) as caught:
        layout(tmp_path, "p1,Ann Private,Ann Private\np2,Bob,Bob\n")
    assert "Ann" not in str(caught.value)


def test_the_names_are_told_from_values_by_the_lines_below(tmp_path):
    assert layout(tmp_path, "Artikel;Preis\nSocke;1,50\n").headed
    assert not layout(tmp_path, "Socke;1,50\nSchuh;7,00\n").headed


@pytest.mark.parametrize("content", ["sep=;\n", "sep=;\n\n"])
def test_a_separator_with_nothing_after_it_is_no_layout(tmp_path, content):
    assert layout(tmp_path, content) is None


def test_a_first_line_that_is_one_endless_value_is_refused_in_few_words(tmp_path):
    with pytest.raises(
        FormatError, match=r"the first line of t.csv cannot be split into names: field larger"
    ):
        layout(tmp_path, "x" * 200_000 + "\n")
