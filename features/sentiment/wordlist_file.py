"""One language's word list as a file that anybody can edit: words by strength, negators, intensifiers.

    negators = "not, never, no"          # turn round what follows ("not good")
    negators_after = "değil"             # turn round what went before
    negators_around = "nicht"            # what follows, or what went before where nothing follows
    stronger = "very, really"
    weaker = "slightly, a bit"
    contrast = "but, however"            # what follows weighs more
    prefixes = "ال, و"                    # written together with the word that they precede
    marks_matter = "schön*"              # never taken for the word without its marks ("schon")
    common = "hai, nahi, kya"            # everyday words, of a language that py3langid does not know

    [strength]
    3 = "excellent, love*"               # from -3 to 3; 0 for phrases that say nothing ("no problem")
    -2 = "broken, waste of money"

Entries are parted by commas or new lines; a `*` at the end of a word stands for any ending.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from features.sentiment.spelling import normalise

STRENGTHS = tuple(str(strength) for strength in range(-3, 4))
_SPLIT = re.compile(r"[,\n،]")


class Role(IntEnum):
    """What a word does to the polarity of its clause."""

    NEUTRAL = 0
    VALUE = 1
    NEGATOR = 2
    NEGATOR_AFTER = 3
    NEGATOR_AROUND = 4
    STRONGER = 5
    WEAKER = 6
    CONTRAST = 7
    BOUNDARY = 8


_ROLES = {
    "negators": Role.NEGATOR,
    "negators_after": Role.NEGATOR_AFTER,
    "negators_around": Role.NEGATOR_AROUND,
    "stronger": Role.STRONGER,
    "weaker": Role.WEAKER,
    "contrast": Role.CONTRAST,
}
_OTHERS = {"prefixes", "marks_matter", "common", "strength"}


@dataclass(frozen=True)
class Entry:
    """A word or phrase of a list.

    Attributes:
        pattern: its words, normalised; a `*` at the end of one stands for any ending.
        role: what it does.
        value: of a `VALUE`: strength from -3 to 3 in a word list, number of the aspect in a list of aspects.
    """

    pattern: str
    role: Role
    value: float = 0.0


@dataclass(frozen=True)
class WordListFile:
    """What a file holds, in its order."""

    language: str
    entries: tuple[Entry, ...]
    prefixes: tuple[str, ...]
    marks_matter: frozenset[str]
    common: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> WordListFile:
        """Read a list; its language is the file's name, such as `ro.toml`.

        Raises:
            ValueError: the file is no TOML, has an unknown key or a strength that is none, or says two things
                of one entry.
        """
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"{path} cannot be read as TOML in UTF-8: {error}") from error
        if unknown := sorted(content.keys() - _ROLES.keys() - _OTHERS):
            raise ValueError(f"{path} has {unknown[0]!r}; a word list has {sorted(_ROLES.keys() | _OTHERS)}")
        return cls(
            path.stem,
            tuple(_once(path, _entries(path, content))),
            tuple(items(content.get("prefixes", ""))),
            frozenset(items(content.get("marks_matter", ""))),
            tuple(items(content.get("common", ""))),
        )


def items(text: str) -> list[str]:
    """Return the entries of a comma-separated text, normalised, blanks left out."""
    return [entry for part in _SPLIT.split(text) if (entry := " ".join(normalise(part).split()))]


def _entries(path: Path, content: dict[str, Any]) -> Iterator[Entry]:
    for key, role in _ROLES.items():
        for pattern in items(content.get(key, "")):
            yield Entry(pattern, role)
    for strength, text in content.get("strength", {}).items():
        if strength not in STRENGTHS:
            raise ValueError(f"{path} has strength {strength!r}; give a whole number from -3 to 3")
        for pattern in items(text):
            yield Entry(pattern, Role.VALUE, float(strength))


def _once(path: Path, entries: Iterator[Entry]) -> Iterator[Entry]:
    seen: dict[str, Entry] = {}
    for entry in entries:
        if seen.setdefault(entry.pattern, entry) is not entry:
            raise ValueError(f"{path} has {entry.pattern!r} twice; keep one of the two")
        yield entry
