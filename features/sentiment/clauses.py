"""How the words of a clause act on each other: negation, intensifiers, contrast, phrases.

Negation reaches over a few words up to the end of the clause and weakens what it turns round: "not good" is less bad
than "bad", "not bad" less good than "good". What follows a "but" weighs more than what went before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from features.sentiment.reader import listed
from features.sentiment.vocabulary import Token
from features.sentiment.wordlist_file import Role

REACH = 4  # words
INTENSIFIER_REACH = 2
_NOT_INTENSIFIED = (-INTENSIFIER_REACH - 1, 1.0)
NOT_GOOD, NOT_BAD = -0.8, -0.5
MORE, LESS = 1.4, 0.6
BEFORE_BUT, AFTER_BUT = 0.7, 1.3


class Found(NamedTuple):
    """A word that says something: its strength where it stands, and how much it weighs in the text."""

    word: str
    strength: float
    weight: float


def found_words(tokens: Sequence[Token]) -> list[Found]:
    """Return the words of a text that say something good or bad, in order."""
    clause = _Clause()
    for at, _, role, value, word in listed(tokens):
        clause.passed = at
        clause.take(role, value, word)
    clause.passed = len(tokens)
    clause.end()
    return clause.weighed()


@dataclass
class _Clause:
    """What has been read so far, by position in words.

    Attributes:
        passed: position of the word that acts.
        negated: position of the negator that waits for its word.
        around: whether that negator may turn round what went before.
        intensified: position of the intensifier that waits for its word, and its factor.
        start: number of words found before this clause.
        contrast: number of words found before the last "but".
    """

    passed: int = 0
    negated: int | None = None
    around: bool = False
    intensified: tuple[int, float] = _NOT_INTENSIFIED
    start: int = 0
    contrast: int = 0
    words: list[tuple[str, float, int]] = field(default_factory=list)

    def take(self, role: Role, strength: float, word: str) -> None:
        """Let the next word act."""
        if role is Role.VALUE:
            self._strength(strength, word)
        elif role is Role.NEGATOR or role is Role.NEGATOR_AROUND:
            self.negated, self.around = self.passed, role is Role.NEGATOR_AROUND
        elif role is Role.NEGATOR_AFTER:
            self._turn_last()
        elif role is Role.STRONGER or role is Role.WEAKER:
            self.intensified = (self.passed, MORE if role is Role.STRONGER else LESS)
        elif role is not Role.NEUTRAL:
            self.end()
            if role is Role.CONTRAST:
                self.contrast = len(self.words)

    def end(self) -> None:
        """End the clause: what waited for a word waits no longer."""
        if self.negated is not None and self.around:
            self._turn_last(self.negated)
        self.negated = None
        self.intensified = _NOT_INTENSIFIED
        self.start = len(self.words)

    def weighed(self) -> list[Found]:
        """The words with their weights."""
        if not self.contrast:
            return [Found(word, strength, 1.0) for word, strength, _ in self.words]
        return [
            Found(word, strength, BEFORE_BUT if number < self.contrast else AFTER_BUT)
            for number, (word, strength, _) in enumerate(self.words)
        ]

    def _strength(self, strength: float, word: str) -> None:
        since, factor = self.intensified
        if strength:
            if self.passed - since <= INTENSIFIER_REACH:
                strength *= factor
                self.intensified = _NOT_INTENSIFIED
            if self.negated is not None and self.passed - self.negated <= REACH:
                strength = _turned(strength)
                self.negated = None
            self.words.append((word, strength, self.passed))
        else:
            self.negated = None

    def _turn_last(self, position: int | None = None) -> None:
        position = self.passed if position is None else position
        if len(self.words) > self.start:
            word, strength, at = self.words[-1]
            if 0 < position - at <= REACH:
                self.words[-1] = (word, _turned(strength), at)


def _turned(strength: float) -> float:
    return strength * (NOT_GOOD if strength > 0 else NOT_BAD)
