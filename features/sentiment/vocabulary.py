"""A word list made ready for look-up: exact words, stems, phrases and, where no spaces are written, a scan."""

from __future__ import annotations

import re
from dataclasses import dataclass

from features.sentiment.spelling import squeezed, without_marks
from features.sentiment.wordlist_file import Entry, Role, WordListFile


_HYPHEN = re.compile(r"(?<=\w)-(?=\w)")
LONGEST_WORD = 60  # letters; longer is no word of any list, and looking for stems in it would take long


@dataclass(frozen=True, slots=True)
class Phrase:
    """An entry of several words, by what has to follow its first."""

    rest: tuple[str, ...]
    entry: Entry


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text and what the list says of it.

    Attributes:
        word: as it is looked up.
        role: what the word alone does.
        strength: of the word alone.
        phrases: those that begin with this word, longest first.
    """

    word: str
    role: Role = Role.NEUTRAL
    strength: float = 0.0
    phrases: tuple[Phrase, ...] = ()


class Vocabulary:
    """Look-up of one language's words.

    Args:
        file: the list.
        shared: entries that hold in every language, such as emoji.
    """

    def __init__(self, file: WordListFile, shared: tuple[Entry, ...] = ()) -> None:
        self.language = file.language
        self._prefixes = sorted(file.prefixes, key=len, reverse=True)
        self._words: dict[str, Entry] = {}
        self._stems: dict[str, Entry] = {}
        self._phrases: dict[str, list[Phrase]] = {}
        self._phrase_stems: dict[str, list[Phrase]] = {}
        entries = [*shared, *file.entries]
        for entry in entries:
            self._add(entry, entry.pattern)
        for entry in entries:  # after all others: a word typed without marks never hides one that has none
            if entry.pattern not in file.marks_matter:
                for spelling in (without_marks(entry.pattern), without_marks(_with_e(entry.pattern))):
                    if spelling != entry.pattern:
                        self._add(entry, spelling)
        self._longest_stem = max(map(len, self._stems), default=0)
        self.scan = Scan([*entries])

    def token(self, word: str) -> Token:
        """Return what the list says of a normalised word, whatever its spelling."""
        for spelling in self._spellings(word) if len(word) <= LONGEST_WORD else ():
            entry, phrases = self._entry(spelling), self._starts(spelling)
            if entry is not None or phrases:
                role, strength = (entry.role, entry.strength) if entry else (Role.NEUTRAL, 0.0)
                return Token(spelling, role, strength, phrases)
        return Token(word)

    def _add(self, entry: Entry, pattern: str) -> None:
        first, *rest = _HYPHEN.sub(" ", pattern).split(" ")
        stem = first.removesuffix("*")
        if rest:
            phrases = self._phrases if stem == first else self._phrase_stems
            phrases.setdefault(stem, []).append(Phrase(tuple(rest), entry))
        else:
            (self._words if stem == first else self._stems).setdefault(stem, entry)

    def _spellings(self, word: str) -> list[str]:
        spellings = [word, *squeezed(word)]
        bare = without_marks(word)
        if bare != word:
            spellings += [bare, *squeezed(bare)]
        for prefix in self._prefixes:
            if word.startswith(prefix) and len(word) > len(prefix) + 1:
                spellings.append(word[len(prefix) :])
        return spellings

    def _entry(self, word: str) -> Entry | None:
        if (entry := self._words.get(word)) is not None:
            return entry
        for end in range(min(len(word), self._longest_stem), 0, -1):
            if (entry := self._stems.get(word[:end])) is not None:
                return entry
        return None

    def _starts(self, word: str) -> tuple[Phrase, ...]:
        found = list(self._phrases.get(word, ()))
        for end in range(len(word), 0, -1) if self._phrase_stems else ():
            found += self._phrase_stems.get(word[:end], ())
        return tuple(sorted(found, key=lambda phrase: -len(phrase.rest)))


class Scan:
    """Longest match from left to right, for scripts that put no space between words."""

    def __init__(self, entries: list[Entry]) -> None:
        self._entries = {entry.pattern.replace("*", "").replace(" ", ""): entry for entry in entries}
        self._lengths: dict[str, tuple[int, ...]] = {}
        lengths: dict[str, set[int]] = {}
        for word in self._entries:
            lengths.setdefault(word[0], set()).add(len(word))
        self._lengths = {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}

    def tokens(self, run: str) -> list[Token]:
        """Cut a run of letters into the entries that it holds and single neutral letters."""
        tokens, at = [], 0
        while at < len(run):
            word = self._longest(run, at)
            entry = self._entries.get(word)
            tokens.append(Token(word, entry.role, entry.strength) if entry else Token(word))
            at += len(word)
        return tokens

    def _longest(self, run: str, at: int) -> str:
        for length in self._lengths.get(run[at], ()):
            word = run[at : at + length]
            if word in self._entries:
                return word
        return run[at]


def _with_e(word: str) -> str:
    """German umlauts as they are typed on a keyboard that has none."""
    return word.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
