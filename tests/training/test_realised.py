import numpy as np
import pytest

from training.realised import Scored, left_after, realised

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(churn_rows, plan, trained):
    """The champion's list at the test cutoff, whose outcomes are known by the end of the data."""
    probability = trained.first.judgement.probability[:, 1]
    return Scored("a list", "1", plan.test[0], churn_rows.at(plan.test).matrix.customer_ids, probability)


def test_those_who_left_are_those_whom_the_task_labels_churned(feeder, served, churn_rows, plan):
    np.testing.assert_array_equal(left_after(feeder, served, 28), churn_rows.at(plan.test).labels)


def test_what_became_of_a_list_is_what_was_foretold_and_what_came(feeder, served):
    found = realised(feeder, served, 28)
    assert found.customers == len(served.customer_ids)
    assert found.expected_share == pytest.approx(served.probability.mean())
    assert found.top_left_share > found.left_share
    assert found.auroc > 0.7
