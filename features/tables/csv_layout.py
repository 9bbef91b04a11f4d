"""The head of a CSV file: where its columns are named, and what delimits them."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from features.tables.encoding import open_bytes
from features.tables.formats import Format, FormatError
from features.tables.naming import are_names, is_value, listed

DELIMITERS = (",", ";", "\t", "|")
LONGEST_HEADER = 1 << 20
_MOST_LINES = 100
_LOOKED_AT = 20
NAMELESS = re.compile(r"unnamed_\d+")
"""What a column without a name is called."""

_SEPARATOR = re.compile(r'"?sep=([\t -~])"?', re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """How a CSV file is laid out.

    Attributes:
        delimiter: one of `DELIMITERS`, or what a first line `sep=` says.
        names: the columns.
        head: lines before the first record.
        headed: the names are surely names; otherwise they may be values, and no message repeats them.
        is_open: the last name opens a quotation mark that nothing closes, or that only a value below closes.
    """

    delimiter: str
    names: tuple[str, ...]
    head: int
    headed: bool = field(default=True, compare=False)
    is_open: bool = field(default=False, compare=False)


def read_layout(file: Path, form: Format) -> Layout | None:
    """Find the names of the columns in a file in UTF-8.

    Empty lines before them are passed over, and a line `sep=;` as spreadsheets write it. Otherwise the delimiter is
    the one of comma, semicolon, tab and bar that makes most columns. A column without a name is called
    `unnamed_N`, N from 1.

    Returns:
        None for a file without any text.

    Raises:
        FormatError: a column is named twice, the first line holds values or several lines, or it is in another
            encoding.
    """
    try:
        return _layout(file, form)
    except csv.Error as error:
        mend = f"the first line of {file.name} cannot be split into names: {error}; is it a CSV file?"
        raise FormatError("no_header", mend) from error


def _layout(file: Path, form: Format) -> Layout | None:
    lines, before = _head(file)
    found = _SEPARATOR.fullmatch(lines[0].strip()) if lines else None
    marks = (found[1],) if found else DELIMITERS
    if found:
        below = list(itertools.dropwhile(lambda line: not line.strip(), lines[1:]))
        lines, before = below, before + len(lines) - len(below)
    if not lines:
        return None
    text, taken, is_open = _record(lines, marks)
    if "\0" in text:
        raise FormatError("wrong_encoding", _with_zeros(file, text, form))
    delimiter = _delimiter(text, marks)
    rows = list(_parsed(text, delimiter))
    if len(rows) > 1:
        mend = (
            f"the first line of {file.name} holds carriage returns, others end in line feeds; export it again"
        )
        raise FormatError("mixed_line_ends", mend)
    names = tuple(name.strip() or f"unnamed_{number}" for number, name in enumerate(rows[0], start=1))
    headed = are_names(names, _below(lines[taken:], delimiter), form.table)
    _check(names, file, form, headed=headed)
    return Layout(delimiter, names, before + taken, headed, is_open)


def _head(file: Path) -> tuple[list[str], int]:
    """The first lines that hold anything, and how many empty ones are before them."""
    with open_bytes(file) as raw:
        start = raw.read(LONGEST_HEADER).decode("utf-8-sig", errors="replace")
    kept = [line + "\n" for line in start.split("\n", _MOST_LINES)[:_MOST_LINES]]
    before = sum(1 for _ in itertools.takewhile(lambda line: not line.strip(), kept))
    return kept[before:], before


def _record(lines: list[str], marks: Sequence[str]) -> tuple[str, int, bool]:
    """The first record, which goes on while a quotation mark is open, its number of lines, and if it stays open."""
    quotes = itertools.accumulate(line.count('"') for line in lines)
    taken = next((number for number, count in enumerate(quotes, start=1) if count % 2 == 0), 1)
    text = "".join(lines[:taken]).rstrip("\r\n")
    if taken > 1 and _is_one(text) and not _swallows(text, _delimiter(text, marks)):
        return text, taken, False
    first = lines[0].rstrip("\r\n")
    return first, 1, _stays_open(first, _delimiter(first, marks))


def _is_one(text: str) -> bool:
    """Whether a text is one record, by some delimiter."""
    try:
        return any(len(list(_parsed(text, mark))) == 1 for mark in DELIMITERS)
    except csv.Error:
        return False


def _below(lines: list[str], delimiter: str) -> list[list[str]]:
    """The values of some lines, each read for itself."""
    short = (line for line in lines[:_LOOKED_AT] if len(line) <= csv.field_size_limit())
    return [values for line in short for values in _parsed(line, delimiter)]


def _swallows(text: str, delimiter: str) -> bool:
    """Whether a name on several lines holds a whole record of values: its quotation mark was never meant."""
    names = next(_parsed(text, delimiter), [])
    lines = text.split("\n")[1:]
    return any("\n" in name and delimiter in name for name in names) and any(
        line.count(delimiter) >= max(len(names) - 1, 1) for line in lines
    )


def _stays_open(line: str, delimiter: str) -> bool:
    try:
        list(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return True
    return False


def _delimiter(text: str, marks: Sequence[str]) -> str:
    """The mark that makes most columns."""
    return max(marks, key=lambda mark: len(next(_parsed(text, mark), [])))


def _parsed(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _check(names: tuple[str, ...], file: Path, form: Format, *, headed: bool) -> None:
    lower = [name.lower() for name in names]
    if all(is_value(name) for name in names if not NAMELESS.fullmatch(name)):
        mend = (
            f"the first line of {file.name} holds values and no names of columns ({len(names):,} columns);"
            f" put a line with the names before it, such as those of table {form.table!r} in docs/tables.md"
        )
        raise FormatError("no_header", mend)
    twice = sorted({name for name in names if lower.count(name.lower()) > 1})
    if twice:
        mend = (
            f"{file.name} names a column twice: {listed(twice, headed=headed)}; give each a name of its own"
        )
        raise FormatError("repeated_column", mend)


def _with_zeros(file: Path, text: str, form: Format) -> str:
    encoding = "utf-16-le" if text[1:2] == "\0" else "utf-16-be"
    return (
        f"{file.name} has zero bytes in its first line, so that it is not UTF-8;"
        f' export it as UTF-8 or say what it is, probably: set [tables.{form.table}] encoding = "{encoding}"'
    )
