import numpy as np
import pytest

from training.ranking import judge_lists, mean_interval

ITEMS = 100


def pairs(customer, *items):
    return [customer * ITEMS + item for item in items]


def test_recall_and_ndcg_of_an_example_worked_by_hand():
    lists = np.array(pairs(0, 5, 6, 7))
    relevant = np.array(pairs(0, 5, 7, 9))
    found = judge_lists(lists, relevant, ITEMS, places=3)
    np.testing.assert_allclose(found.recall, [2 / 3])
    gain = 1 + 1 / np.log2(4)
    best = 1 + 1 / np.log2(3) + 1 / np.log2(4)
    np.testing.assert_allclose(found.ndcg, [gain / best])


def test_recall_is_over_the_places_where_more_is_relevant_than_there_are_places():
    found = judge_lists(np.array(pairs(0, 1, 2)), np.array(pairs(0, 1, 2, 3, 4)), ITEMS, places=2)
    assert found.recall.tolist() == [1.0]
    assert found.ndcg.tolist() == [1.0]


def test_only_the_first_places_count():
    found = judge_lists(np.array(pairs(0, 1, 2, 3)), np.array(pairs(0, 3)), ITEMS, places=2)
    assert found.recall.tolist() == [0.0]


def test_a_customer_without_a_list_counts_with_0_and_one_without_an_outcome_not_at_all():
    lists = np.array(pairs(2, 8) + pairs(0, 5))
    found = judge_lists(lists, np.array(pairs(0, 5) + pairs(1, 5)), ITEMS)
    assert found.customer.tolist() == [0, 1]
    assert found.recall.tolist() == [1.0, 0.0]


def test_a_hit_further_up_is_worth_more():
    relevant = np.array(pairs(0, 1))
    first, second = (judge_lists(np.array(pairs(0, *order)), relevant, ITEMS) for order in ((1, 2), (2, 1)))
    assert first.ndcg[0] > second.ndcg[0]
    assert first.recall[0] == second.recall[0]


def test_without_an_outcome_there_is_nothing_to_judge():
    with pytest.raises(ValueError, match="purchases after it"):
        judge_lists(np.array(pairs(0, 1)), np.empty(0, np.int64), ITEMS)


def test_the_interval_holds_the_mean_and_is_the_same_again():
    values = np.random.default_rng(0).random(200)
    found = mean_interval(values, draws=200)
    assert found.low < found.estimate < found.high
    assert found.estimate == values.mean()
    assert found == mean_interval(values, draws=200)
