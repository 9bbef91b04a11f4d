from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from features.sentiment.reader import Reader, listed
from features.sentiment.vocabulary import Vocabulary
from features.sentiment.wordlist_file import Entry, Role, WordListFile

ENTRIES = (
    Entry("late", Role.VALUE, 1.0),
    Entry("too late", Role.VALUE, 2.0),
    Entry("too late for me", Role.VALUE, 3.0),
    Entry("快", Role.VALUE, 4.0),
)
READER = Reader(Vocabulary(WordListFile("xx", ENTRIES, (), frozenset(), ())))


def words(text):
    return [found.word for found in listed(READER.tokens(text)) if found.role is Role.VALUE]


def test_the_longest_phrase_goes_first_and_its_words_are_not_found_again():
    assert words("too late for me, too late, late") == ["too late for me", "too late", "late"]


def test_a_phrase_does_not_run_over_the_end_of_a_clause():
    assert words("too, late") == ["late"]


@given(st.text(alphabet="late toofrm,.快 \n", max_size=60))
def test_a_text_reads_the_same_the_second_time(text):
    assert READER.tokens(text) == READER.tokens(text)


@given(st.text())
def test_what_is_listed_never_overlaps(text):
    found = list(listed(READER.tokens(text)))
    assert all(one.at + one.length <= other.at for one, other in pairwise(found))
