"""Hashed n-grams of texts in any script: characters 1-4 inside words, words 1-2, in 2^18 buckets.

A letter and the signs on it count as one character. In scripts without spaces (Chinese, Japanese, Thai, Lao,
Khmer, Burmese) a run of letters gives its character n-grams only: they are the words. A run of punctuation and an
emoji are tokens. Three or more of the same letter read as two. The hash is arithmetic on code points: the same
on every machine and in every process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from features.compiled import compiled
from features.sentiment.characters import (
    APOSTROPHE,
    DENSE,
    DIGIT,
    EMOJI,
    IGNORED,
    LETTER,
    MARK,
    SPACE,
    SYMBOL,
    TABLED,
    tables,
)
from features.sentiment.text import cleaned

BUCKETS = 1 << 18
FIRST_WORD = BUCKETS // 2
"""Buckets below it hold characters, the others words."""
LONGEST = 4
"""Characters of the longest n-gram inside words."""
_AT_ONCE = 500_000  # characters of the texts that are hashed in one piece of memory
MOST_PER_CHARACTER = 16
_EDGE = np.uint64(32)
_PRIME = np.uint64(0x100000001B3)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_START = np.uint64(0xCBF29CE484222325)
_HALF = np.uint64(32)
_CHARACTERS = (np.uint64(0), np.uint64(FIRST_WORD))  # first bucket, buckets
_WORDS = (np.uint64(FIRST_WORD), np.uint64(BUCKETS - FIRST_WORD))
_WORD, _PAIR = np.uint64(11), np.uint64(12)

Texts = Sequence[object]


def counts(texts: Texts) -> csr_matrix:
    """How often each n-gram occurs in each text: float32, shape (texts, BUCKETS), buckets in order of occurrence."""
    pieces = [_counts_of([cleaned(text) for text in piece]) for piece in _pieces(texts)]
    return vstack(pieces, format="csr") if pieces else csr_matrix((0, BUCKETS), dtype=np.float32)


def _pieces(texts: Texts) -> Iterator[Texts]:
    start, size = 0, 0
    for place, text in enumerate(texts):
        size += min(len(text), 10_000) if isinstance(text, str | bytes) else 1
        if size > _AT_ONCE:
            yield texts[start : place + 1]
            start, size = place + 1, 0
    if start < len(texts):
        yield texts[start:]


def _counts_of(texts: list[str]) -> csr_matrix:
    points, starts = code_points(texts)
    kinds, folds = tables()
    indptr, indices, data = _count(points, starts, kinds, folds)
    return csr_matrix((data, indices, indptr), shape=(len(texts), BUCKETS))


def code_points(texts: list[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """All texts as one array of code points, and where each begins and the last ends, shape (texts + 1,)."""
    joined = "".join(texts).encode("utf-32-le", "surrogatepass")
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    return np.frombuffer(joined, np.uint32), np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])


@compiled()
def _count(
    points: NDArray[np.uint32], starts: NDArray[np.int64], kinds: NDArray[np.uint8], folds: NDArray[np.uint32]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    texts = len(starts) - 1
    longest = 0
    for text in range(texts):
        longest = max(longest, starts[text + 1] - starts[text])
    found = np.empty(MOST_PER_CHARACTER * longest + 1, np.int32)
    spans = np.empty((MOST_PER_CHARACTER * longest + 1, 2), np.int32)
    indptr = np.zeros(texts + 1, np.int64)
    indices = np.empty(MOST_PER_CHARACTER * len(points), np.int32)
    data = np.empty(MOST_PER_CHARACTER * len(points), np.float32)
    seen_in = np.full(BUCKETS, -1, np.int32)
    slot = np.empty(BUCKETS, np.int64)
    size = 0
    for text in range(texts):
        occurrences = hash_text(points[starts[text] : starts[text + 1]], kinds, folds, found, spans)
        for bucket in found[:occurrences]:
            if seen_in[bucket] != text:
                seen_in[bucket] = text
                slot[bucket] = size
                indices[size] = bucket
                data[size] = 0
                size += 1
            data[slot[bucket]] += 1
        indptr[text + 1] = size
    return indptr, indices[:size].copy(), data[:size].copy()


@compiled()
def hash_text(
    points: NDArray[np.uint32],
    kinds: NDArray[np.uint8],
    folds: NDArray[np.uint32],
    found: NDArray[np.int32],
    spans: NDArray[np.int32],
) -> int:
    """Write the bucket of each n-gram of one text, and the first and last character it came from.

    Returns:
        How many were written.
    """
    code, kind, origin, length = read_text(points, kinds, folds)
    size = 0
    before = np.uint64(0)  # hash of the word before
    before_at = -1
    place = 0
    while place < length:
        end = place + 1
        if kind[place] != EMOJI:
            while end < length and kind[end] == kind[place]:
                end += 1
        if kind[place] == SPACE:
            place = end
            continue
        if kind[place] == DENSE:
            size = _inside(code, kind, origin, place, end, False, found, spans, size)
            before_at = -1
        else:
            size = _inside(code, kind, origin, place, end, kind[place] == LETTER, found, spans, size)
            word = _START
            for at in range(place, end):
                word = (word ^ np.uint64(code[at] & 0x1FFFFFFF)) * _PRIME
            size = _write(word ^ _WORD, _WORDS, origin[place], origin[end - 1], found, spans, size)
            if before_at >= 0:
                pair = (before * _PRIME) ^ word ^ _PAIR
                size = _write(pair, _WORDS, before_at, origin[end - 1], found, spans, size)
            before, before_at = word, origin[place]
        place = end
    return size


@compiled()
def read_text(
    points: NDArray[np.uint32], kinds: NDArray[np.uint8], folds: NDArray[np.uint32]
) -> tuple[NDArray[np.uint32], NDArray[np.uint8], NDArray[np.int32], int]:
    """The characters that count, their kind, and their place in the text; a sign bears the mark of its letter.

    Kinds are SPACE, LETTER (digits as well), DENSE, SYMBOL or EMOJI. The top bit of a character is set when it is
    a sign on the letter before.
    """
    code = np.empty(len(points), np.uint32)
    kind = np.empty(len(points), np.uint8)
    origin = np.empty(len(points), np.int32)
    size = 0
    for at in range(len(points)):
        point = points[at]
        if point < TABLED:
            what, char = kinds[point], folds[point]
        else:
            what, char = np.uint8(DENSE if point < 0x40000 else IGNORED), point
        if what == IGNORED:
            continue
        previous = kind[size - 1] if size else np.uint8(SPACE)
        if what == APOSTROPHE:
            what = np.uint8(SPACE if previous == LETTER else SYMBOL)
        elif what == MARK:
            if previous != LETTER and previous != DENSE:
                continue
            what = previous
            char |= np.uint32(1 << 30)
        squeezable = what != DIGIT and what != SPACE
        if what == DIGIT:
            what = np.uint8(LETTER)
        if squeezable and size >= 2 and code[size - 1] == char and code[size - 2] == char:
            continue
        code[size], kind[size], origin[size] = char, what, at
        size += 1
    return code, kind, origin, size


@compiled()
def _inside(
    code: NDArray[np.uint32],
    kind: NDArray[np.uint8],
    origin: NDArray[np.int32],
    start: int,
    end: int,
    edges: bool,
    found: NDArray[np.int32],
    spans: NDArray[np.int32],
    size: int,
) -> int:
    """Write the character n-grams of one run, its edges counting as characters when asked."""
    sign = np.uint32(1 << 30)
    first = start - 1 if edges else start
    for begin in range(first, end):
        if begin >= start and begin > start and code[begin] & sign:
            continue
        value, units, at = _START, 0, begin
        while units < LONGEST and at < end:
            if at < start:
                value = (value ^ _EDGE) * _PRIME
                at += 1
            else:
                value = (value ^ np.uint64(code[at])) * _PRIME
                at += 1
                while at < end and code[at] & sign:
                    value = (value ^ np.uint64(code[at])) * _PRIME
                    at += 1
            units += 1
            if at > start:
                span = origin[max(begin, start)], origin[at - 1]
                size = _write(value ^ np.uint64(units), _CHARACTERS, span[0], span[1], found, spans, size)
                if units <= 2 and kind[start] == DENSE:
                    size = _write(value ^ np.uint64(units), _WORDS, span[0], span[1], found, spans, size)
        if edges and at == end and units < LONGEST:
            value = (value ^ _EDGE) * _PRIME
            size = _write(
                value ^ np.uint64(units + 1),
                _CHARACTERS,
                origin[max(begin, start)],
                origin[end - 1],
                found,
                spans,
                size,
            )
    return size


@compiled()
def _write(
    value: np.uint64,
    view: tuple[np.uint64, np.uint64],
    first: int,
    last: int,
    found: NDArray[np.int32],
    spans: NDArray[np.int32],
    size: int,
) -> int:
    mixed = (value ^ (value >> _HALF)) * _MIX
    mixed = (mixed ^ (mixed >> _HALF)) * _MIX
    found[size] = np.int32(view[0] + (((mixed >> _HALF) * view[1]) >> _HALF))
    spans[size, 0], spans[size, 1] = first, last
    return size + 1
