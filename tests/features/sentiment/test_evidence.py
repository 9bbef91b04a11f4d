import numpy as np
import pytest

from features.sentiment.evidence import LIST_COLUMNS, columns
from features.sentiment.wordlist import ListScores

LISTED = ListScores(np.array([0.5, -0.25, 0.0]), np.array([2, 9, 0]), ["en"] * 3)
STUDENT = np.array([1.0, -2.0, 0.0])


def test_what_lists_find_comes_first_then_what_their_student_says():
    both = columns(3, LISTED, STUDENT)
    assert (both[:, :LIST_COLUMNS] == columns(3, LISTED, None)).all()
    assert (both[:, LIST_COLUMNS:] == columns(3, None, STUDENT)).all()
    assert columns(3, None, None).shape == (3, 0)


def test_good_and_bad_have_columns_of_their_own_and_nothing_found_is_zero():
    found = columns(3, LISTED, None)
    assert found[:, :3].tolist() == [[0.5, 0.5, 0.0], [-0.25, 0.0, 0.25], [0.0, 0.0, 0.0]]
    assert (found[2] == 0).all()


def test_columns_stay_about_as_large_as_a_texts_n_grams():
    assert np.abs(columns(3, LISTED, STUDENT)).max() <= 1.0


def test_a_student_as_sure_of_bad_as_of_good_is_as_decided():
    one, other = columns(2, None, np.array([1.5, -1.5]))
    assert one[0] == -other[0]
    assert one[1] == other[1] == pytest.approx(abs(one[0]))
