"""The head of a CSV file: where its columns are named, and what delimits them."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from features.tables.encoding import open_bytes
from features.tables.formats import Format, FormatError

DELIMITERS = (",", ";", "\t", "|")
LONGEST_HEADER = 1 << 20
_MOST_LINES = 100
_SEPARATOR = re.compile(r'"?sep=([\t -~])"?', re.IGNORECASE)
_VALUE = re.compile(r"[-+]?[\d.,]*\d|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T]\d{1,2}:\d{2}(:\d{2})?.*)?")


@dataclass(frozen=True)
class Layout:
    """How a CSV file is laid out.

    Attributes:
        delimiter: one of `DELIMITERS`, or what a first line `sep=` says.
        names: the columns.
        head: lines before the first record.
    """

    delimiter: str
    names: tuple[str, ...]
    head: int


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
    lines, before = _head(file)
    if not lines:
        return None
    found = _SEPARATOR.fullmatch(lines[0].strip())
    marks = (found[1],) if found else DELIMITERS
    if found:
        lines, before = lines[1:], before + 1
    text, taken = _record(lines)
    if "\0" in text:
        raise FormatError("wrong_encoding", _with_zeros(file, text, form))
    rows = {mark: next(_parsed(text, mark), []) for mark in marks}
    delimiter = max(marks, key=lambda mark: len(rows[mark]))
    if len(list(_parsed(text, delimiter))) > 1:
        mend = (
            f"the first line of {file.name} holds carriage returns, others end in line feeds; export it again"
        )
        raise FormatError("mixed_line_ends", mend)
    names = tuple(name.strip() or f"unnamed_{number}" for number, name in enumerate(rows[delimiter], start=1))
    _check(names, file, form)
    return Layout(delimiter, names, before + taken)


def _head(file: Path) -> tuple[list[str], int]:
    """The first lines that hold anything, and how many empty ones are before them."""
    with open_bytes(file) as raw:
        start = raw.read(LONGEST_HEADER).decode("utf-8-sig", errors="replace")
    kept = [line + "\n" for line in start.split("\n", _MOST_LINES)[:_MOST_LINES]]
    before = sum(1 for _ in itertools.takewhile(lambda line: not line.strip(), kept))
    return kept[before:], before


def _record(lines: list[str]) -> tuple[str, int]:
    """The first record, which goes on while a quotation mark is open, and its number of lines."""
    marks = itertools.accumulate(line.count('"') for line in lines)
    taken = next((number for number, count in enumerate(marks, start=1) if count % 2 == 0), 1)
    text = "".join(lines[:taken]).rstrip("\r\n")
    if taken == 1 or any(len(list(_parsed(text, mark))) == 1 for mark in DELIMITERS):
        return text, taken
    return lines[0].rstrip("\r\n"), 1


def _parsed(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _check(names: tuple[str, ...], file: Path, form: Format) -> None:
    lower = [name.lower() for name in names]
    twice = sorted({name for name in names if lower.count(name.lower()) > 1})
    if twice:
        raise FormatError("repeated_column", f"{file.name} names a column twice: {', '.join(twice)}")
    if all(_VALUE.fullmatch(name) for name in names if not name.startswith("unnamed_")):
        mend = (
            f"the first line of {file.name} holds values and no names of columns ({', '.join(names[:5])});"
            f" put a line with the names before it, such as those of table {form.table!r} in docs/tables.md"
        )
        raise FormatError("no_header", mend)


def _with_zeros(file: Path, text: str, form: Format) -> str:
    encoding = "utf-16-le" if text[1:2] == "\0" else "utf-16-be"
    return (
        f"{file.name} has zero bytes in its first line, so that it is not UTF-8;"
        f' export it as UTF-8 or say what it is, probably: set [tables.{form.table}] encoding = "{encoding}"'
    )
