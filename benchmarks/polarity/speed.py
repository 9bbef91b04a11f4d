"""How many texts a second are scored on one core, beside scikit-learn's hashed n-grams."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from benchmarks.figures import cpu_seconds
from benchmarks.polarity.peers import hashing_pipeline
from benchmarks.polarity.sets import Set
from features.sentiment.learner import SentimentModel
from features.sentiment.scores import Stage

CHARACTERS = 120
ROUNDS = 3
_LEARNT_FROM = 2_000


def speeds(sets: Sequence[Set], models: Mapping[Stage, SentimentModel], texts: int) -> dict[str, float]:
    """Texts per CPU second, from raw text to polarity, probability and label; the best of ROUNDS.

    Args:
        sets: whose texts are cut to CHARACTERS, shorter ones left out, and mixed.
        models: one for each stage that is timed.
        texts: as many are scored.
    """
    asked = _texts(sets, texts)
    large = max(sets, key=lambda one: len(one.texts))
    pipeline = hashing_pipeline(large.texts[:_LEARNT_FROM], large.label[:_LEARNT_FROM])
    timed: dict[str, Callable[[list[str]], object]] = {
        "hashingvectorizer_texts_per_s": pipeline.predict_proba
    }
    if Stage.RATINGS in models:
        timed["texts_per_s"] = models[Stage.RATINGS].score
    if Stage.RATINGS_AND_LIST in models:
        timed["texts_per_s_with_lists"] = models[Stage.RATINGS_AND_LIST].score
    return {name: _per_second(score, asked) for name, score in timed.items()}


def _texts(sets: Sequence[Set], texts: int) -> list[str]:
    long = [text[:CHARACTERS] for one in sets for text in one.texts if len(text) >= CHARACTERS]
    picked = np.random.default_rng(0).permutation(len(long))[:texts]
    return [long[place] for place in picked.tolist()]


def _per_second(score: Callable[[list[str]], object], texts: list[str]) -> float:
    score(texts[:100])  # what is done once
    best = 0.0
    for _ in range(ROUNDS):
        started = cpu_seconds()
        score(texts)
        best = max(best, len(texts) / (cpu_seconds() - started))
    return best
