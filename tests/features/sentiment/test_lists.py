from __future__ import annotations

import tomllib
import unicodedata

import pytest

from features.contract import ASPECTS
from features.sentiment import aspects, wordlist
from features.sentiment.aspect_file import read_aspects
from features.sentiment.wordlist_file import Role, WordListFile

FIFTEEN = ("ro", "ru", "zh", "et", "fa", "en", "de", "fr", "es", "it", "pt", "pl", "tr", "ar", "hi")
WORD_LISTS = sorted(wordlist.FOLDER.glob("*.toml"))
ASPECT_LISTS = sorted(aspects.FOLDER.glob("*.toml"))


def by_name(path):
    return f"{path.parent.name}/{path.stem}"


def test_the_fifteen_languages_have_a_word_list_and_a_list_of_aspects():
    assert {path.stem for path in WORD_LISTS} >= set(FIFTEEN)
    assert {path.stem for path in ASPECT_LISTS} >= set(FIFTEEN)


@pytest.mark.parametrize("path", WORD_LISTS + ASPECT_LISTS, ids=by_name)
def test_a_list_is_typed_in_composed_unicode(path):
    text = path.read_text(encoding="utf-8")
    assert text == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("path", WORD_LISTS, ids=by_name)
def test_a_word_list_can_be_read_which_refuses_words_given_twice(path):
    assert WordListFile.read(path).entries


@pytest.mark.parametrize("language", FIFTEEN)
def test_a_word_list_holds_150_words_good_and_bad_and_what_turns_and_strengthens_them(language):
    entries = WordListFile.read(wordlist.FOLDER / f"{language}.toml").entries
    values = [entry.value for entry in entries if entry.role is Role.VALUE]
    assert sum(value > 0 for value in values) >= 150
    assert sum(value < 0 for value in values) >= 150
    roles = {entry.role for entry in entries}
    assert roles & {Role.NEGATOR, Role.NEGATOR_AFTER, Role.NEGATOR_AROUND}
    assert {Role.STRONGER, Role.WEAKER, Role.CONTRAST} <= roles


@pytest.mark.parametrize("path", WORD_LISTS, ids=by_name)
def test_a_stem_is_long_enough_not_to_match_half_the_language(path):
    content = tomllib.loads(path.read_text(encoding="utf-8"))["strength"]
    stems = [
        word.strip() for text in content.values() for word in text.split(",") if word.strip().endswith("*")
    ]
    shortest = {"ko": 1, "ja": 2, "ar": 2, "fa": 2}.get(path.stem, 3)
    assert [stem for stem in stems if len(stem.rstrip("*")) < shortest] == []


@pytest.mark.parametrize("path", ASPECT_LISTS, ids=by_name)
def test_a_list_of_aspects_has_at_least_ten_words_for_each_and_none_twice(path):
    words, replace = read_aspects(path)
    assert not replace
    assert {aspect: list(words.values()).count(aspect) >= 10 for aspect in ASPECTS} == dict.fromkeys(
        ASPECTS, True
    )


def test_all_lists_together_stay_below_three_megabytes():
    assert sum(path.stat().st_size for path in WORD_LISTS + ASPECT_LISTS) < 3_000_000
