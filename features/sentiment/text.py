"""Raw text of customers as the featuriser reads it, and the key under which two texts are the same.

Nothing that a cell can hold raises: what is no text reads as an empty one. Of a long text its beginning and its
end are read, where an opinion is stated and summed up.
"""

from __future__ import annotations

import html
import re
import unicodedata

import numpy as np

from features.sentiment.characters import EMAIL, IGNORED, MENTION, SPACE, SYMBOL, TABLED, URL, tables

MOST_CHARACTERS = 4_000
"""As many of a text are read, markup not counted."""
_MOST_RAW = 10_000
_TAG = re.compile(r"<(?:script|style)\b[^<]*|<[/!a-zA-Z][^<>]*>")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_MENTION = re.compile(r"(?<!\w)@\w+")
_URL = re.compile(r"(?<![a-z0-9_])(?:https?(?![a-z0-9_])(?:://[!-~]*)?|www\.[!-~]+)")
_SQUEEZED = re.compile(r"([^\W\d])\1{2,}|([^\w\s])\2{2,}")


def cleaned(raw: object) -> str:
    """Case-folded text in composed form, without markup; addresses and mentions stand as one character each.

    Args:
        raw: a text, or bytes in UTF-8; anything else reads as an empty text.
    """
    text = readable(raw)
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "&" in text:
        text = html.unescape(text)
    text = unicodedata.normalize("NFKC", text).casefold()
    if not text.isascii():  # folding may bring letters that compose again
        text = unicodedata.normalize("NFKC", text)
    if "@" in text:
        text = _MENTION.sub(f" {MENTION} ", _EMAIL.sub(f" {EMAIL} ", text))
    if "http" in text or "www." in text:
        text = _URL.sub(f" {URL} ", text)
    return _cut(text, MOST_CHARACTERS)


def readable(raw: object) -> str:
    """A text as it came, its beginning and its end where it is very long; what is no text as an empty one."""
    if isinstance(raw, str):
        return _cut(raw, _MOST_RAW)
    if isinstance(raw, bytes | bytearray | memoryview):
        return _cut(bytes(raw).decode("utf-8", "replace"), _MOST_RAW)
    return ""


def key(raw: object) -> str:
    """What two texts share that say the same: letters, signs and digits as folded, spaces and punctuation left out.

    A text of punctuation alone is its own key.
    """
    text = cleaned(raw)
    points = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    kinds, folds = tables()
    tabled = points < TABLED
    within = np.where(tabled, points, 0)
    kept = ~tabled | ~np.isin(kinds[within], (SPACE, SYMBOL, IGNORED))
    read = np.where(tabled, folds[within], points)[kept].astype(np.uint32)
    said = read.tobytes().decode("utf-32-le", "replace") or text.strip()
    return _SQUEEZED.sub(r"\1\1\2\2", said)


def _cut(text: str, most: int) -> str:
    """The first three quarters and the last quarter of what may be read."""
    if len(text) <= most:
        return text
    return text[: most * 3 // 4] + " " + text[len(text) - (most - most * 3 // 4 - 1) :]
