"""What sentiment is compared with: VADER, the plain word lists, scikit-learn's n-grams with logistic regression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from features.sentiment.ngrams import BUCKETS
from features.sentiment.wordlist import WordLists

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
UNDECIDED = 0.05
"""Polarity within which VADER's authors call a text neutral (Hutto and Gilbert 2014)."""


def vader(texts: Sequence[str]) -> Floats:
    """VADER's compound polarity of each text, in [-1, 1]; it knows English words."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyser = SentimentIntensityAnalyzer()
    return np.array([analyser.polarity_scores(text)["compound"] for text in texts], np.float64)


def word_lists(texts: Sequence[str]) -> Floats:
    """Polarity by the word lists alone, in [-1, 1]."""
    return WordLists.load().score(texts).polarity


def decided(polarity: Floats, *, neutral: bool) -> Ints:
    """0 negative, 1 neutral, 2 positive; without neutral where no text of a set is rated so."""
    if not neutral:
        return np.where(polarity < 0, 0, 2).astype(np.int64)
    return (1 + (polarity >= UNDECIDED) - (polarity <= -UNDECIDED)).astype(np.int64)


def tfidf_logistic(texts: Sequence[str], label: Ints, asked: Sequence[str]) -> tuple[Ints, Floats]:
    """Label and polarity of the texts asked for, by scikit-learn's TF-IDF of the same n-grams as ours."""
    pipeline = make_pipeline(
        make_union(
            TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, min_df=2),
            TfidfVectorizer(analyzer="word", ngram_range=(1, 2), sublinear_tf=True),
        ),
        LogisticRegression(C=10.0, max_iter=100),
    )
    pipeline.fit(list(texts), label)
    probability = pipeline.predict_proba(list(asked))
    return pipeline.classes_[probability.argmax(axis=1)], probability @ (pipeline.classes_ - 1.0)


def hashing_pipeline(texts: Sequence[str], label: Ints) -> Any:
    """scikit-learn's fastest way to the same n-grams, with logistic regression, fitted."""
    pipeline = make_pipeline(
        make_union(
            HashingVectorizer(analyzer="char_wb", ngram_range=(1, 4), n_features=BUCKETS),
            HashingVectorizer(analyzer="word", ngram_range=(1, 2), n_features=BUCKETS),
        ),
        LogisticRegression(),
    )
    return pipeline.fit(list(texts), label)
