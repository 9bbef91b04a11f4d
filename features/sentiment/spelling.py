"""One spelling for the many ways in which the same word is typed, before it is looked up in a list.

Letters that look alike and mean the same (full-width Latin, Romanian cedilla and comma, Arabic and Persian yeh
and kaf, Turkish capitals) become one; what carries no meaning for a list (vowel points of Arabic, the joiner
of Persian, skin tones) goes. Every list and every text pass through the same functions.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_ONE_LETTER = {
    "ş": "ș", "Ş": "ș", "ţ": "ț", "Ţ": "ț",  # Romanian, typed with the cedilla of older keyboards
    "İ": "i",  # `lower` would leave a combining dot behind
    "ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ؤ": "و",
    "ё": "е", "Ё": "е",
    "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'",
}  # fmt: skip
_DROPPED = (
    *range(0x0610, 0x061B), *range(0x064B, 0x0660), 0x0670, 0x0640,  # Arabic vowel points, tatweel
    *range(0x0591, 0x05C8),  # Hebrew points
    0x00AD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF,  # soft hyphen, joiners, direction marks
    0xFE0E, 0xFE0F, *range(0x1F3FB, 0x1F400),  # variation selectors, skin tones
)  # fmt: skip
_TABLE: dict[int, str | None] = {
    **{ord(letter): plain for letter, plain in _ONE_LETTER.items()},
    **dict.fromkeys(_DROPPED),
}
_WITHOUT_PARTS = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"})
_REPEATED = re.compile(r"(.)\1{2,}", re.DOTALL)
_TABLE_LETTERS = re.compile("[" + "".join(re.escape(chr(code)) for code in _TABLE) + "]")


def normalise(text: str) -> str:
    """Return the text in lower case, with one code point for each letter that has several.

    Never fails, whatever the string holds; lone surrogates pass through.

    >>> normalise("RĂU, livrare ＬＥＮＴĂ şi كتاب")
    'rău, livrare lentă și کتاب'
    """
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text)
    if _TABLE_LETTERS.search(text):
        text = text.translate(_TABLE)
    return text.lower()


@cache
def _bare(letter: str) -> str:
    """A letter without its marks, where it is Latin or Greek; every other letter keeps them."""
    parts = unicodedata.normalize("NFD", letter)
    if parts[0].isascii() or "Ͱ" <= parts[0] <= "Ͽ":
        return "".join(part for part in parts if not unicodedata.combining(part))
    return letter


def without_marks(word: str) -> str:
    """Return a word as somebody types it who has no accents on the keyboard.

    Marks that make another letter outside the Latin and Greek alphabets (Cyrillic й, vowels of Hindi) stay.

    >>> without_marks("mulțumită"), without_marks("kırık"), without_marks("чай")
    ('multumita', 'kirik', 'чай')
    """
    if word.isascii():
        return word
    return "".join(_bare(letter) for letter in word.translate(_WITHOUT_PARTS))


def squeezed(word: str) -> tuple[str, ...]:
    """Return the likely spellings of an elongated word: every run of three or more letters as two, and as one.

    >>> squeezed("suuuper"), squeezed("cooool"), squeezed("good")
    (('suuper', 'super'), ('cool', 'col'), ())
    """
    if not _REPEATED.search(word):
        return ()
    return _REPEATED.sub(r"\1\1", word), _REPEATED.sub(r"\1", word)
