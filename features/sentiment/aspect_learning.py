"""More words for aspects, from the retailer's own texts: those that keep company with the words given.

A word is learnt for an aspect if sentences that hold it mostly hold a given word of that aspect too, far more often
than sentences do anyway, and if that is so in each of two halves of the texts on their own. What holds in one half
by chance does not in the other, so the words given are only ever added to.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from features.sentiment.reader import listed
from features.sentiment.tokens import RUN, WORD, cut, pieces, unspaced
from features.sentiment.vocabulary import Token

FEWEST = 10  # sentences with the word, in each half
SMALLEST_SHARE = 0.5  # of them with the aspect, at the lower end of its interval
SMALLEST_LIFT = 2.0  # that end over the share of all sentences with the aspect
MOST = 200  # words per aspect
_Z = 1.96
_SHORTEST = 3  # letters of a word; of scripts without spaces two or three in a row
_RUN_LENGTHS = (2, 3)
_BINDING = re.compile("[的了也就是在都和这那我你他她它个们吗呢吧啊着过はがをにでとのもや]")
_SENTENCE = re.compile(r"[.!?…。！？؟।\n]+")


class Sentence(NamedTuple):
    """A sentence as learning sees it: words that may be learnt, and the aspects that given words show."""

    words: Set[str]
    aspects: Set[str]


@dataclass
class _Half:
    """Counts over the sentences of one half of the texts."""

    sentences: int = 0
    aspects: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    together: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, sentence: Sentence) -> None:
        self.sentences += 1
        self.aspects.update(sentence.aspects)
        self.words.update(sentence.words)
        self.together.update((word, aspect) for word in sentence.words for aspect in sentence.aspects)

    def share(self, word: str, aspect: str) -> float:
        """Share of the word's sentences with the aspect, at the lower end of Wilson's interval; 0 if too few."""
        n = self.words[word]
        if n < FEWEST:
            return 0.0
        p = self.together[word, aspect] / n
        middle, spread = p + _Z**2 / (2 * n), _Z * (p * (1 - p) / n + _Z**2 / (4 * n**2)) ** 0.5
        lowest = (middle - spread) / (1 + _Z**2 / n)
        anyway = self.aspects[aspect] / self.sentences
        return lowest if lowest >= max(SMALLEST_SHARE, SMALLEST_LIFT * anyway) else 0.0


def sentences(text: str) -> list[str]:
    """Return a text's sentences, blank ones left out."""
    return [part for part in _SENTENCE.split(text) if part.strip()]


def remainder(tokens: Sequence[Token]) -> str:
    """Return the words of a text that a list says nothing of; letters of unspaced scripts stay together."""
    words = [token.word for token in tokens]
    for found in listed(tokens):
        words[found.at : found.at + found.length] = [""] * found.length
    text = ""
    for word in words:
        together = text and word and unspaced(word) and unspaced(text[-1])
        text += word if together else " " + word
    return text


def candidates(sentence: str) -> set[str]:
    """Return the words of a sentence that could be learnt, in the spelling of lists."""
    found: set[str] = set()
    for piece in pieces(sentence):
        for kind, token in cut(piece):
            if kind == WORD and len(token) >= _SHORTEST and not any(letter.isdigit() for letter in token):
                found.add(token)
            elif kind == RUN:
                found.update(_parts(token))
    return found


def _parts(run: str) -> Iterator[str]:
    """Two or three letters in a row, none of which only binds others together."""
    for part in _BINDING.split(run):
        for size in _RUN_LENGTHS:
            yield from (part[at : at + size] for at in range(len(part) - size + 1))


def companions(halves: Sequence[Iterable[Sentence]]) -> dict[str, str]:
    """Return words that keep company with an aspect in every half of the texts, each with its aspect."""
    counted = []
    for half in halves:
        counts = _Half()
        for sentence in half:
            counts.add(sentence)
        counted.append(counts)
    share: dict[str, dict[str, float]] = {}
    for word, aspect in counted[0].together:
        lowest = min(counts.share(word, aspect) for counts in counted)
        if lowest > share.get(word, {"": 0.0}).get(aspect, 0.0):
            share.setdefault(word, {})[aspect] = lowest
    best = {word: max(of_word, key=of_word.__getitem__) for word, of_word in share.items()}
    ordered = sorted(best, key=lambda word: (-share[word][best[word]], word))
    taken: Counter[str] = Counter()
    learnt: dict[str, str] = {}
    for word in ordered:
        taken[best[word]] += 1
        if taken[best[word]] <= MOST:
            learnt[word] = best[word]
    return learnt
