from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.contract import INTERACTIONS
from features.tables.naming import (
    LONGEST_LIST,
    LONGEST_NAME,
    MOST_NAMES,
    are_names,
    brief,
    is_value,
    listed,
    shown,
)

NOTE = "topic of ann.private@example.org"


@given(st.text(max_size=300))
def test_a_name_is_one_short_line_that_a_terminal_can_show(name):
    assert len(shown(name)) <= LONGEST_NAME
    assert shown(name).isprintable()


@pytest.mark.parametrize("name", ["Invoice No", "Größe", "a\"b'c", "@timestamp", "n" * LONGEST_NAME])
def test_an_ordinary_name_is_shown_as_it_is(name):
    assert shown(name) == name


def test_a_long_name_is_cut_and_an_address_left_out():
    assert shown("n" * 10_000) == "n" * (LONGEST_NAME - 3) + "..."
    assert shown(NOTE) == "(an address)"


@given(st.lists(st.text(max_size=80), max_size=60))
def test_a_list_of_names_is_bounded(names):
    assert len(listed(names)) <= LONGEST_LIST + 5


def test_names_are_listed_up_to_a_number():
    assert listed([]) == "none"
    assert listed(["a", "b"]) == "a, b"
    names = [f"c{number}" for number in range(MOST_NAMES + 1)]
    assert listed(names[:-1]) == ", ".join(names[:-1])
    assert listed(names) == ", ".join(names[:-1]) + ", ..."


@given(st.lists(st.text(min_size=8, max_size=20), min_size=1, max_size=9))
def test_what_may_be_values_is_only_counted(values):
    text = listed(values, headed=False)
    assert text.startswith(f"{len(values)} column")
    assert text == listed(["x"] * len(values), headed=False)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12.50", True),
        ("-1,5", True),
        ("2024-05-01", True),
        ("2024-05-01T10:02:00Z", True),
        ("31/05/2024 10:00", True),
        (NOTE, True),
        ("a1", False),
        ("2024 sales", False),
        ("@timestamp", False),
        ("", False),
    ],
)
def test_a_number_a_time_and_an_address_are_values(value, expected):
    assert is_value(value) is expected


@pytest.mark.parametrize(
    ("line", "below"),
    [
        ("interaction_id,customer_id,2024", ""),
        ("Interaction-ID,Customer ID,x", ""),
        ("ticketId,x", ""),
        ("ticket,Kunde ID", ""),
        ("Kunde,Datum", "Ann,31.05.2024"),
        ("Kunde,Betrag", "Ann,\nBob,12.50"),
    ],
)
def test_a_first_line_with_a_sign_of_names_holds_names(line, below):
    rows = [row.split(",") for row in below.splitlines()]
    assert are_names(line.split(","), rows, INTERACTIONS.name)


@pytest.mark.parametrize(
    ("line", "below"),
    [
        (f"int01,c01,2024-05-01T10:02:00Z,ticket,{NOTE}", f"int02,c02,2024-05-01T11:02:00Z,chat,{NOTE} 1"),
        ("i1,Ann Private,MADRID", "i2,Bob Private,PARIS"),
        ("i1,text,2024-05-01", "i2,language,2024-05-02"),
        ("i1,NULL,12.50", "i2,7,3.20"),
        ("one,two", ""),
    ],
)
def test_a_first_line_without_a_sign_of_names_may_hold_values(line, below):
    rows = [row.split(",") for row in below.splitlines()]
    assert not are_names(line.split(","), rows, INTERACTIONS.name)


def test_a_table_that_the_contract_does_not_know_has_no_known_names():
    assert not are_names(["one", "two"], [], "")


def test_an_error_of_a_library_is_told_in_one_line():
    assert brief(ValueError("no\nCandidates: a, b")) == "no"
    assert brief(ValueError()) == ""
    assert len(brief(ValueError("n" * 10_000))) == LONGEST_LIST
