from __future__ import annotations

import pytest

from features.sentiment.wordlist_file import Role, WordListFile, items


def write(tmp_path, text):
    path = tmp_path / "xx.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_list_is_read_with_its_roles_and_strengths(tmp_path):
    path = write(
        tmp_path, 'negators = "not"\nstronger = "very"\n[strength]\n3 = "Great*"\n-2 = "waste  of money"\n'
    )
    file = WordListFile.read(path)
    assert file.language == "xx"
    assert [(entry.pattern, entry.role, entry.value) for entry in file.entries] == [
        ("not", Role.NEGATOR, 0.0),
        ("very", Role.STRONGER, 0.0),
        ("great*", Role.VALUE, 3.0),
        ("waste of money", Role.VALUE, -2.0),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[strength]\n4 = 'x'\n", "has strength '4'; give a whole number from -3 to 3"),
        ("negater = 'x'\n", "has 'negater'; a word list has"),
        ("[strength]\n1 = 'x'\n-1 = 'X'\n", "has 'x' twice; keep one of the two"),
        ("negators = \n", "cannot be read as TOML in UTF-8"),
    ],
)
def test_a_list_that_is_wrong_is_refused_by_the_name_of_its_file_and_word(tmp_path, text, message):
    with pytest.raises(ValueError, match=message) as error:
        WordListFile.read(write(tmp_path, text))
    assert "xx.toml" in str(error.value)


def test_entries_are_parted_by_commas_of_two_scripts_and_by_lines():
    assert items("Good, great\nbest، خوب,,\n") == ["good", "great", "best", "خوب"]
