from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.sentiment.spelling import normalise, squeezed, without_marks


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mulţumesc", "mulțumesc"),
        ("كيفيت", "کیفیت"),
        ("مُمتازٌ", "ممتاز"),
        ("جيـــــد", "جيد"),
        ("می‌خرم", "میخرم"),
        ("İYİ", "iyi"),
        ("ёлка", "елка"),
        ("ｏｋ！", "ok!"),
        ("don’t", "don't"),
        ("👍🏽", "👍"),
        ("❤️", "❤"),
        ("caf\u0065\u0301", "café"),
    ],
)
def test_two_ways_of_typing_a_word_are_one(typed, meant):
    assert normalise(typed) == normalise(meant)


@given(st.text())
def test_normalising_never_fails_and_a_second_time_changes_nothing_in_words_of_lists(text):
    normalise(text)


@given(st.text(alphabet="abcäöüșțăîâéèçñğışüßłøåæαβгдйё", max_size=20))
def test_normalising_twice_is_normalising_once(text):
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    ("word", "bare"), [("mulțumită", "multumita"), ("kırık", "kirik"), ("żółty", "zolty"), ("groß", "gross")]
)
def test_a_latin_word_without_marks_is_plain_ascii(word, bare):
    assert without_marks(word) == bare


@pytest.mark.parametrize("word", ["чай", "अच्छा", "ไม่ดี"])
def test_marks_that_make_another_letter_stay(word):
    assert without_marks(word) == word


@given(st.text(alphabet="abc", max_size=30))
def test_a_squeezed_word_has_no_run_of_three(word):
    assert all(f"{letter * 3}" not in spelling for spelling in squeezed(word) for letter in "abc")


def test_a_word_without_a_run_has_no_other_spelling():
    assert squeezed("good") == ()
