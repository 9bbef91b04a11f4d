from __future__ import annotations

import pytest

from features.sentiment.vocabulary import LONGEST_WORD, Vocabulary
from features.sentiment.wordlist_file import Entry, Role, WordListFile


def vocabulary(*words, prefixes=(), marks_matter=()):
    entries = tuple(Entry(word, Role.VALUE, float(value)) for word, value in words)
    return Vocabulary(WordListFile("xx", entries, prefixes, frozenset(marks_matter), ()))


def value(vocabulary, word):
    return vocabulary.token(word).value


def test_an_exact_word_goes_before_a_stem_and_a_long_stem_before_a_short_one():
    words = vocabulary(("disappoint*", -2), ("disappear*", -1), ("dis*", 1), ("disk", 3))
    assert [value(words, word) for word in ("disappointed", "disappears", "distance", "disk", "disks")] == [
        -2,
        -1,
        1,
        3,
        1,
    ]


@pytest.mark.parametrize("typed", ["mulțumit", "multumit", "mulțuuuumit", "multumiiiit"])
def test_a_word_is_found_without_its_marks_and_drawn_out(typed):
    assert value(vocabulary(("mulțumit", 2)), typed) == 2


def test_umlauts_are_found_in_two_letters():
    assert value(vocabulary(("schön*", 2)), "schoene") == 2


def test_a_word_whose_marks_matter_is_not_found_without_them():
    words = vocabulary(("schön*", 2), marks_matter=("schön*",))
    assert (value(words, "schöne"), value(words, "schon")) == (2, 0)


def test_a_word_that_has_no_marks_is_not_hidden_by_one_that_has():
    assert value(vocabulary(("tâche", 0.5), ("tache", -1)), "tache") == -1


def test_a_word_is_found_behind_what_its_language_writes_together_with_it():
    assert value(vocabulary(("جوده", 2), prefixes=("ال", "و")), "الجوده") == 2
    assert value(vocabulary(("adore", 2), prefixes=("j'",)), "j'adore") == 2
    assert value(vocabulary(("جوده", 2)), "الجوده") == 0


def test_a_word_longer_than_any_is_not_looked_up():
    assert value(vocabulary(("aaaa*", 2)), "a" * (LONGEST_WORD + 1)) == 0


def test_the_longest_entry_wins_where_no_spaces_are_written():
    tokens = vocabulary(("好", 2), ("不好", -2), ("不好意思", 0)).scan.tokens("不好意思好不好")
    assert [(token.word, token.value) for token in tokens] == [("不好意思", 0), ("好", 2), ("不好", -2)]
