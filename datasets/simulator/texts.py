"""What customers write: short sentences in twelve languages, joined and made untidy."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.simulator.traits import LANGUAGES

Integers = NDArray[np.int64]

ASPECTS = ("delivery", "price", "quality", "service")
EMOJI = {1: ("😊", "👍", "❤️", "🎉"), 0: ("🤔", "🙂"), -1: ("😡", "👎", "😞", "💔")}
MIXED, EMOJIS, TYPOS, LOWER, UPPER, STRETCHED, UNDOTTED = 0.12, 0.15, 0.12, 0.15, 0.03, 0.05, 0.25
OTHER_LANGUAGE = 0.06
"""Share of texts in English whatever the customer's language."""


@cache
def phrases() -> dict[str, dict[str, list[str]]]:
    """Sentences by language, then by `aspect_positive`, `aspect_negative` and `neutral`."""
    with Path(__file__).with_name("phrases.toml").open("rb") as file:
        return tomllib.load(file)


def write_texts(
    random: Generator, language: Integers, aspect: Integers, polarity: Integers
) -> tuple[list[str], list[str]]:
    """Texts and their language codes.

    Args:
        language: of each writer, index into LANGUAGES.
        aspect: what it is about, index into ASPECTS.
        polarity: -1, 0 or 1.
    """
    luck = random.random((len(language), 8))
    pick = random.integers(0, 1 << 30, (len(language), 4))
    codes = [
        LANGUAGES[0] if one[7] < OTHER_LANGUAGE else LANGUAGES[at]
        for one, at in zip(luck, language, strict=True)
    ]
    rows = zip(codes, aspect.tolist(), polarity.tolist(), luck.tolist(), pick.tolist(), strict=True)
    return [_text(*row) for row in rows], codes


def _text(code: str, aspect: int, polarity: int, luck: list[float], pick: list[int]) -> str:
    known = phrases()[code]
    text = _phrase(known, aspect, polarity, pick[0])
    if luck[0] < MIXED:
        text += " " + _phrase(known, pick[1] % len(ASPECTS), -polarity, pick[2])
    if luck[1] < TYPOS:
        text = _swapped(text, pick[3])
    if luck[2] < LOWER + UPPER:
        text = text.lower() if luck[2] < LOWER else text.upper()
    if luck[3] < STRETCHED:
        text = _stretched(text, pick[2])
    if luck[4] < UNDOTTED:
        text = text.rstrip(".!。؟?")
    if luck[5] < EMOJIS:
        faces = EMOJI[polarity]
        text += " " + faces[pick[1] % len(faces)] * (1 + pick[2] % 3)
    return text


def _phrase(known: dict[str, list[str]], aspect: int, polarity: int, pick: int) -> str:
    name = f"{ASPECTS[aspect]}_{'positive' if polarity > 0 else 'negative'}" if polarity else "neutral"
    return known[name][pick % len(known[name])]


def _swapped(text: str, pick: int) -> str:
    """Two neighbouring letters change places."""
    at = pick % max(len(text) - 1, 1)
    return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]


def _stretched(text: str, pick: int) -> str:
    """One letter is written four times."""
    at = pick % len(text)
    return text[:at] + text[at] * 3 + text[at:] if text[at].isalpha() else text
