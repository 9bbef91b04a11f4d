from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from training.audit.windows import check_folds, check_labels, check_split
from training.cutoffs import CutoffPlan
from training.fit import folds_by_customer, folds_by_time
from training.tasks import Churn

TASK = Churn(28, 60)


def test_the_plan_that_training_lays_has_no_overlap(plan, shop):
    found = check_split(plan, 28, shop.as_of)
    assert found.state == "passed"
    assert found.details["overlapping"] == []


def test_a_training_cutoff_less_than_a_horizon_before_the_test_is_found(plan, shop):
    near = plan.test[0] - timedelta(days=27)
    found = check_split(CutoffPlan((*plan.train, near), plan.test), 28, shop.as_of)
    assert found.state == "failed"
    assert f"the labels of {near:%Y-%m-%d} reach into those of the test cutoff" in found.found


def test_labels_that_end_after_the_data_are_found(plan, shop):
    found = check_split(plan, 28, shop.as_of - timedelta(days=1))
    assert found.state == "failed"
    assert "end after the data" in found.found


def test_one_cutoff_has_no_split_to_check(plan, shop):
    assert check_split(CutoffPlan(plan.test, ()), 28, shop.as_of).state == "skipped"


@pytest.mark.parametrize("by_time", [True, False])
def test_the_folds_of_training_are_apart(churn_rows, plan, by_time):
    train = churn_rows.at(plan.train)
    folds = folds_by_time(train, 28) if by_time else folds_by_customer(train)
    found = check_folds(train, folds, 28)
    assert found.state == "passed"
    assert found.details["apart"] == ("in time" if by_time else "by customer")


def test_folds_by_row_are_found(churn_rows, plan):
    train = churn_rows.at(plan.train)
    even = np.arange(len(train)) % 2 == 0
    assert check_folds(train, [(np.flatnonzero(even), np.flatnonzero(~even))], 28).state == "failed"


def test_labels_and_last_orders_are_those_that_plain_sql_gives(churn_rows, feeder):
    found = check_labels(TASK, churn_rows, feeder.files["order_lines"])
    assert found.state == "passed"
    assert found.details == {"rows": len(churn_rows), "wrong_labels": 0, "wrong_features": 0}


def test_labels_of_another_window_are_found(churn_rows, feeder):
    found = check_labels(replace(TASK, horizon_days=35), churn_rows, feeder.files["order_lines"])
    assert found.state == "failed"
    assert found.details["wrong_labels"] > 0


def test_a_last_order_that_lies_after_the_cutoff_is_found(churn_rows, feeder):
    values = churn_rows.matrix.values.copy()
    values[5, churn_rows.matrix.names.index("days_since_last_order")] -= 3
    moved = replace(churn_rows, matrix=replace(churn_rows.matrix, values=values))
    found = check_labels(TASK, moved, feeder.files["order_lines"])
    assert (found.state, found.details["wrong_features"]) == ("failed", 1)
