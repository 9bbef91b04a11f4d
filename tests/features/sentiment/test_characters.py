import unicodedata

import pytest

from features.sentiment.characters import (
    DENSE,
    DIGIT,
    EMOJI,
    IGNORED,
    LETTER,
    MARK,
    MENTION,
    SPACE,
    SYMBOL,
    tables,
)


@pytest.mark.parametrize(
    ("char", "kind"),
    [
        *[("a", LETTER), ("ж", LETTER), ("ع", LETTER), ("ש", LETTER), ("한", LETTER), ("अ", LETTER)],
        *[("好", DENSE), ("の", DENSE), ("カ", DENSE), ("ก", DENSE), ("ខ", DENSE)],
        *[("7", DIGIT), ("٣", DIGIT), ("!", SYMBOL), ("。", SYMBOL), ("؟", SYMBOL)],
        *[("😀", EMOJI), ("❤", EMOJI), (MENTION, EMOJI), (" ", SPACE), ("\n", SPACE), ("\x00", SPACE)],
        *[("\u200d", IGNORED), ("\ufe0f", IGNORED), ("\U0001f3fd", IGNORED), ("\u0640", IGNORED)],
        *[("\u093e", MARK), ("\u0e35", MARK)],  # vowel signs of Hindi and Thai
    ],
)
def test_characters_of_every_script_have_their_kind(char, kind):
    assert tables()[0][ord(char)] == kind


@pytest.mark.parametrize(
    ("char", "read_as"),
    [
        ("é", "e"),
        ("ș", "s"),
        ("ş", "s"),
        ("ł", "l"),
        ("ı", "i"),
        ("أ", "ا"),
        ("ی", "ي"),
        ("٤", "4"),
        ("й", "й"),
    ],
)
def test_spellings_of_one_letter_fall_together_and_other_letters_do_not(char, read_as):
    assert chr(tables()[1][ord(char)]) == read_as


def test_no_sign_of_an_indian_or_thai_letter_is_lost():
    kinds, folds = tables()
    signs = [code for code in range(0x0900, 0x0E80) if unicodedata.category(chr(code)).startswith("M")]
    assert len(signs) > 100
    assert all(kinds[code] == MARK and folds[code] == code for code in signs)
