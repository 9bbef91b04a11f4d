import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.sentiment.learner import SentimentModel
from features.sentiment.ngrams import BUCKETS, counts
from features.sentiment.reasons import word_shares
from features.sentiment.text import cleaned
from features.sentiment.weighting import Weighting
from tests.features.sentiment.corpus import PLAIN, named, texts

WEIGHTS = np.random.default_rng(0).normal(size=BUCKETS)
WEIGHTING = Weighting(np.ones(BUCKETS, np.float32))


@given(st.text("ab é7", max_size=60))
def test_the_shares_of_spaced_words_add_up_to_the_weighted_sum(text):
    read = cleaned(text)
    total = float((WEIGHTING.rows(counts([read])) @ WEIGHTS)[0])
    shares = word_shares(read, WEIGHTING, WEIGHTS)
    assert sum(share for _, share in shares) == pytest.approx(total, abs=1e-5)


def test_words_are_named_as_they_were_read_accents_and_all():
    assert [word for word, _ in word_shares("foarte mulțumită!", WEIGHTING, WEIGHTS)] == [
        "foarte",
        "mulțumită",
    ]


def test_in_scripts_without_spaces_n_grams_that_do_not_overlap_stand_for_words():
    found = [word for word, _ in word_shares("质量很差再也不买了", WEIGHTING, WEIGHTS)]
    assert found
    assert all(2 <= len(word) <= 4 for word in found)
    assert sum(map(len, found)) <= 9


@pytest.fixture(scope="module")
def model():
    words = {0: ("很差劲", "wumpel"), 2: ("很漂亮", "glimbo")}
    made, label = texts(300, words=words, classes=(0, 2))
    return SentimentModel.fit(made, named(label))


def test_words_for_the_other_side_are_no_reason(model):
    [[*bad], [*good]] = model.why(["wumpel wumpel wumpel glimbo", "glimbo glimbo glimbo wumpel"])
    assert bad == ["wumpel"]
    assert good == ["glimbo"]


def test_the_reason_of_a_chinese_text_is_a_piece_of_it(model):
    [words] = model.why(["桌子很差劲的"])
    assert words
    assert words[0] in "桌子很差劲的"
    assert "差" in words[0] or "劲" in words[0]


def test_as_many_words_as_asked_for_are_named(model):
    assert all(len(words) <= 1 for words in model.why(texts(20, words=PLAIN, classes=(0, 2))[0], most=1))


def test_a_text_without_words_has_no_reason(model):
    assert model.why(["", None, "..."])[:2] == [[], []]


def test_before_anybody_has_rated_the_listed_words_are_the_reason():
    assert SentimentModel.fit([], []).why(["The delivery was terrible"])[0] == ["terrible"]
