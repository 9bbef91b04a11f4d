from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.tables.casting import NOT_AN_ID, canonical_id
from features.tables.plain import is_plain

ids = st.text(st.sampled_from("09AZaz_-/#~!.nN \t\u00e9\u200b"), min_size=1, max_size=6)


@given(st.lists(ids | st.none() | st.sampled_from(NOT_AN_ID), max_size=5))
def test_plain_ids_are_written_as_they_stand(texts):
    if is_plain(pa.array(texts, pa.string())):
        assert all(text is None or canonical_id(text) == text for text in texts)


@pytest.mark.parametrize(
    "text", ["", " a", "a ", "7.0", "nan", "NULL", "<na>", "a\tb", "\u00fc", "x" * 129, "a\x7f"]
)
def test_one_text_that_has_to_be_read_is_enough(text):
    assert not is_plain(pa.array(["C1", None, text]))


def test_usual_ids_are_plain():
    assert is_plain(pa.array(["C0000017", None, "4711", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "x" * 128]))
    assert is_plain(pa.array([None, None], pa.string()))
    assert is_plain(pa.array([], pa.string()))


def test_a_slice_is_judged_by_its_own_texts():
    whole = pa.array([" strange", "C1", "C2", "strange "])
    assert is_plain(whole.slice(1, 2))
    assert not is_plain(whole.slice(2, 2))


def test_what_is_no_text_is_not_judged():
    assert not is_plain(pa.array([1, 2]))
