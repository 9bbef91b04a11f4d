"""How sentiment is learnt, by how many ratings there are.

- None, or fewer than `FEWEST` good or bad ones: the retailer's own texts, as the word lists read them
  (`self_trained`); the lists alone where that teaches nothing (`word_list`).
- Fewer than `LIST_BELOW`: ratings, with the lists and their student as further evidence (`ratings_and_list`).
- More: the same, with or without asking the lists (`ratings`), by cross-validation.

Probabilities are calibrated, and the lists kept or dropped, on margins from classifiers that have seen no rating of
the text's customer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from features.sentiment.calibration import Calibration
from features.sentiment.classifier import Classifier
from features.sentiment.evidence import columns
from features.sentiment.folds import fold_of, generator
from features.sentiment.ngrams import counts
from features.sentiment.ratings import NEGATIVE, NEUTRAL, POSITIVE
from features.sentiment.scores import Stage
from features.sentiment.selftraining import Student
from features.sentiment.text import readable
from features.sentiment.weighting import Weighting
from features.sentiment.wordlist import WordLists

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FEWEST = 5
"""Good ratings, and bad ones, before anything is learnt from them; fewer neutral ones are left out."""
LIST_BELOW = 500
"""Ratings below which the word lists are always asked."""
WORTH_ITS_TIME = 0.05
"""Share of the loss that the lists have to save, since asking them takes most of the time of scoring."""
MOST_RATED = 50_000
MOST_UNRATED = 20_000
"""As many texts are learnt from at most; of more, a part is drawn."""
FOLDS = 5
TRUST = (1.0, 0.2, 0.04)
"""How much one rating counts, from what suits ratings that say what the text says, to ratings that often do not."""


@dataclass(frozen=True, eq=False)
class Learnt:
    """What was learnt.

    Attributes:
        stage: from what.
        weighting: how rare each n-gram is among the retailer's texts.
        student: of the word lists; None where they taught nothing.
        classifier, calibration: of the ratings; None before there are enough.
        classes: the classifier's, as polarities: 0 negative, 1 neutral, 2 positive.
        usual: language of most texts, "" if unknown.
        list_spread: of the polarity by word lists over the texts, above 0.
    """

    stage: Stage
    weighting: Weighting
    student: Student | None
    classifier: Classifier | None
    calibration: Calibration | None
    classes: tuple[int, ...]
    usual: str
    list_spread: float


@dataclass(frozen=True, eq=False)
class _Rated:
    """The rated texts of the classes that are learnt.

    Attributes:
        sparse: weighted n-grams, shape (texts, buckets).
        label: number of the class, shape (texts,).
        fold: all texts of a customer are in one, shape (texts,).
        classes: how many.
        seed: of the order of learning.
    """

    sparse: csr_matrix
    label: Ints
    fold: Ints
    classes: int
    seed: int

    def judged(self, dense: Floats) -> _Judged:
        """With some further columns; ratings are trusted less and less for as long as that lowers the loss."""
        best = self._with(dense, TRUST[0])
        for trust in TRUST[1:]:
            other = self._with(dense, trust)
            if other.loss.mean() >= best.loss.mean():
                break
            best = other
        return best

    def classifier(self, judged: _Judged) -> Classifier:
        """Of all ratings."""
        return self._fit(judged.dense, np.ones(len(self.label), bool), judged.trust)

    @property
    def prior_loss(self) -> float:
        """Mean loss of saying the same of every text."""
        share = np.bincount(self.label, minlength=self.classes) / len(self.label)
        return float(-(share * np.log(np.maximum(share, 1e-15))).sum())

    def _with(self, dense: Floats, trust: float) -> _Judged:
        margins = np.empty((len(self.label), self.classes))
        for fold in range(self.fold.max() + 1):
            out = self.fold == fold
            margins[out] = self._fit(dense, ~out, trust).margins(self.sparse[out], dense[out])
        calibration = Calibration.fit(margins, self.label)
        happened = calibration.probabilities(margins)[np.arange(len(margins)), self.label]
        return _Judged(dense, trust, calibration, -np.log(np.maximum(happened, 1e-15)))

    def _fit(self, dense: Floats, rows: NDArray[np.bool_], trust: float) -> Classifier:
        label = self.label[rows]
        weight = np.full(len(label), trust)
        return Classifier.fit(self.sparse[rows], dense[rows], label, self.classes, self.seed, weight)


@dataclass(frozen=True, eq=False)
class _Judged:
    """A way of learning, as texts see it whose customers' ratings it has not seen.

    Attributes:
        dense: its further columns, shape (texts, columns).
        trust: how much one rating counts.
        loss: of each text, shape (texts,).
    """

    dense: Floats
    trust: float
    calibration: Calibration
    loss: Floats


def learn(
    texts: Sequence[object],
    polarity: Ints,
    customer: Ints,
    unrated: Sequence[object],
    seed: int,
    lists: WordLists,
) -> Learnt:
    """Learn from n rated texts and from others.

    Args:
        texts: n.
        polarity: their ratings: 0 negative, 1 neutral, 2 positive, shape (n,).
        customer: number of each rated text's customer, shape (n,).
        unrated: further texts.
        seed: of folds, draws and the order of learning.
        lists: the word lists.
    """
    rated, others = _drawn(len(texts), MOST_RATED, seed), _drawn(len(unrated), MOST_UNRATED, seed)
    every = [*(texts[at] for at in rated), *(unrated[at] for at in others)]
    counted = counts(every)
    weighting = Weighting.of(counted)
    sparse = weighting.rows(counted)
    listed = lists.score([readable(text) for text in every])
    half = generator("halves", seed).integers(0, 2, len(every))
    student = Student.of(sparse, listed.polarity, half, seed)
    learnt = Learnt(
        stage=Stage.SELF_TRAINED if student else Stage.WORD_LIST,
        weighting=weighting,
        student=student,
        classifier=None,
        calibration=None,
        classes=(),
        usual=_most_common(listed.language),
        list_spread=float(listed.polarity.std()) or 1.0 if every else 1.0,
    )
    polarity = polarity[rated]
    if not (classes := _classes(polarity)):
        return learnt
    rows = np.flatnonzero(np.isin(polarity, classes))
    fold = _folds(customer[rated][rows], seed)
    material = _Rated(sparse[rows], np.searchsorted(classes, polarity[rows]), fold, len(classes), seed)
    score = student.unseen(sparse, half) if student else None
    without = columns(len(every), None, score)[rows]
    asked = columns(len(every), listed, score)[rows]
    return _best(replace(learnt, classes=classes), material, without, asked)


def _best(learnt: Learnt, rated: _Rated, without: Floats, asked: Floats) -> Learnt:
    """Learnt from the ratings, asking the lists or not."""
    chosen, stage = rated.judged(asked), Stage.RATINGS_AND_LIST
    if len(chosen.loss) >= LIST_BELOW:
        alone = rated.judged(without)
        if not worth_asking(chosen.loss, alone.loss, rated.prior_loss):
            chosen, stage = alone, Stage.RATINGS
    return replace(learnt, stage=stage, classifier=rated.classifier(chosen), calibration=chosen.calibration)


def worth_asking(loss: Floats, without: Floats, prior: float) -> bool:
    """Whether word lists save `WORTH_ITS_TIME` of the loss, or of what is learnt without them, and not by chance.

    Args:
        loss: of each text when the lists are asked, shape (texts,).
        without: when they are not, shape (texts,).
        prior: mean loss of saying the same of every text.
    """
    saved = without - loss
    error = saved.std() / np.sqrt(len(saved))
    learnt = max(prior - without.mean(), 0.0)
    return bool(saved.mean() > max(error, WORTH_ITS_TIME * min(without.mean(), learnt)))


def _classes(polarity: Ints) -> tuple[int, ...]:
    """The polarities that are learnt; none before there are enough good and bad ratings."""
    seen = np.bincount(polarity, minlength=3)
    if min(seen[NEGATIVE], seen[POSITIVE]) < FEWEST:
        return ()
    return (NEGATIVE, NEUTRAL, POSITIVE) if seen[NEUTRAL] >= FEWEST else (NEGATIVE, POSITIVE)


def _folds(customer: Ints, seed: int) -> Ints:
    numbers = np.unique(customer, return_inverse=True)[1]
    if numbers.max() == 0:  # one customer alone: there is no other to learn from
        numbers = np.arange(len(customer))
    return fold_of(numbers, FOLDS, seed)


def _drawn(texts: int, most: int, seed: int) -> Ints:
    if texts <= most:
        return np.arange(texts)
    return np.sort(generator("draws", seed).permutation(texts)[:most])


def _most_common(languages: list[str]) -> str:
    return Counter(languages).most_common(1)[0][0] if languages else ""
