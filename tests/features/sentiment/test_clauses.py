from __future__ import annotations

import pytest

from features.sentiment.clauses import AFTER_BUT, BEFORE_BUT, NOT_GOOD, REACH, found_words
from features.sentiment.reader import Reader
from features.sentiment.vocabulary import Vocabulary
from features.sentiment.wordlist_file import Entry, Role, WordListFile

ENTRIES = (
    Entry("good", Role.VALUE, 2.0),
    Entry("bad", Role.VALUE, -2.0),
    Entry("waste of money", Role.VALUE, -3.0),
    Entry("not only", Role.VALUE, 0.0),
    Entry("not", Role.NEGATOR),
    Entry("değil", Role.NEGATOR_AFTER),
    Entry("nicht", Role.NEGATOR_AROUND),
    Entry("very", Role.STRONGER),
    Entry("a bit", Role.WEAKER),
    Entry("but", Role.CONTRAST),
)


@pytest.fixture(scope="module")
def found():
    reader = Reader(Vocabulary(WordListFile("xx", ENTRIES, (), frozenset(), ())))
    return lambda text: found_words(reader.tokens(text))


def strengths(found):
    return [strength for _, strength, _ in found]


@pytest.mark.parametrize("text", ["not good", "not so good", "it is good değil", "good nicht", "nicht good"])
def test_a_negator_turns_good_into_bad(found, text):
    assert strengths(found(text)) == [2 * NOT_GOOD]


def test_not_bad_is_good_but_less_so_than_good(found):
    (strength,) = strengths(found("not bad"))
    assert 0 < strength < 2


def test_a_negator_does_not_reach_beyond_its_clause_or_too_far(found):
    assert strengths(found("not that, good")) == [2]
    assert strengths(found("not " + "x " * REACH + "good")) == [2]
    assert strengths(found("not " + "x " * (REACH - 1) + "good")) == [2 * NOT_GOOD]


def test_a_negator_turns_one_word_only(found):
    assert strengths(found("not good good")) == [2 * NOT_GOOD, 2]


def test_a_negator_around_turns_what_follows_before_what_went_before(found):
    assert strengths(found("good nicht bad")) == [2, 1]


def test_a_phrase_that_says_nothing_takes_its_negator_along(found):
    assert strengths(found("not only good")) == [2]


def test_intensifiers_make_more_and_less_of_the_next_word(found):
    plain, more, less = (strengths(found(text))[0] for text in ("good", "very good", "a bit good"))
    assert less < plain < more
    assert strengths(found("very good good")) == [more, plain]


def test_a_phrase_is_found_as_one(found):
    assert found("A waste of money!") == [("waste of money", -3.0, 1.0)]
    assert found("A waste of time") == []


def test_what_follows_a_but_weighs_more(found):
    assert [weight for _, _, weight in found("good but bad")] == [BEFORE_BUT, AFTER_BUT]
