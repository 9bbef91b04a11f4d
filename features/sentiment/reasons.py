"""The words of a text that drove its polarity, as the customer wrote them.

What an n-gram adds is the word's that it lies in, and of a pair of words half is each one's.
In scripts without spaces the strongest n-grams of two to four characters stand for words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from features.sentiment.characters import DENSE, EMOJI, SPACE, SYMBOL, tables
from features.sentiment.evidence import LIST_COLUMNS, STUDENT_SIZE
from features.sentiment.ngrams import BUCKETS, MOST_PER_CHARACTER, code_points, hash_text, read_text
from features.sentiment.scores import Stage
from features.sentiment.stages import Learnt
from features.sentiment.text import cleaned, readable
from features.sentiment.weighting import Weighting
from features.sentiment.wordlist import CAUTION, WordLists

Floats = NDArray[np.float64]
Share = tuple[str, float]
_MOST_IN_RUN = 20  # n-grams that stand for the words of a run
_TELLING = 0.05  # share of a text's strongest word from which another is named


@dataclass(frozen=True, eq=False)
class Reasons:
    """What words add to the difference of good and bad.

    Attributes:
        weighting: how rare n-grams are.
        weights: what each n-gram adds, shape (BUCKETS,).
        good, bad: what the lists' polarity adds by its good and by its bad words; 0 where lists are not asked.
        lists, usual: the word lists, and the language of texts too short to tell.
    """

    weighting: Weighting
    weights: Floats
    good: float
    bad: float
    lists: WordLists
    usual: str | None

    @classmethod
    def of(cls, learnt: Learnt, lists: WordLists) -> Reasons:
        """The reasons of a model."""
        weights = (
            learnt.student.weights.mean(axis=1, dtype=np.float64) if learnt.student else np.zeros(BUCKETS)
        )
        good = bad = 1 / learnt.list_spread
        if learnt.classifier:
            own, dense = learnt.classifier.weights, learnt.classifier.dense_weights
            gain = dense[:, -1] - dense[:, 0]
            asked = learnt.stage == Stage.RATINGS_AND_LIST
            good, bad = (float(gain[0] + gain[1]), float(gain[0] - gain[2])) if asked else (0.0, 0.0)
            through = STUDENT_SIZE * float(gain[LIST_COLUMNS if asked else 0]) if learnt.student else 0.0
            weights = own[:, -1].astype(np.float64) - own[:, 0] + through * weights
        return cls(learnt.weighting, weights, good, bad, lists, learnt.usual or None)

    def words(self, raw: object, sign: float, most: int) -> list[str]:
        """The words that pull a text to its side, strongest first.

        Args:
            raw: the text.
            sign: 1 where it is good, -1 where it is bad, 0 where it is neither and no word is named.
            most: as many are named at most.
        """
        shares = word_shares(cleaned(raw), self.weighting, self.weights) + self._listed(readable(raw))
        totals: dict[str, float] = {}
        for word, share in shares:
            totals[word] = totals.get(word, 0.0) + float(sign) * share
        strongest = sorted(totals.items(), key=lambda item: -item[1])[:most]
        return [
            word for word, share in strongest if share > _TELLING * max(strongest[0][1], 0.0) and share > 0
        ]

    def _listed(self, text: str) -> list[Share]:
        if not (self.good or self.bad):
            return []
        found = self.lists.words(text, self.usual)
        size = sum(abs(strength) for _, strength in found) + CAUTION
        return [
            (word, (self.good if strength > 0 else self.bad) * strength / size) for word, strength in found
        ]


def word_shares(text: str, weighting: Weighting, weights: Floats) -> list[Share]:
    """What each word adds to the weighted sum of a text's n-grams, in order of the text.

    Args:
        text: cleaned.
        weighting: of the model.
        weights: of n-grams, shape (BUCKETS,).
    """
    points, _ = code_points([text])
    kinds, folds = tables()
    bucket = np.empty(MOST_PER_CHARACTER * len(points) + 1, np.int32)
    span = np.empty((len(bucket), 2), np.int32)
    found = hash_text(points, kinds, folds, bucket, span)
    share, span = _shares(bucket[:found], weighting, weights), span[:found]
    _, kind, origin, length = read_text(points, kinds, folds)
    runs = list(_runs(kind[:length], origin[:length]))
    starts = np.array([first for first, _, _ in runs], np.int64)
    totals = sum(
        np.bincount(np.searchsorted(starts, side, "right") - 1, share / 2, len(runs)) for side in span.T
    )
    return [
        (text[first : last + 1], added)
        for (run_first, run_last, what), total in zip(runs, np.atleast_1d(totals), strict=False)
        if what != SYMBOL
        for first, last, added in (
            _strongest(share, span, run_first, run_last)
            if what == DENSE
            else [(run_first, run_last, float(total))]
        )
    ]


def _shares(bucket: NDArray[np.int32], weighting: Weighting, weights: Floats) -> Floats:
    """What each occurrence of an n-gram adds. Shape (occurrences,)."""
    distinct, place, times = np.unique(bucket, return_inverse=True, return_counts=True)
    row = csr_matrix((times.astype(np.float32), distinct, [0, len(distinct)]), shape=(1, BUCKETS))
    weighted = weighting.rows(row)
    each: Floats = weighted.data * weights[distinct] / times
    return each[place]


def _runs(kind: NDArray[np.uint8], origin: NDArray[np.int32]) -> Iterator[tuple[int, int, int]]:
    """First and last character, and kind, of each token; a run of a script without spaces is one."""
    start = 0
    for at in range(1, len(kind) + 1):
        if at == len(kind) or kind[at] != kind[start] or kind[start] == EMOJI:
            if kind[start] != SPACE:
                yield int(origin[start]), int(origin[at - 1]), int(kind[start])
            start = at


def _strongest(share: Floats, span: NDArray[np.int32], first: int, last: int) -> list[tuple[int, int, float]]:
    """N-grams of two or more characters in a run, strongest first, none that overlaps a stronger one."""
    within = np.flatnonzero((span[:, 0] >= first) & (span[:, 1] <= last) & (span[:, 1] > span[:, 0]))
    totals: dict[tuple[int, int], float] = {}
    for at in within:
        place = (int(span[at, 0]), int(span[at, 1]))
        totals[place] = totals.get(place, 0.0) + float(share[at])
    taken: list[tuple[int, int, float]] = []
    for (begin, end), added in sorted(totals.items(), key=lambda item: -abs(item[1])):
        if all(end < other[0] or begin > other[1] for other in taken):
            taken.append((begin, end, added))
        if len(taken) == _MOST_IN_RUN:
            break
    return taken
