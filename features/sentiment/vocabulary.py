"""A word list made ready for look-up: exact words, stems, phrases and, where no spaces are written, a scan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from features.sentiment.spelling import squeezed, without_marks
from features.sentiment.wordlist_file import Entry, Role, WordListFile

_HYPHEN = re.compile(r"(?<=\w)-(?=\w)")
LONGEST_WORD = 60  # letters; longer is no word of any list, and looking for stems in it would take long


@dataclass(frozen=True, slots=True)
class Phrase:
    """An entry of several words, by what has to follow its first."""

    rest: tuple[str, ...]
    role: Role
    value: float


class Phrases:
    """The phrases that begin with the same word, by their second."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        ordered = sorted(set(phrases), key=lambda phrase: (-len(phrase.rest), phrase.rest))
        self._by_second: dict[str, list[Phrase]] = {}
        for phrase in ordered:
            if not phrase.rest[0].endswith("*"):
                self._by_second.setdefault(phrase.rest[0], []).append(phrase)
        self._stems = [phrase for phrase in ordered if phrase.rest[0].endswith("*")]

    def match(self, tokens: Sequence[Token], at: int) -> Phrase | None:
        """Return the longest phrase whose rest stands at this position; an exact second word goes first."""
        if at >= len(tokens):
            return None
        for phrase in self._by_second.get(tokens[at].word, ()):
            if _stands(phrase, tokens, at):
                return phrase
        return next((phrase for phrase in self._stems if _stands(phrase, tokens, at)), None)


class Token(NamedTuple):
    """A word of a text and what the list says of it.

    Attributes:
        word: as it is looked up.
        role: what the word alone does.
        value: what the list gives the word alone: strength, or number of the aspect.
        phrases: those that begin with this word.
    """

    word: str
    role: Role = Role.NEUTRAL
    value: float = 0.0
    phrases: Phrases | None = None


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
        entries = [*file.entries, *shared]
        for entry in entries:
            self._add(entry, entry.pattern)
        for entry in entries:  # after all others: a word typed without marks never hides one that has none
            if entry.pattern not in file.marks_matter:
                for spelling in (without_marks(entry.pattern), without_marks(_with_e(entry.pattern))):
                    if spelling != entry.pattern:
                        self._add(entry, spelling)
        self._longest_stem = max(map(len, self._stems), default=0)
        self.scan = Scan(entries)

    def token(self, word: str) -> Token:
        """Return what the list says of a normalised word, whatever its spelling."""
        for spelling in self._spellings(word) if len(word) <= LONGEST_WORD else ():
            entry, phrases = self._entry(spelling), self._starts(spelling)
            if entry is not None or phrases:
                role, value = (entry.role, entry.value) if entry else (Role.NEUTRAL, 0.0)
                return Token(spelling, role, value, Phrases(phrases) if phrases else None)
        return Token(word)

    def _add(self, entry: Entry, pattern: str) -> None:
        first, *rest = _HYPHEN.sub(" ", pattern).split(" ")
        stem = first.removesuffix("*")
        if rest:
            phrases = self._phrases if stem == first else self._phrase_stems
            phrases.setdefault(stem, []).append(Phrase(tuple(rest), entry.role, entry.value))
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

    def _starts(self, word: str) -> list[Phrase]:
        found = list(self._phrases.get(word, ()))
        for end in range(len(word), 0, -1) if self._phrase_stems else ():
            found += self._phrase_stems.get(word[:end], ())
        return found


class Scan:
    """Longest match from left to right, for scripts that put no space between words."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._tokens: dict[str, Token] = {}
        lengths: dict[str, set[int]] = {}
        for entry in entries:
            word = entry.pattern.replace("*", "").replace(" ", "")
            self._tokens.setdefault(word, Token(word, entry.role, entry.value))
            lengths.setdefault(word[0], set()).add(len(word))
        self._lengths = {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}

    def tokens(self, run: str) -> list[Token]:
        """Cut a run of letters into the entries that it holds and single neutral letters."""
        tokens, at = [], 0
        while at < len(run):
            token = self._longest(run, at) if run[at] in self._lengths else None
            tokens.append(token or Token(run[at]))
            at += len(token.word) if token else 1
        return tokens

    def _longest(self, run: str, at: int) -> Token | None:
        for length in self._lengths[run[at]]:
            if token := self._tokens.get(run[at : at + length]):
                return token
        return None


def _stands(phrase: Phrase, tokens: Sequence[Token], at: int) -> bool:
    if at + len(phrase.rest) > len(tokens):
        return False
    for offset, pattern in enumerate(phrase.rest):
        word = tokens[at + offset].word
        if word != pattern and not (pattern[-1] == "*" and word.startswith(pattern[:-1])):
            return False
    return True


def _with_e(word: str) -> str:
    """German umlauts as they are typed on a keyboard that has none."""
    return word.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
