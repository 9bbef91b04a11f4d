from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from features.sentiment.aspect_learning import FEWEST, Sentence, candidates, companions, sentences


def half(*groups):
    return [Sentence(frozenset(words), frozenset(aspects)) for n, words, aspects in groups for _ in range(n)]


FILLER = (200, ["day"], [])


def test_a_word_that_keeps_company_with_an_aspect_in_both_halves_is_learnt():
    texts = half((20, ["van"], ["delivery"]), FILLER)
    assert companions([texts, texts]) == {"van": "delivery"}


def test_a_word_that_does_so_in_one_half_only_is_not_learnt():
    texts, others = half((20, ["van"], ["delivery"]), FILLER), half((20, ["van"], []), FILLER)
    assert companions([texts, others]) == {}


def test_a_rare_word_is_not_learnt():
    texts = half((FEWEST - 1, ["van"], ["delivery"]), FILLER)
    assert companions([texts, texts]) == {}


def test_a_word_of_every_sentence_is_not_learnt():
    texts = half((100, ["the"], ["delivery"]), (50, ["the"], []))
    assert companions([texts, texts]) == {}


def test_a_word_goes_to_the_aspect_that_it_keeps_most_company_with():
    texts = half((40, ["van"], ["delivery"]), (5, ["van"], ["service"]), FILLER)
    assert companions([texts, texts]) == {"van": "delivery"}


def test_no_texts_teach_nothing():
    assert companions([[], []]) == {}


def test_candidates_are_words_of_three_letters_and_short_runs_of_unspaced_scripts():
    assert candidates("My van, no 123 x2y") == {"van"}
    assert candidates("小哥的车") == {"小哥"}


@given(st.text(alphabet="abc d.!?\n"))
def test_sentences_hold_all_the_words_of_a_text(text):
    assert {word for part in sentences(text) for word in part.split()} == set(re.split(r"[\s.!?]+", text)) - {
        ""
    }
