import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.sentiment.ngrams import FIRST_WORD, counts
from features.sentiment.weighting import Weighting

TEXTS = ["good lamp", "good chair", "bad lamp lamp", ""]


def rows(texts):
    counted = counts(texts)
    return Weighting.of(counted).rows(counted)


@given(st.lists(st.text("ab 好!", min_size=1, max_size=20), min_size=1, max_size=5))
def test_characters_and_words_of_a_text_weigh_the_same(texts):
    weighted = rows(texts)
    squared = weighted.multiply(weighted).tocsr()
    characters, words = squared[:, :FIRST_WORD].sum(axis=1), squared[:, FIRST_WORD:].sum(axis=1)
    assert np.asarray(characters) == pytest.approx(np.asarray(words), abs=1e-5)


def test_a_row_has_length_one_and_that_of_an_empty_text_none():
    weighted = rows(TEXTS)
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1))).ravel()
    assert lengths == pytest.approx([1, 1, 1, 0], abs=1e-6)


def test_a_rarer_n_gram_weighs_more():
    counted = counts(TEXTS)
    rarity = Weighting.of(counted).rarity
    good, chair = (max(rarity[counts([word]).indices]) for word in ("good", "chair"))
    assert chair > good


def test_rarity_is_one_where_every_text_has_the_n_gram():
    counted = counts(["lamp", "lamp"])
    assert Weighting.of(counted).rarity[counted.indices] == pytest.approx(1.0)


def test_counts_are_left_as_they_were():
    counted = counts(TEXTS)
    before = counted.data.copy()
    Weighting.of(counted).rows(counted)
    assert (counted.data == before).all()
