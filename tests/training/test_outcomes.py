import numpy as np
import pytest

from training.outcomes import binary, class_numbers, classes, paired, probabilities, with_both, with_events


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ([1, 2], [1], r"shapes \(2,\) and \(1,\)"),
        ([], [], "one length above 0"),
        ([1, np.nan], [1, 2], "1 of 2 rows hold NaN"),
    ],
)
def test_numbers_that_do_not_pair_are_refused(first, second, message):
    with pytest.raises(ValueError, match=message):
        paired(first, second)


def test_an_outcome_is_nought_or_one():
    with pytest.raises(ValueError, match=r"outcomes hold \[2.0\]; give 0 and 1 only"):
        binary([0, 2], [0.1, 0.2])


def test_boolean_outcomes_are_outcomes():
    assert binary([True, False], [0.1, 0.2])[0].tolist() == [1.0, 0.0]


def test_a_figure_that_needs_an_event_says_so():
    with pytest.raises(ValueError, match="none of 2 rows is an event"):
        with_events(np.zeros(2))


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_figure_that_needs_both_outcomes_says_so(value):
    with pytest.raises(ValueError, match="of 3 rows are events; rows of both"):
        with_both(np.full(3, value))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([0.2, 1.2], "1 of 2 probabilities are not within"),
        ([0.2, np.nan], "1 of 2 probabilities are not within"),
        ([[0.2, 0.2]], "misses 1 by 0.6"),
        ([], "not empty"),
    ],
)
def test_what_is_no_probability_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        probabilities(given)


def test_single_precision_rows_count_as_adding_up_to_one():
    p = np.random.default_rng(0).dirichlet(np.ones(5), 100).astype(np.float32)
    assert probabilities(p).shape == (100, 5)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ([0, 5], "from 0 to 5; give 0 to 4"),
        ([-1, 0], "from -1 to 0"),
        ([0.5], "whole numbers"),
        ([], "whole"),
    ],
)
def test_a_class_number_has_a_label(numbers, message):
    with pytest.raises(ValueError, match=message):
        class_numbers(numbers, 5)


def test_an_unknown_class_is_minus_one_where_that_is_allowed():
    assert class_numbers([-1, 2], 3, unknown=True).tolist() == [-1, 2]


def test_every_row_needs_its_own_probabilities():
    with pytest.raises(ValueError, match="2 outcomes and 1 rows of probabilities"):
        classes([0, 1], np.array([[0.5, 0.5]]))
    with pytest.raises(ValueError, match="one column for each class"):
        classes([0, 1], np.array([0.5, 0.5]))
