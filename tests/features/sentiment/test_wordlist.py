from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.sentiment.wordlist import WordLists

LISTS = WordLists.load()

GOOD_AND_BAD = {
    "en": ("Excellent quality, fast delivery, I recommend it", "Terrible service, it broke and nobody answers"),
    "ro": ("Calitate excelentă, livrare rapidă, recomand", "Produs stricat, nu recomand, bani aruncați"),
    "ru": ("Отличное качество, быстрая доставка, рекомендую", "Ужасное обслуживание, товар сломан, деньги на ветер"),
    "zh": ("质量很好，物流很快，非常满意", "质量太差了，客服态度恶劣，要求退款"),
    "et": ("Suurepärane teenindus, kiire tarne, soovitan", "Väga halb kvaliteet, läks kohe katki, ei soovita"),
    "fa": ("کیفیت عالی و ارسال سریع، راضی هستم", "خیلی بی کیفیت بود، خراب رسید، پیشنهاد نمیکنم"),
    "de": ("Ausgezeichnete Qualität, schnelle Lieferung, sehr zufrieden", "Schlechter Service, kaputt, nie wieder"),
    "fr": ("Excellente qualité, livraison rapide, je recommande", "Très déçu, produit cassé et service client nul"),
    "es": ("Excelente calidad, entrega rápida, muy contenta", "Pésimo servicio, llegó roto y no responden"),
    "it": ("Ottima qualità, consegna veloce, consigliato", "Pessimo servizio, prodotto rotto, soldi buttati"),
    "pt": ("Ótima qualidade, entrega rápida, recomendo", "Péssimo atendimento, veio quebrado e não respondem"),
    "pl": ("Świetna jakość, szybka dostawa, polecam", "Fatalna obsługa, towar uszkodzony, nie polecam"),
    "tr": ("Harika kalite, hızlı kargo, tavsiye ederim", "Berbat hizmet, ürün kırık geldi, sakın almayın"),
    "ar": ("جودة ممتازة وتوصيل سريع، أنصح به", "خدمة سيئة جدا والمنتج مكسور ولا أنصح به"),
    "hi": ("बहुत अच्छी क्वालिटी और जल्दी डिलीवरी, धन्यवाद", "बहुत खराब सामान, टूटा हुआ मिला, पैसे बर्बाद"),
    "uk": ("Чудова якість, швидка доставка, рекомендую", "Жахливе обслуговування, товар зламаний"),
    "nl": ("Uitstekende kwaliteit, snelle levering, zeer tevreden", "Slechte service, kapot geleverd, nooit meer"),
    "hu": ("Kiváló minőség, gyors szállítás, ajánlom", "Rossz minőség, törött termék, nem ajánlom"),
    "ja": ("品質が良くて配送も早い、大満足です", "最悪です。壊れていて返金もされない"),
    "ko": ("품질이 정말 좋아요, 배송도 빨라요", "최악입니다. 고장난 제품이 왔어요"),
    "hi-Latn": ("bahut accha product hai, mast quality hai bhai", "bahut kharab hai, bilkul bekar, paise barbad"),
}  # fmt: skip
NOT_GOOD = {
    "en": ("it is good", "it is not good"),
    "ro": ("este bun", "nu este bun"),
    "ru": ("это вкусно", "это не вкусно"),
    "zh": ("好吃", "没有想象中好吃"),
    "et": ("see on ilus", "see ei ole ilus"),
    "fa": ("این لباس زیبا است", "این لباس زیبا نیست"),
    "de": ("das ist gut", "das ist nicht gut"),
    "fr": ("il est solide", "il n'est pas solide"),
    "es": ("es bueno", "no es bueno"),
    "it": ("è buono", "non è buono"),
    "pt": ("é bonito", "não é bonito"),
    "pl": ("jest wygodny", "nie jest wygodny"),
    "tr": ("kaliteli", "kaliteli değil"),
    "ar": ("المنتج جميل", "المنتج ليس جميل"),
    "hi": ("यह सुंदर है", "यह सुंदर नहीं है"),
}


