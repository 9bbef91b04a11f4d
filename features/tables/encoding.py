"""Text files in encodings other than UTF-8: told by their mark, by the settings, or refused with what to set."""

from __future__ import annotations

import codecs
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from features.tables.formats import Format, FormatError

UTF_8 = "utf-8"
BAD_BYTE = b"\xff"
"""What stands for bytes that an encoding cannot decode; no UTF-8 text holds it."""

MOST_UNDECODABLE = 0.01
"""A file with more undecodable lines than this share of all, and than one, is in another encoding."""

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_WIDE = ("utf-16", "utf-32")
_CHUNK = 1 << 20
_SAMPLE = 1 << 16
_LEAST_RUN = 3.0
_HIGH = 0x80
_ERRORS = "regulars_bad_byte"


def _bad_byte(error: UnicodeError) -> tuple[str | bytes, int]:
    """Put a byte that is not UTF-8 in the place of what cannot be decoded or encoded."""
    if isinstance(error, UnicodeDecodeError):
        return "\udcff", error.end
    if isinstance(error, UnicodeEncodeError):
        return BAD_BYTE, error.end
    raise error


codecs.register_error(_ERRORS, _bad_byte)


def open_bytes(file: Path) -> IO[bytes]:
    """The bytes of a file, those of a `.gz` file unpacked."""
    return gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb")  # type: ignore[return-value]


def encoding_of(file: Path, form: Format) -> str:
    """The encoding of a file by its byte order mark, else by the settings, under the name that Python has for it.

    Raises:
        FormatError: the settings name no text encoding, or UTF-16 or UTF-32 is named or marked and is not there.
    """
    try:
        configured = codecs.lookup(form.encoding).name
        "a".encode(configured)
    except (LookupError, UnicodeError, ValueError) as error:
        message = (
            f"encoding of [tables.{form.table}] or [source] is {form.encoding!r}, which is no text encoding that"
            " Python knows; write one such as utf-8, cp1252, iso-8859-2 or utf-16"
        )
        raise FormatError("unusable_setting", message) from error
    with open_bytes(file) as raw:
        start = raw.read(_SAMPLE)
    mark, encoding = next(
        ((mark, name) for mark, name in _MARKS if start.startswith(mark)), (b"", configured)
    )
    if encoding.startswith(_WIDE) and len(start) > len(mark):
        _check_wide(file, form, start, mark, encoding)
    return UTF_8 if encoding == "utf-8-sig" else encoding


def _check_wide(file: Path, form: Format, start: bytes, mark: bytes, encoding: str) -> None:
    """Refuse a file whose beginning makes no line end, delimiter, digit or Latin letter in UTF-16 or UTF-32."""
    if any(ord(letter) < _HIGH for letter in start.decode(encoding, errors="ignore")):
        return
    found = _encoding_without_mark(start[len(mark) :])
    setting = f'set [tables.{form.table}] encoding = "{found}"'
    if mark:
        named = encoding.upper()
        remedy = f"take the mark, its first {len(mark)} bytes, away" + (
            f" and {setting}" if found != UTF_8 else ""
        )
        mend = (
            f"{file.name} begins with the byte order mark of {named}, and what follows is not {named} but probably"
            f" {found}; export it again as UTF-8, or {remedy}"
        )
    else:
        mend = (
            f"encoding of [tables.{form.table}] or [source] is {form.encoding!r}, and {file.name} is not in it;"
            f" probably: {setting}"
        )
    raise FormatError("wrong_encoding", mend)


def _encoding_without_mark(sample: bytes) -> str:
    """UTF-8 where the bytes are that, up to a character that is cut in two, else the likely encoding."""
    try:
        codecs.utf_8_decode(sample, "strict", False)
    except UnicodeDecodeError:
        return likely_encoding(sample)
    return UTF_8


def transcode(source: IO[bytes], target: IO[bytes], encoding: str, *, returns: bool) -> None:
    """Copy text as UTF-8, piece by piece, with `BAD_BYTE` where it cannot be decoded.

    Args:
        source: bytes of text.
        target: where they go.
        encoding: how the source is encoded.
        returns: lines end in a carriage return alone, and in a line feed in the copy.
    """
    decoder = codecs.getincrementaldecoder(encoding)(_ERRORS)
    while True:
        piece = source.read(_CHUNK)
        text = decoder.decode(piece, final=not piece)
        content = text.encode(UTF_8, _ERRORS)
        target.write(content.replace(b"\r", b"\n") if returns else content)
        if not piece:
            return


