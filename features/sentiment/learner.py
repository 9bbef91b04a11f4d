"""Sentiment of texts, learnt from the retailer's own ratings; with the help of word lists while these are few."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.sentiment import model_files
from features.sentiment.evidence import columns
from features.sentiment.folds import customer_numbers
from features.sentiment.ngrams import counts
from features.sentiment.ratings import NEGATIVE, NEUTRAL, POSITIVE, Scale, polarities
from features.sentiment.reasons import Reasons
from features.sentiment.scores import SentimentScores, Stage, joined
from features.sentiment.stages import Learnt, learn
from features.sentiment.text import readable
from features.sentiment.wordlist import ListScores, WordLists

Floats = NDArray[np.float64]
WORDS = 3
"""As many are named as the reason of a polarity."""
_AT_ONCE = 20_000  # texts
_UNDECIDED = 0.15  # polarity within which a text is neutral as long as nobody has rated
_DOUBT = 0.5  # greatest confidence before anybody has rated


@dataclass(frozen=True, eq=False)
class SentimentModel:
    """Tells how good or bad a text is. Made by `fit` or `load`.

    Attributes:
        learnt: what it goes by.
        lists: the word lists.
    """

    learnt: Learnt
    lists: WordLists

    @classmethod
    def fit(
        cls,
        texts: Sequence[object],
        ratings: Sequence[object],
        groups: Sequence[Hashable] | None = None,
        unrated: Sequence[object] = (),
        *,
        seed: int = 0,
        scale: Scale | None = None,
        lists: WordLists | None = None,
    ) -> SentimentModel:
        """Learn from one retailer's texts; the same input and seed give the same model.

        Args:
            texts: n rated texts; what is no text counts as an empty one.
            ratings: n of "negative", "neutral" or "positive"; or n numbers, with a scale.
            groups: the customer of each rated text, None where unknown.
            unrated: further texts.
            seed: of folds, draws and the order of learning.
            scale: what numbers mean, such as `ratings.STARS`.
            lists: other word lists than those that come with the package.

        Raises:
            ValueError: lengths differ, or a rating is none.
        """
        polarity = _paired(texts, ratings, scale)
        lists = lists or WordLists.load()
        return cls(learn(texts, polarity, customer_numbers(groups, len(texts)), unrated, seed, lists), lists)

    @property
    def stage(self) -> Stage:
        """What the model has learnt from."""
        return self.learnt.stage

    def score(self, texts: Sequence[object]) -> SentimentScores:
        """Judge texts; what is no text counts as an empty one. The scores of a text do not depend on the others."""
        starts = range(0, len(texts), _AT_ONCE)
        return joined([self._score(texts[at : at + _AT_ONCE]) for at in starts] or [self._score([])])

    def why(self, texts: Sequence[object], most: int = WORDS) -> list[list[str]]:
        """The words that drove the polarity of each text, strongest first, as they were read; none where nothing did.

        Costs much more than scoring: for the texts that somebody looks at.
        """
        signs = np.sign(self.score(texts).polarity)
        reasons = Reasons.of(self.learnt, self.lists)
        return [reasons.words(text, sign, most) for text, sign in zip(texts, signs, strict=True)]

    def save(self, folder: Path) -> None:
        """Write `sentiment.json` and `sentiment.npz` into a folder."""
        model_files.write(folder, self.learnt)

    @classmethod
    def load(cls, folder: Path, lists: WordLists | None = None) -> SentimentModel:
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: a file is missing.
            ValueError: the files are of another format, or do not belong together.
        """
        return cls(model_files.read(folder), lists or WordLists.load())

    def _score(self, texts: Sequence[object]) -> SentimentScores:
        known = self.learnt
        sparse = known.weighting.rows(counts(texts))
        listed = self._listed(texts) if known.stage != Stage.RATINGS else None
        student = known.student.scores(sparse) if known.student else None
        language = listed.language if listed else [""] * len(texts)
        if known.classifier is None or known.calibration is None:
            return _unrated(self._unrated_polarity(listed, student, len(texts)), language)
        margins = known.classifier.margins(sparse, columns(len(texts), listed, student))
        probability = known.calibration.probabilities(margins)
        decided = known.calibration.decide(probability)
        return SentimentScores(
            polarity=probability[:, -1] - probability[:, 0],
            negative=probability[:, 0],
            label=np.array(known.classes, np.int64)[decided],
            confidence=probability[np.arange(len(decided)), decided],
            calibrated=True,
            language=language,
        )

    def _listed(self, texts: Sequence[object]) -> ListScores:
        return self.lists.score([readable(text) for text in texts], self.learnt.usual or None)

    def _unrated_polarity(self, listed: ListScores | None, student: Floats | None, texts: int) -> Floats:
        """By lists and their student in equal parts, each measured by its spread; by the lists alone as they are."""
        found = listed.polarity if listed else np.zeros(texts)
        if student is None:
            return found
        return np.tanh((found / self.learnt.list_spread + student) / 2)


def _paired(texts: Sequence[object], ratings: Sequence[object], scale: Scale | None) -> NDArray[np.int64]:
    if len(texts) != len(ratings):
        raise ValueError(f"{len(texts)} texts and {len(ratings)} ratings; give one rating for each text")
    return polarities(ratings, scale)


def _unrated(polarity: Floats, language: list[str]) -> SentimentScores:
    """What can be said before anybody has rated: the order of texts, not how probable it is that one is bad."""
    label = np.where(polarity > _UNDECIDED, POSITIVE, np.where(polarity < -_UNDECIDED, NEGATIVE, NEUTRAL))
    return SentimentScores(
        polarity, (1 - polarity) / 2, label.astype(np.int64), _DOUBT * np.abs(polarity), False, language
    )
