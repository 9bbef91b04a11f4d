from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.contract import ASPECTS
from features.sentiment.aspect_file import as_list, read_aspects, write_aspects


@given(
    words=st.dictionaries(
        st.text("abcțçш ", min_size=1).map(str.strip).filter(bool), st.sampled_from(ASPECTS)
    )
)
def test_what_was_written_is_read_back(tmp_path_factory, words):
    words = {" ".join(word.split()): aspect for word, aspect in words.items()}
    path = tmp_path_factory.mktemp("aspects") / "ro.toml"
    write_aspects(path, words)
    assert read_aspects(path) == (words, True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("weather = 'rain'\n", "has the aspect 'weather'; there are delivery, price"),
        ("price = 'dear'\nservice = 'Dear'\n", "has 'dear' twice; keep one of the two"),
        ("price =\n", "cannot be read as TOML in UTF-8"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_its_name_and_word(tmp_path, text, message):
    path = tmp_path / "ro.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as error:
        read_aspects(path)
    assert "ro.toml" in str(error.value)


def test_each_word_carries_the_number_of_its_aspect():
    entries = as_list("en", {"courier": "delivery", "staff": "service"}).entries
    assert [(entry.pattern, ASPECTS[int(entry.value)]) for entry in entries] == [
        ("courier", "delivery"),
        ("staff", "service"),
    ]


def test_a_list_that_is_no_text_is_refused_with_how_to_write_it(tmp_path):
    (tmp_path / "en.toml").write_text('price = ["cheap"]', "utf-8")
    with pytest.raises(ValueError, match="commas between"):
        read_aspects(tmp_path / "en.toml")
