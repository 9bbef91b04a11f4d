"""One language's words for each aspect of shopping, as a file that anybody can edit.

    delivery = "deliver*, courier, late"
    price = "price*, expensive"

A retailer's file of the same name adds to ours, and moves a word that it gives to another aspect. With
`replace = true` in its first line it takes the place of ours.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from features.contract import ASPECTS
from features.sentiment.wordlist_file import Entry, Role, WordListFile, items

REPLACE = "replace"


def read_aspects(path: Path) -> tuple[dict[str, str], bool]:
    """Return a file's words, each with its aspect, and whether they replace those of other files.

    Raises:
        ValueError: the file is no TOML in UTF-8, names an unknown aspect, or gives a word to two.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read as TOML in UTF-8: {error}") from error
    replace = bool(content.pop(REPLACE, False))
    words: dict[str, str] = {}
    for aspect, text in content.items():
        if aspect not in ASPECTS:
            raise ValueError(f"{path} has the aspect {aspect!r}; there are {', '.join(ASPECTS)}")
        if not isinstance(text, str):
            raise ValueError(
                f'{path} has no text for {aspect!r}; write its words with commas between: "a, b*"'
            )
        for word in items(text):
            if word in words:
                raise ValueError(f"{path} has {word!r} twice; keep one of the two")
            words[word] = aspect
    return words, replace


def write_aspects(path: Path, words: Mapping[str, str]) -> None:
    """Write words, each with its aspect, so that `read_aspects` gives them back and nothing else is added."""
    lines = [f"{REPLACE} = true"]
    for aspect in ASPECTS:
        own = ", ".join(sorted(word for word, of_word in words.items() if of_word == aspect))
        lines.append(f"{aspect} = '''\n{own}\n'''")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def as_list(language: str, words: Mapping[str, str], prefixes: tuple[str, ...] = ()) -> WordListFile:
    """Return the words as a list that texts can be read with; each carries the number of its aspect.

    Args:
        language: of the words.
        words: each with its aspect.
        prefixes: what that language writes together with the word that follows.
    """
    entries = tuple(Entry(word, Role.VALUE, float(ASPECTS.index(aspect))) for word, aspect in words.items())
    return WordListFile(language, entries, prefixes, frozenset(), ())
