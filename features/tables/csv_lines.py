"""The records of a CSV file: which lines are whole, told from their bytes many at a time.

A line is whole if its delimiters outside of quotation marks make the right number of values, its quotation marks
stand at the ends of values, and it is UTF-8. Only a line that does not look so is read on its own, together with
those after it for as long as a quotation mark is open: it is then a record of several lines, or broken.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

import numpy as np
import numpy.typing as npt

LONGEST_RECORD = 256
"""Lines that one quoted value may span."""

LONGEST_LINE = 1 << 24
CHUNK = 1 << 23
_QUOTE, _LINE_FEED, _RETURN = 34, 10, 13


@dataclass
class Records:
    """Records in a row, as CSV without a header.

    Attributes:
        parts: their text; a broken line is a record of empty values.
        rows: how many they are.
        broken: which of them are broken, ascending from 0.
        undecodable: lines among them that are not UTF-8.
    """

    parts: list[bytes | memoryview] = field(default_factory=list)
    rows: int = 0
    broken: list[int] = field(default_factory=list)
    undecodable: int = 0


def records(raw: IO[bytes], delimiter: str, width: int) -> Iterator[Records]:
    """Join lines into records of `width` values; a line that belongs to none is broken, and counted.

    Empty lines are no records, except in a file of one column. After a broken line, reading resumes with the next
    line. A delimiter at the end of a line may be one too many.

    Args:
        raw: UTF-8 from the first record on.
        delimiter: one character.
        width: number of columns.

    Raises:
        ValueError: a line is longer than 16 MiB.
    """
    rest = b""
    while True:
        piece = raw.read(CHUNK)
        block = rest + piece
        whole = len(block) if not piece else block.rfind(b"\n") + 1
        if not whole and len(block) > LONGEST_LINE:
            raise ValueError(f"a line is longer than {LONGEST_LINE:,} bytes; is it a CSV file?")
        found, taken = _records(block[:whole], delimiter.encode(), width, is_last=not piece)
        if found.rows:
            yield found
        if not piece:
            return
        rest = block[taken:]


def _records(block: bytes, delimiter: bytes, width: int, *, is_last: bool) -> tuple[Records, int]:
    """The records of whole lines, and how many bytes they take: an open one may be left for the next block."""
    if is_last and block and not block.endswith(b"\n"):
        block += b"\n"
    lines = _Lines.of(block)
    undecodable = _not_utf_8(lines)
    result, at = Records(undecodable=len(undecodable)), 0
    strange = _strange(lines, ord(delimiter), width)
    strange[undecodable] = True
    for hit in np.flatnonzero(strange).tolist():
        if hit < at:
            continue
        _add(result, lines.text(at, hit), hit - at)
        taken, is_open = _closed(lines, hit)
        if is_open and not is_last and hit + taken == len(lines.ends) and taken < LONGEST_RECORD:
            return result, int(lines.starts[hit])
        at = hit + _add_record(result, lines.text(hit, hit + taken), taken, delimiter.decode(), width)
    _add(result, lines.text(at, len(lines.ends)), len(lines.ends) - at)
    return result, len(block)


@dataclass(frozen=True)
class _Lines:
    """Lines of a block that ends in a line feed: int64 (n,) positions of their first bytes and line feeds."""

    block: bytes
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]

    @classmethod
    def of(cls, block: bytes) -> _Lines:
        ends = np.flatnonzero(np.frombuffer(block, np.uint8) == _LINE_FEED)
        return cls(block, np.r_[np.zeros(1, np.int64), ends + 1][:-1], ends)

    def text(self, first: int, after: int) -> memoryview:
        """The bytes of lines `first` up to, not with, `after`."""
        end = self.ends[after - 1] + 1 if after else 0
        return memoryview(self.block)[self.starts[first] if first < after else end : end]

    def each(self, positions: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """How many of the ascending positions are in each line."""
        return np.diff(np.searchsorted(positions, self.ends), prepend=0)


def _add(result: Records, text: memoryview, rows: int) -> None:
    if rows:
        result.parts.append(text)
        result.rows += rows


def _closed(lines: _Lines, first: int) -> tuple[int, bool]:
    """How many lines from the first on belong together for a quotation mark to be closed, and if it stays open."""
    last = min(first + LONGEST_RECORD, len(lines.ends))
    marks, taken = lines.block.count(b'"', lines.starts[first], lines.ends[first]), 1
    while marks % 2 and first + taken < last:
        marks += lines.block.count(b'"', lines.starts[first + taken], lines.ends[first + taken])
        taken += 1
    return taken, bool(marks % 2)


def _add_record(result: Records, text: memoryview, lines: int, delimiter: str, width: int) -> int:
    """Add a record, a broken one for what is none, nothing for an empty line; returns the lines it takes."""
    content = bytes(text)
    if lines == 1 and width > 1 and not content.strip(b"\r\n"):
        return 1
    record = _whole(content, delimiter, width)
    if record is None:
        result.broken.append(result.rows)
        record, lines = b'""' + delimiter.encode() * (width - 1), 1
    result.parts += [record, b"\n"]
    result.rows += 1
    return lines


def _strange(lines: _Lines, delimiter: int, width: int) -> npt.NDArray[np.bool_]:
    """Lines that are not seen at once to be whole, bool (n,)."""
    data = np.frombuffer(lines.block, np.uint8)
    marks, quotes = np.flatnonzero(data == delimiter), np.flatnonzero(data == _QUOTE)
    in_line = lines.each(marks)
    if not len(quotes):
        strange: npt.NDArray[np.bool_] = in_line != width - 1
    else:
        strange = _strange_quotes(lines, data, marks, in_line, quotes, width)
    returns = np.flatnonzero(data == _RETURN)
    stray = returns[data[returns + 1] != _LINE_FEED]
    strange[np.searchsorted(lines.ends, stray)] = True
    return strange


def _strange_quotes(
    lines: _Lines,
    data: npt.NDArray[np.uint8],
    marks: npt.NDArray[np.int64],
    in_line: npt.NDArray[np.int64],
    quotes: npt.NDArray[np.int64],
    width: int,
) -> npt.NDArray[np.bool_]:
    """Lines with an odd number of quotation marks, with one in the wrong place, or not of `width` values."""
    counted = np.cumsum(data == _QUOTE, dtype=np.uint8)
    before = np.where(lines.starts > 0, counted[lines.starts - 1], 0).astype(np.uint8)
    quotes_in_line = lines.each(quotes)
    outside = np.r_[0, np.cumsum((counted[marks] - np.repeat(before, in_line)) % 2 == 0)]
    edges = np.r_[0, np.cumsum(in_line)]
    strange: npt.NDArray[np.bool_] = (np.diff(outside[edges]) != width - 1) | (quotes_in_line % 2 == 1)
    opens = (counted[quotes] - np.repeat(before, quotes_in_line)) % 2 == 1
    delimiter = data[marks[0]] if len(marks) else _LINE_FEED
    left = np.isin(data[quotes - 1], (delimiter, _LINE_FEED, _QUOTE)) | (quotes == 0)
    right = np.isin(data[quotes + 1], (delimiter, _LINE_FEED, _RETURN, _QUOTE))
    strange[np.searchsorted(lines.ends, quotes[~np.where(opens, left, right)])] = True
    return strange


def _not_utf_8(lines: _Lines) -> list[int]:
    """The lines that cannot be decoded."""
    view, start, found = memoryview(lines.block), 0, []
    while start < len(view):
        try:
            codecs.utf_8_decode(view[start:], "strict", True)
        except UnicodeDecodeError as error:
            found.append(int(np.searchsorted(lines.ends, start + error.start)))
            start = int(lines.ends[found[-1]]) + 1
        else:
            break
    return found


def _whole(record: bytes, delimiter: str, width: int) -> bytes | None:
    """The record without its line end, if it has `width` values; a delimiter at its very end may be too much."""
    try:
        text = record.decode("utf-8").rstrip("\r\n")
        if '"' in text:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
            found = len(rows[0]) if len(rows) == 1 else 0
        else:
            found = text.count(delimiter) + 1 if "\r" not in text else 0
    except (UnicodeDecodeError, csv.Error):
        return None
    if found == width + 1 and text.endswith(delimiter):
        return text[:-1].encode()
    return text.encode() if found == width else None