def polarity(text, usual=None):
    return float(LISTS.score([text], usual).polarity[0])


@pytest.mark.parametrize("language", GOOD_AND_BAD)
def test_a_good_review_is_good_and_a_bad_one_bad(language):
    good, bad = LISTS.score(GOOD_AND_BAD[language], language).polarity
    assert good >= 0.4
    assert bad <= -0.4


@pytest.mark.parametrize("language", GOOD_AND_BAD)
def test_the_list_of_the_language_is_used_without_being_told(language):
    assert LISTS.score(GOOD_AND_BAD[language]).language == [language] * 2


@pytest.mark.parametrize("language", NOT_GOOD)
def test_a_negation_turns_good_into_bad(language):
    good, negated = NOT_GOOD[language]
    assert polarity(good, language) > 0 > polarity(negated, language)


@pytest.mark.parametrize(
    ("typed", "language"),
    [("foarte multumit de calitate", "ro"), ("cok begendim, tesekkurler", "tr"), ("swietna jakosc, ladne", "pl"),
     ("MULŢUMESC, SUPER", "ro"), ("ne yazik ki kirik geldi", "tr")],
)  # fmt: skip
def test_words_typed_without_their_marks_are_found(typed, language):
    assert LISTS.score([typed], language).hits[0] >= 2 - (language == "tr")


def test_english_words_of_feeling_are_drawn_out_or_shouted():
    assert polarity("sooooo goooood", "en") > 0
    assert polarity("TERRIBLE!!!", "en") < 0


def test_emoji_count_in_any_language_and_with_any_skin():
    assert polarity("😡") < 0 < polarity("👍🏽")
    assert LISTS.score(["😍😍"]).language == ["und"]


def test_the_words_behind_a_figure_can_be_named():
    assert LISTS.words("Not good, but the staff were very helpful :)", "en") == [
        ("good", -1.6),
        ("helpful", 2.8),
        (":)", 2.0),
    ]


def test_a_text_that_says_nothing_has_no_polarity():
    scores = LISTS.score(["", "   ", "12345", "the table"], "en")
    assert scores.polarity.tolist() == [0, 0, 0, 0]
    assert scores.hits.tolist() == [0, 0, 0, 0]


def test_one_word_alone_is_less_sure_than_many_that_agree():
    assert 0 < polarity("good", "en") < polarity("good, great, excellent, perfect", "en") < 1


@given(st.lists(st.text(), max_size=5))
def test_any_texts_are_scored_within_bounds(texts):
    scores = LISTS.score(texts)
    assert scores.polarity.dtype == np.float64
    assert scores.hits.dtype == np.int64
    assert np.all(np.abs(scores.polarity) <= 1)
    assert len(scores.language) == len(scores.polarity) == len(scores.hits) == len(texts)


@pytest.mark.parametrize(
    "text",
    ["a" * 100_000, "ab " * 33_000, "不好" * 50_000, "\ud800" * 100, "\x00\xff" * 5000, "<p>" * 30_000, ":(" * 50_000,
     "not " * 25_000, "nu " * 33_000, "a'" * 50_000, "🤬" * 25_000],
)  # fmt: skip
def test_a_text_of_100_kilobytes_takes_less_than_two_seconds(text):
    start = time.process_time()
    LISTS.score([text])
    assert time.process_time() - start < 2


def test_a_retailers_own_list_takes_the_place_of_ours(tmp_path):
    (tmp_path / "en.toml").write_text("[strength]\n3 = 'blorb*'\n", encoding="utf-8")
    own = WordLists.load(tmp_path)
    assert own.words("blorbly good", "en") == [("blorbly", 3.0)]
    assert LISTS.words("blorbly good", "en") == [("good", 2.0)]


def test_the_lists_are_read_once():
    assert WordLists.load() is LISTS
