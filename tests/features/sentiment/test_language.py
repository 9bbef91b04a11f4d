from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.sentiment.language import UNKNOWN
from features.sentiment.wordlist import WordLists

LANGUAGES = WordLists.load().languages


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Το προϊόν είναι καλό", "el"),
        ("המוצר טוב מאוד", "he"),
        ("สินค้าดีมาก", "th"),
        ("제품이 좋아요", "ko"),
        ("とても良い商品でした", "ja"),
        ("东西很好", "zh"),
        ("उत्पाद अच्छा है", "hi"),
        ("کیفیت خیلی خوب بود", "fa"),
        ("گوشي خوبي است", "fa"),
        ("المنتج رائع جداً وأنصح به", "ar"),
        ("Доставка была очень быстрой, спасибо вам", "ru"),
        ("Доставка була дуже швидкою, дякую вам", "uk"),
        ("Livrarea a fost foarte rapidă și produsul este bun", "ro"),
        ("Livrarea a fost foarte rapida si produsul este bun", "ro"),
        ("Kaup jõudis kohale kiiresti ja oli hästi pakitud", "et"),
        ("yeh product bahut accha hai, mujhe pasand aaya", "hi-Latn"),
        ("The delivery was quick and the staff were friendly", "en"),
    ],
)
def test_a_sentence_is_told_by_itself(text, language):
    assert LANGUAGES.of([text]) == [language]


@pytest.mark.parametrize("text", ["", "12345 !!!", "😀😀", "\x00\x01"])
def test_a_text_without_letters_has_no_language(text):
    assert LANGUAGES.of([text], "ro") == [UNKNOWN]


@pytest.mark.parametrize("text", ["მშვენიერი პროდუქტი", "சிறந்த தயாரிப்பு", "یہ بہت اچھا ہے"])
def test_a_script_or_its_language_without_a_list_has_no_language(text):
    assert LANGUAGES.of([text]) == [UNKNOWN]


def test_a_short_text_is_taken_to_be_in_the_usual_language():
    assert LANGUAGES.of(["ok super"], "ro") == ["ro"]
    assert LANGUAGES.of(["ok super"], "de") == ["de"]


def test_without_a_usual_language_the_most_common_of_the_others_is_taken():
    sure = ["Livrarea a fost foarte rapidă și produsul este bun"] * 3
    assert LANGUAGES.of(["ok super", *sure]) == ["ro"] * 4


def test_the_usual_language_is_never_given_to_a_text_of_another_script():
    assert LANGUAGES.of(["很好"], "ro") == ["zh"]
    assert LANGUAGES.of(["ок"], "ro")[0] in {"ru", "uk", "bg"}


def test_addresses_do_not_make_a_text_english():
    assert LANGUAGES.of(["https://www.example.com/the-best-of-this/and-that 很好"]) == ["zh"]


@given(st.lists(st.text(), max_size=4))
def test_no_text_fails(texts):
    assert len(LANGUAGES.of(texts)) == len(texts)
