"""Polarity of texts by word lists: nothing is trained, and every figure can be traced to the words behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.sentiment.clauses import Found, found_words
from features.sentiment.language import Languages
from features.sentiment.reader import Reader
from features.sentiment.vocabulary import Vocabulary
from features.sentiment.wordlist_file import Entry, WordListFile

FOLDER = Path(__file__).parent / "lists"
SHARED = "shared"
CAUTION = 3.0  # strength of the imagined neutral words that keep one single find from a polarity of 1


@dataclass(frozen=True)
class ListScores:
    """What the word lists say of n texts.

    Attributes:
        polarity: (n,) in [-1, 1]; 0 where no word was found, or as much good as bad.
        hits: (n,) how many words were found.
        language: n codes such as "ro" of the lists that were used, "und" where none could be told.
    """

    polarity: NDArray[np.float64]
    hits: NDArray[np.int64]
    language: list[str]


class WordLists:
    """The word lists of all languages, ready for use.

    >>> lists = WordLists.load()
    >>> lists.words("The delivery was not late, I am very happy!")
    [('late', 0.5), ('happy', 2.8)]
    """

    def __init__(self, files: Iterable[WordListFile], shared: tuple[Entry, ...]) -> None:
        files = list(files)
        self.languages = Languages(files)
        self.prefixes = {file.language: file.prefixes for file in files}
        self._files = {file.language: file for file in files}
        self._shared = shared
        self._readers: dict[str, Reader] = {}

    @classmethod
    def load(cls, folder: Path | None = None) -> WordLists:
        """Read the lists that come with this package, once, and those of a folder before them.

        Args:
            folder: with the retailer's own lists, `ro.toml` and so on; each takes the place of ours.

        Raises:
            ValueError: a list cannot be read; the message names the file and the entry.
        """
        return _load(folder)

    def reader(self, language: str) -> Reader:
        """Return what reads texts with a language's list; for a language without one, with what all share."""
        if language not in self._readers:
            file = self._files.get(language) or WordListFile(language, (), (), frozenset(), ())
            self._readers[language] = Reader(Vocabulary(file, self._shared))
        return self._readers[language]

    def score(self, texts: Sequence[str], usual: str | None = None) -> ListScores:
        """Return polarity, number of words found and language of each text. Never fails, whatever it holds.

        Args:
            texts: n of them.
            usual: language taken for texts too short to tell; the most common among `texts` if not given.
        """
        language = self.languages.of(texts, usual)
        found = [
            found_words(self.reader(code).tokens(text)) for code, text in zip(language, texts, strict=True)
        ]
        return ListScores(
            np.fromiter(map(_polarity, found), np.float64, len(found)),
            np.fromiter(map(len, found), np.int64, len(found)),
            language,
        )

    def words(self, text: str, usual: str | None = None) -> list[tuple[str, float]]:
        """Return the words that were found and the strength of each there, negation and intensifiers applied."""
        code = self.languages.of([text], usual)[0]
        found = found_words(self.reader(code).tokens(text))
        return [(word, round(strength, 2)) for word, strength, _ in found]


def _polarity(found: list[Found]) -> float:
    """Balance of good and bad, in (-1, 1): sum of strengths over sum of their sizes and `CAUTION`."""
    if not found:
        return 0.0
    balance = sum(strength * weight for _, strength, weight in found)
    return balance / (sum(abs(strength) * weight for _, strength, weight in found) + CAUTION)


@cache
def _load(folder: Path | None) -> WordLists:
    paths = {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}
    if folder is not None:
        paths |= {path.stem: path for path in sorted(folder.glob("*.toml"))}
    files = {language: WordListFile.read(path) for language, path in paths.items()}
    shared = files.pop(SHARED)
    return WordLists(files.values(), shared.entries)
