import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.sentiment.folds import customer_numbers, fold_of, generator


@given(st.lists(st.integers(0, 30), min_size=1, max_size=200), st.integers(0, 9))
def test_a_customer_is_in_one_fold_and_folds_are_of_like_size(groups, seed):
    customer = customer_numbers(groups, len(groups))
    fold = fold_of(customer, 5, seed)
    assert all(len(set(fold[customer == one])) == 1 for one in customer)
    sizes = np.bincount(fold)
    assert sizes.max() - sizes.min() <= np.bincount(customer).max()


def test_every_fold_is_used_where_there_are_customers_enough():
    assert set(fold_of(np.arange(5), 5, 0)) == set(range(5))


def test_a_text_without_a_customer_is_of_a_customer_of_its_own():
    numbers = customer_numbers(["a", None, None, float("nan"), "a"], 5)
    assert numbers[0] == numbers[4]
    assert len(set(numbers.tolist())) == 4


def test_random_numbers_of_one_purpose_are_not_those_of_another_nor_of_the_caller():
    streams = [generator("folds", 0), generator("halves", 0), generator("folds", 1), np.random.default_rng(0)]
    drawn = [tuple(one.integers(0, 2, 64)) for one in streams]
    assert len(set(drawn)) == 4
    assert drawn[0] == tuple(generator("folds", 0).integers(0, 2, 64))


def test_other_lengths_are_an_error():
    with pytest.raises(ValueError, match="2 customers and 3 texts"):
        customer_numbers(["a", "b"], 3)
