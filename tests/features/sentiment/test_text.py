import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.sentiment.characters import EMAIL, MENTION, URL
from features.sentiment.text import MOST_CHARACTERS, cleaned, key

ANYTHING = st.one_of(
    st.text(),
    st.text(st.characters(codec=None), max_size=50),  # lone surrogates too
    st.binary(),
    st.none(),
    st.floats(),
    st.lists(st.integers()),
)


@given(ANYTHING)
def test_nothing_that_a_cell_can_hold_raises(raw):
    assert len(cleaned(raw)) <= MOST_CHARACTERS
    assert isinstance(key(raw), str)


def test_what_is_no_text_reads_as_an_empty_one():
    assert [cleaned(raw) for raw in (None, float("nan"), 7, [], "")] == [""] * 5


def test_markup_goes_and_a_heart_stays():
    assert cleaned("<p class='x'>Good</p> I <3 it &amp; more").split() == [
        "good",
        "i",
        "<3",
        "it",
        "&",
        "more",
    ]


def test_the_content_of_scripts_goes_with_their_tags():
    assert "alert" not in cleaned("nice<script>alert(1)</script> lamp")


def test_addresses_and_mentions_stand_as_one_character_each():
    read = cleaned(
        "see https://shop.example/a?b=1 or www.shop.example, @anna wrote to me@shop.example"
    ).split()
    assert read == ["see", URL, "or", URL, MENTION, "wrote", "to", EMAIL]


def test_an_address_ends_where_chinese_goes_on():
    assert cleaned("看http://x.example/a很好").split() == ["看", URL, "很好"]


def test_of_a_long_text_beginning_and_end_are_read():
    read = cleaned("good " + "x" * 100_000 + " bad")
    assert read.startswith("good ")
    assert read.endswith(" bad")
    assert len(read) == MOST_CHARACTERS


@pytest.mark.parametrize(
    "hostile", ["<" * 100_000, "@" * 100_000, "<!--" * 30_000, "a@" * 50_000, "&#" * 50_000]
)
def test_hostile_markup_is_read_in_no_time(hostile):
    assert len(cleaned(hostile)) <= MOST_CHARACTERS  # a quadratic pattern would hang here


def test_full_width_and_composed_letters_are_the_plain_ones():
    assert cleaned("ＧＯＯＤ Cafe\u0301") == "good café"


def test_bytes_are_read_as_utf_8_and_broken_ones_do_not_raise():
    assert cleaned("bună".encode()) == "bună"
    assert cleaned(b"bun\xff") == "bun\ufffd"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Great lamp!!!", "great   lamp"),
        ("Foarte bună", "FOARTE BUNA."),
        ("sooooo good", "sooo good"),
        ("<b>好</b>看。", "好看"),
    ],
)
def test_texts_that_say_the_same_have_one_key(one, other):
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("good", "god"), ("कम", "काम"), ("100", "1000"), ("?", "!"), ("🙂", "🙁")]
)
def test_texts_that_say_something_else_have_another_key(one, other):
    assert key(one) != key(other)
