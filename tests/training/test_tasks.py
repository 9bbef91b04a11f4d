from datetime import UTC, datetime

import numpy as np
import pytest

from features.feeders.embedded import Feeder
from features.orders.catalogue import CATALOGUE
from training.loyalty import OCCASIONAL, TYPES, VALUE
from training.rows import training_rows
from training.tasks import RARE, Churn, LoyaltyType

CUTOFF = datetime(2026, 1, 1, tzinfo=UTC)
FEATURES = [CATALOGUE.features[name] for name in ("days_since_last_order", "order_count_90d")]
BEFORE = "2025-12-20T12:00"


@pytest.fixture
def labelled(tables):
    """Labels by customer of a task at the cutoff."""

    def label(task, *orders):
        with Feeder(tables(*orders)) as feeder:
            rows = training_rows(task, feeder, FEATURES, [CUTOFF])
        return {
            customer: task.labels[k]
            for customer, k in zip(rows.matrix.customer_ids, rows.labels, strict=True)
        }

    return label


@pytest.mark.parametrize(
    ("ordered_at", "label"),
    [
        ("2025-12-31T23:59:59.999999", "churned"),
        ("2026-01-01T00:00", "retained"),
        ("2026-01-28T23:59:59.999999", "retained"),
        ("2026-01-29T00:00", "churned"),
    ],
    ids=["just before the cutoff", "at the cutoff", "just before the horizon", "at the horizon"],
)
def test_labels_are_measured_from_the_cutoff_up_to_but_without_cutoff_plus_horizon(
    labelled, ordered_at, label
):
    task = Churn(horizon_days=28, active_days=60)
    assert labelled(task, ("anna", BEFORE, 500), ("anna", ordered_at, 500)) == {"anna": label}


def test_a_return_after_the_cutoff_is_not_an_order(labelled):
    orders = [("anna", BEFORE, 500), ("anna", "2026-01-05T12:00", -500)]
    assert labelled(Churn(28, 60), *orders) == {"anna": "churned"}


def test_the_population_of_churn_ordered_in_the_active_days_and_before_the_cutoff(labelled):
    orders = [
        ("at the edge", "2025-11-02T00:00", 500),
        ("beyond it", "2025-11-01T23:59:00", 500),
        ("return only", "2025-12-20T12:00", -500),
        ("at the cutoff", "2026-01-01T00:00", 500),
    ]
    assert labelled(Churn(28, 60), *orders) == {"at the edge": "churned"}


def test_a_return_does_not_make_a_customer_active_again(labelled):
    orders = [("anna", "2025-10-01T12:00", 500), ("anna", "2025-12-20T12:00", -500), ("ben", BEFORE, 500)]
    assert set(labelled(Churn(28, 60), *orders)) == {"ben"}


def _days(customer, month, days):
    return [(customer, f"{month}-{day:02}T12:00", 500) for day in days]


def test_customers_who_then_buy_too_little_are_in_the_rows_and_occasional(labelled):
    orders = [*_days("anna", "2025-12", range(10, 14)), *_days("anna", "2026-01", range(1, 5))]
    orders += [*_days("ben", "2025-12", range(10, 14)), *_days("ben", "2026-01", range(1, 4))]
    assert labelled(LoyaltyType(28, 4, 0.5), *orders) == {"anna": "value", "ben": "occasional"}


def test_the_population_of_loyalty_types_has_enough_orders_in_the_window_before(labelled):
    orders = [*_days("regular", "2025-12", range(4, 8)), *_days("too few", "2025-12", range(4, 7))]
    orders += [*_days("too early", "2025-12", range(3, 4)), *_days("too early", "2025-12", range(4, 7))]
    orders += _days("later", "2026-01", range(1, 9))
    assert set(labelled(LoyaltyType(28, 4, 0.5, min_past_orders=4), *orders)) == {"regular"}


def test_without_list_amounts_products_and_coupons_a_regular_is_value_or_occasional(labelled):
    orders = [order for name in "abc" for order in _days(name, "2025-12", range(10, 14))]
    orders += [*_days("a", "2026-01", range(1, 9)), *_days("b", "2026-01", range(1, 5))]
    assert set(labelled(LoyaltyType(28, 4, 0.5), *orders).values()) == {TYPES[VALUE], TYPES[OCCASIONAL]}


def test_the_population_of_loyalty_types_needs_the_past_window(type_rows):
    with pytest.raises(
        ValueError, match="the population of loyalty_type is found in the past window; pass it"
    ):
        LoyaltyType(90, 3, 0.5).population(type_rows.matrix, None)


def test_the_label_window_of_loyalty_types_is_as_long_as_the_feature_window():
    task = LoyaltyType(182, 6, 0.5)
    assert task.horizon_days == 182
    assert {feature.days for feature in [*task.outcome, *task.past]} == {182}


@pytest.mark.parametrize("task", [Churn(28, 60), LoyaltyType(90, 3, 0.5)], ids=["churn", "loyalty_type"])
def test_a_label_is_an_index_into_the_labels_of_its_task(task, churn_rows, type_rows):
    rows = churn_rows if task.name == "churn" else type_rows
    assert set(np.unique(rows.labels)) == set(range(len(task.labels)))


def test_a_type_that_too_few_customers_have_counts_as_value():
    task = LoyaltyType(90, 3, 0.5)
    types = np.repeat([0, 1, 2, 3, 4], [200, RARE, RARE - 1, 300, 50])
    fewer = task.without_rare_types(types)
    assert fewer.labels == ("value", "price", "discount", "occasional")


def test_value_stays_however_rare_it_is():
    assert LoyaltyType(90, 3, 0.5).without_rare_types(np.full(100, 4)).labels == ("value", "occasional")
