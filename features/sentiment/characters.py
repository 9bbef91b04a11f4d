"""What each Unicode character is to the featuriser, and which character it is read as.

Tables by code point, made once from Python's own Unicode data. Accents of Latin and Greek letters, Arabic vowel
signs and forms of the same letter fall together, since customers write with and without them; the signs of other
scripts (Devanagari, Thai) are part of the word and stay.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

TABLED = 0x20000
"""Characters below it are tabled; above there are rare Chinese characters and signs that are ignored."""

SPACE = 0
LETTER = 1
DIGIT = 2
MARK = 3
"""A sign that belongs to the letter before it."""
DENSE = 4
"""A letter of a script that is written without spaces between words."""
SYMBOL = 5
"""Punctuation; a run of it is one token, as in `:-)` or `?!`."""
EMOJI = 6
"""A token of its own."""
IGNORED = 7
APOSTROPHE = 8
"""Parts words, as in `l'ami`, and is punctuation elsewhere."""

URL = "\ue000"
MENTION = "\ue001"
EMAIL = "\ue002"
PLACEHOLDERS = URL + MENTION + EMAIL

_DENSE = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),
    (0x3040, 0x312F),  # kana, bopomofo
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
)
_PICTURES = ((0x2600, 0x27BF), (0x1F000, 0x1FAFF))
_IGNORED_MARKS = (
    (0x0300, 0x036F),  # accents that did not compose with their letter
    (0x0591, 0x05C7),  # Hebrew points
    (0x0610, 0x061A),
    (0x064B, 0x065F),  # Arabic vowel signs
    (0x0670, 0x0670),
    (0xFE00, 0xFE0F),  # variation selectors
)
_ALIKE = {  # what is read as what
    "\u0627": "\u0622\u0623\u0625\u0671",  # alef, also with madda, hamza or wasla
    "\u064a": "\u0649\u06cc\u0626",  # yeh, also without dots, Persian or with hamza
    "\u0643": "\u06a9",  # kaf, also Persian
    "\u0647": "\u0629\u06c0",  # heh, also teh marbuta
    "\u0648": "\u0624",  # waw, also with hamza
    "\u0435": "\u0451",  # Cyrillic ie, also yo
    "i": "\u0131",
    "o": "\u00f8",
    "l": "\u0142",
    "d": "\u0111",
    '"': "\u201c\u201d\u201e",
    "-": "\u2013\u2014",
}
_READ_AS = {char: as_ for as_, chars in _ALIKE.items() for char in chars}
_APOSTROPHES = "'`\u00b4\u02bc\u2018\u2019\uff07"
_TATWEEL = 0x0640


@lru_cache(maxsize=1)
def tables() -> tuple[NDArray[np.uint8], NDArray[np.uint32]]:
    """The kind of each character, and the character that it is read as, each of shape (TABLED,)."""
    kinds = np.array([_kind(code) for code in range(TABLED)], np.uint8)
    folds = np.array([ord(_fold(chr(code))) for code in range(TABLED)], np.uint32)
    return kinds, folds


def _kind(code: int) -> int:
    char = chr(code)
    category = unicodedata.category(char)
    if char in PLACEHOLDERS or (_within(code, _PICTURES) and category != "Sk"):
        return EMOJI
    if char in _APOSTROPHES:
        return APOSTROPHE
    if code == _TATWEEL or (category in ("Cf", "Sk") and code > 127) or _within(code, _IGNORED_MARKS):
        return IGNORED
    if category.startswith("M"):
        return MARK
    if category == "Nd":
        return DIGIT
    if category[0] in "LN":
        return DENSE if _within(code, _DENSE) else LETTER
    return SYMBOL if category[0] in "PS" else SPACE


def _fold(char: str) -> str:
    if char in _READ_AS:
        return _READ_AS[char]
    if unicodedata.category(char) == "Nd":
        return str(unicodedata.decimal(char))
    parts = unicodedata.normalize("NFD", char)
    first, signs = parts[0], parts[1:]
    western = first < "\u0400"
    return first if western and signs and all("\u0300" <= sign <= "\u036f" for sign in signs) else char


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in ranges)
