from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.contract import ASPECTS
from features.sentiment.aspects import Aspects

OURS = Aspects.load(None)

EXAMPLES = {
    "en": {"delivery": "the courier came", "price": "far too expensive", "promotions_and_rewards": "loyalty points",
           "quality": "the fabric is thin", "service": "the cashier was there", "returns": "I want a refund",
           "privacy": "unsubscribe me", "assortment": "out of stock again"},
    "ro": {"delivery": "curierul a venit", "price": "prețul a crescut", "promotions_and_rewards": "puncte",
           "quality": "materialul este subțire", "service": "vânzătoarea din magazin", "returns": "vreau rambursarea",
           "privacy": "datele mele personale", "assortment": "stocul este epuizat"},
    "ru": {"delivery": "курьер приехал", "price": "цены выросли", "promotions_and_rewards": "мои баллы и скидки",
           "quality": "материал тонкий", "service": "продавец в магазине", "returns": "хочу возврат",
           "privacy": "мои персональные данные", "assortment": "ассортимент магазина"},
    "zh": {"delivery": "快递来了", "price": "价格上涨", "promotions_and_rewards": "会员积分", "quality": "面料薄",
           "service": "客服在吗", "returns": "要退款", "privacy": "个人信息泄露", "assortment": "又缺货"},
    "et": {"delivery": "kuller tuli", "price": "hinnad tõusid", "promotions_and_rewards": "kliendikaardi boonus",
           "quality": "materjal on õhuke", "service": "teenindaja poes", "returns": "tahan raha tagasi",
           "privacy": "minu isikuandmed", "assortment": "kaubavalik poes"},
    "fa": {"delivery": "پیک آمد", "price": "قیمت بالا رفت", "promotions_and_rewards": "کد تخفیف",
           "quality": "پارچه نازک", "service": "پشتیبانی فروشگاه", "returns": "مرجوع کردم",
           "privacy": "اطلاعات شخصی من", "assortment": "تنوع کالا"},
}  # fmt: skip


@pytest.mark.parametrize("language", EXAMPLES)
def test_each_aspect_is_found_in_a_sentence_of_its_own(language):
    texts = EXAMPLES[language]
    found = OURS.find(list(texts.values()), language)
    assert [aspect in aspects for aspect, aspects in zip(texts, found, strict=True)] == [True] * len(ASPECTS)


def test_the_words_that_showed_an_aspect_are_given_once_each():
    assert OURS.find(["The courier, the COURIER and another parcel"], "en") == [
        {"delivery": ["courier", "parcel"]}
    ]


def test_a_phrase_counts_as_a_whole():
    assert OURS.find(["value for money"], "en") == [{"price": ["value for money"]}]


def test_a_text_about_nothing_has_no_aspects():
    assert OURS.find(["", "hello", "12 😀", "\x00"], "en") == [{}, {}, {}, {}]


@given(st.lists(st.text(), max_size=4))
def test_no_text_fails(texts):
    assert all(set(found) <= set(ASPECTS) for found in OURS.find(texts))


def test_a_retailers_file_adds_words_and_moves_them(tmp_path):
    (tmp_path / "en.toml").write_text("service = 'courier*, greeter'\n", encoding="utf-8")
    found = Aspects.load(tmp_path).find(["the courier and the greeter and a parcel"], "en")
    assert found == [{"delivery": ["parcel"], "service": ["courier", "greeter"]}]


def test_a_retailers_file_can_take_the_place_of_ours(tmp_path):
    (tmp_path / "en.toml").write_text("replace = true\nservice = 'greeter'\n", encoding="utf-8")
    found = Aspects.load(tmp_path).find(["the courier and the greeter"], "en")
    assert found == [{"service": ["greeter"]}]


def texts_about_a_van():
    vans = [f"The van brought the parcel on day {n}." for n in range(60)]
    chairs = [f"A chair with legs in colour {n}." for n in range(200)]
    return vans + chairs


def test_a_word_of_the_retailer_is_learnt_and_found_alone():
    learnt = OURS.learn(texts_about_a_van(), "en")
    assert learnt.learnt.get("van") == "delivery"
    assert learnt.find(["a green van"], "en") == [{"delivery": ["van"]}]
    assert "chair" not in learnt.learnt


def test_learning_takes_nothing_from_what_the_lists_find():
    texts = texts_about_a_van()
    learnt = OURS.learn(texts, "en")
    for before, after in zip(OURS.find(texts, "en"), learnt.find(texts, "en"), strict=True):
        assert all(set(words) <= set(after[aspect]) for aspect, words in before.items())


def test_words_that_say_good_or_bad_are_not_learnt():
    texts = [f"Terrible parcel number {n}." for n in range(60)] + ["A chair with legs."] * 200
    assert "terrible" not in OURS.learn(texts, "en").learnt


def test_learning_from_nothing_changes_nothing():
    assert OURS.learn([]).learnt == {}


def test_what_was_saved_is_loaded_back(tmp_path):
    learnt = OURS.learn(texts_about_a_van(), "en")
    learnt.save(tmp_path / "aspects")
    again = Aspects.load(tmp_path / "aspects")
    assert (again.words, again.learnt) == (learnt.words, learnt.learnt)
