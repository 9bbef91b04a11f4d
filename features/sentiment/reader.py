"""Texts as the tokens of one language's list; what a piece of text holds is looked up once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from features.sentiment.tokens import BOUNDARY, RUN, cut, pieces
from features.sentiment.vocabulary import Token, Vocabulary
from features.sentiment.wordlist_file import Role

_REMEMBERED = 200_000  # pieces; then the memory starts anew
_LONGEST_REMEMBERED = 40  # characters
_END = Token("", Role.BOUNDARY)


class Listed(NamedTuple):
    """A word or phrase of a text that the list knows.

    Attributes:
        at: position of its first word among the tokens.
        length: how many tokens it takes.
        role: what it does.
        value: the list's number for it.
        word: as it was looked up.
    """

    at: int
    length: int
    role: Role
    value: float
    word: str


def listed(tokens: Sequence[Token]) -> Iterator[Listed]:
    """Yield what the list knows of a text's tokens, in order; where phrases and words begin, the longest."""
    end = 0
    for at, (word, role, value, phrases) in enumerate(tokens):
        if at < end or (role is Role.NEUTRAL and phrases is None):
            continue
        end = at + 1
        if phrases is not None and (phrase := phrases.match(tokens, end)):
            end += len(phrase.rest)
            role, value = phrase.role, phrase.value
            word = " ".join(token.word for token in tokens[at:end])
        if role is not Role.NEUTRAL:
            yield Listed(at, end - at, role, value, word)


class Reader:
    """Cuts texts into tokens and remembers the pieces that it has seen."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._seen: dict[str, tuple[Token, ...]] = {}

    def tokens(self, text: str) -> list[Token]:
        """Return what the list says of each word of a text, the ends of clauses among them."""
        tokens: list[Token] = []
        seen = self._seen
        for piece in pieces(text):
            known = seen.get(piece)
            tokens += self._read(piece) if known is None else known
        return tokens

    def _read(self, piece: str) -> tuple[Token, ...]:
        tokens: list[Token] = []
        for kind, token in cut(piece):
            if kind == BOUNDARY:
                tokens.append(_END)
            elif kind == RUN:
                tokens += self._vocabulary.scan.tokens(token)
            else:
                tokens.append(self._vocabulary.token(token))
        result = tuple(tokens)
        if len(piece) <= _LONGEST_REMEMBERED:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen[piece] = result
        return result
