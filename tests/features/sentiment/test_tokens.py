from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.sentiment.tokens import BOUNDARY, RUN, SIGN, WORD, cut, pieces


def tokens(text):
    return [token for piece in pieces(text) for token in cut(piece) if token != (BOUNDARY, "\n")]


@pytest.mark.parametrize("typed", [":)", ":-)", "=)", ":-)))", ":^)"])
def test_a_smile_is_one_token_however_it_is_typed(typed):
    assert tokens(typed) == [(SIGN, ":)")]


@pytest.mark.parametrize("typed", [":(", ":-((", "=("])
def test_a_sad_face_is_one_token(typed):
    assert tokens(typed) == [(SIGN, ":(")]


def test_a_colon_before_a_word_is_no_face():
    assert tokens("Note:data :d") == [(WORD, "note"), (BOUNDARY, ":"), (WORD, "data"), (SIGN, ":d")]


def test_addresses_mentions_and_markup_say_nothing():
    assert tokens("https://a.example/:( @shop <br/>fine</b> &amp; www.bad.example") == [(WORD, "fine")]


def test_combining_marks_stay_inside_a_word():
    assert tokens("अच्छा है।") == [(WORD, "अच्छा"), (WORD, "है"), (BOUNDARY, "।")]


def test_scripts_without_spaces_come_as_one_run_apart_from_latin_letters():
    assert tokens("质量ok，ไม่ดี") == [(RUN, "质量"), (WORD, "ok"), (BOUNDARY, ","), (RUN, "ไม่ดี")]


def test_every_emoji_is_a_token():
    assert tokens("👍👍🏽") == [(SIGN, "👍"), (SIGN, "👍")]


def test_a_grade_is_one_word_and_a_date_is_not():
    assert (WORD, "10/10") in tokens("10/10!")
    assert all("/" not in token for _, token in tokens("5/5/2026"))


@given(st.text())
def test_no_text_fails_and_no_token_holds_a_space(text):
    assert all(token and " " not in token for _, token in tokens(text))