@dataclass(frozen=True)
class Undecodable:
    """The lines of a file that are not UTF-8.

    Attributes:
        lines: how many lines there are.
        bad: how many of them are not UTF-8.
        first: number of the first of those, from 1; 0 where there is none.
        sample: up to 64 KiB of those lines.
    """

    lines: int
    bad: int
    first: int
    sample: bytes


def check_utf_8(file: Path, form: Format) -> None:
    """Refuse a file of which more than a small share of lines is not UTF-8.

    Raises:
        FormatError: `wrong_encoding`, with the first such line and the encoding to set.
    """
    found = undecodable_lines(file)
    if found.bad <= max(1, MOST_UNDECODABLE * found.lines):
        return
    mend = (
        f"{file.name} is not UTF-8: {found.bad:,} of {found.lines:,} lines have other bytes, the first is line"
        f" {found.first:,}; export it as UTF-8 or say what it is, probably:"
        f' set [tables.{form.table}] encoding = "{likely_encoding(found.sample)}"'
    )
    raise FormatError("wrong_encoding", mend)


def undecodable_lines(file: Path) -> Undecodable:
    """Count the lines of a file that are not UTF-8, in bounded memory."""
    lines, bad, first = 0, 0, 0
    sample = io.BytesIO()
    with open_bytes(file) as raw:
        for piece in _pieces(raw):
            for start, end in _undecodable(piece):
                number = lines + piece.count(b"\n", 0, start) + 1 if first == 0 else first
                bad, first = bad + 1, number
                if sample.tell() < _SAMPLE:
                    sample.write(piece[start : min(end, start + _SAMPLE)])
            lines += piece.count(b"\n") + (not piece.endswith(b"\n"))
    return Undecodable(lines, bad, first, sample.getvalue())


def _pieces(raw: IO[bytes]) -> Iterator[bytes]:
    """Pieces of a file that end where a line does."""
    while piece := raw.read(_CHUNK):
        yield piece if piece.endswith(b"\n") else piece + raw.readline()


def _undecodable(piece: bytes) -> Iterator[tuple[int, int]]:
    """Start and end of each line that is not UTF-8."""
    view, start = memoryview(piece), 0
    while start < len(piece):
        try:
            codecs.utf_8_decode(view[start:], "strict", True)
        except UnicodeDecodeError as error:
            at = start + error.start
            end = piece.find(b"\n", at) + 1 or len(piece)
            yield piece.rfind(b"\n", 0, at) + 1, end
            start = end
        else:
            return


def likely_encoding(sample: bytes) -> str:
    """A modest guess at the encoding of text that is not UTF-8: one of utf-16, cp1252, cp1250, cp1251.

    Half of the bytes being zero tells UTF-16; words all of whose letters lie beyond ASCII tell Cyrillic; else that of
    cp1252 and cp1250 in which fewer signs stand inside words, on a tie cp1252.
    """
    if sample.count(0) * 4 > len(sample):
        return "utf-16-le" if sample[1:2] == b"\0" else "utf-16-be"
    if _mean_run(sample) >= _LEAST_RUN:
        return "cp1251"
    return min(("cp1252", "cp1250"), key=lambda encoding: _signs_in_words(sample, encoding))


def _mean_run(sample: bytes) -> float:
    """Mean length of the runs of bytes beyond ASCII."""
    high = [byte >= _HIGH for byte in sample]
    starts = sum(now and not before for before, now in zip([False, *high], high, strict=False))
    return sum(high) / starts if starts else 0.0


def _signs_in_words(sample: bytes, encoding: str) -> int:
    """Characters beyond ASCII that are no letters and stand beside one, or are none at all."""
    text = sample.decode(encoding, errors="replace")
    beside = zip(" " + text, text, text[1:] + " ", strict=False)
    return sum(
        ord(mark) >= _HIGH and not mark.isalpha() and (a.isalpha() or b.isalpha()) for a, mark, b in beside
    )
