import numpy as np
import pytest

from datasets.simulator.columns import contract_table, customer_ids, ids, instants, money, numbers, words


def test_ids_are_letters_and_numbers():
    assert ids("O", np.array([7, 12])).to_pylist() == ["O7", "O12"]
    assert customer_ids(np.array([42])).to_pylist() == ["C0000042"]


def test_nothing_is_nothing():
    assert instants(np.array([0])).to_pylist() == [None]
    assert numbers(np.array([np.nan, 2.0])).to_pylist() == [None, 2.0]
    assert words(("a", "b"), np.array([1, -1])).to_pylist() == ["b", None]


def test_cents_become_whole_units():
    assert money(np.array([199, -50])).to_pylist() == [1.99, -0.5]


def test_a_column_that_the_contract_does_not_know_is_refused():
    with pytest.raises(ValueError, match="products has no column colour in the contract"):
        contract_table("products", {"product_id": ["P1"], "colour": ["red"]})


def test_a_required_column_may_not_be_missing():
    with pytest.raises(ValueError, match="consents needs changed_at, status"):
        contract_table("consents", {"customer_id": ["C1"], "purpose": ["profiling"]})
