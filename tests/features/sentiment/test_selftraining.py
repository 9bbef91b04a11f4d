import numpy as np
import pytest

from features.sentiment.ngrams import counts
from features.sentiment.selftraining import FEWEST, Student
from features.sentiment.weighting import Weighting
from tests.features.sentiment.corpus import texts


def material(count=400, seed=0):
    """Return rows whose own words the lists know in half of the texts only."""
    made, label = texts(count, seed, classes=(0, 2))
    counted = counts(made)
    generator = np.random.default_rng(seed)
    polarity = np.where(generator.random(count) < 0.5, 0.0, np.where(label == 2, 0.6, -0.6))
    return Weighting.of(counted).rows(counted), polarity, label, generator.integers(0, 2, count)


def test_texts_without_a_listed_word_are_told_by_the_words_beside():
    sparse, polarity, label, half = material()
    student = Student.of(sparse, polarity, half, seed=0)
    missed = polarity == 0
    score = student.unseen(sparse, half)
    assert ((score[missed] > 0) == (label[missed] == 2)).mean() > 0.95
    assert student.agreement > 0.95


def test_scores_have_a_spread_of_about_one():
    sparse, polarity, _, half = material()
    student = Student.of(sparse, polarity, half, seed=0)
    assert student.unseen(sparse, half).std() == pytest.approx(1.0, abs=0.01)
    assert student.scores(sparse).std() == pytest.approx(1.0, abs=0.3)


def test_nothing_is_learnt_from_lists_that_find_hardly_anything():
    sparse, polarity, _, half = material()
    found = np.flatnonzero(polarity < 0)[: 2 * FEWEST - 2]
    few = np.where(np.isin(np.arange(len(polarity)), found) | (polarity > 0), polarity, 0.0)
    assert Student.of(sparse, few, half, seed=0) is None


def test_nothing_is_learnt_where_texts_do_not_bear_the_lists_out():
    sparse, polarity, _, half = material()
    shuffled = np.random.default_rng(5).permutation(polarity)
    assert Student.of(sparse, shuffled, half, seed=0) is None


def test_what_the_lists_say_of_a_text_does_not_change_its_unseen_score():
    sparse, polarity, _, half = material()
    one = int(np.flatnonzero(polarity > 0)[0])
    turned = polarity.copy()
    turned[one] *= -1
    before, after = (
        Student.of(sparse, said, half, seed=0).unseen(sparse, half) for said in (polarity, turned)
    )
    same_half = half == half[one]  # in the measure of the spread, which takes all texts
    ratio = after[same_half] / before[same_half]
    assert ratio == pytest.approx(ratio[0], rel=1e-4)
    assert after[~same_half] / before[~same_half] != pytest.approx(ratio[0], rel=1e-4)
