from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.catalogue import FEATURES
from features.feeders.embedded import Feeder, feature_matrix
from features.settings import LoyaltySettings
from training import segments as module
from training.loyalty import TYPES
from training.segments import CHANNEL, MOST_GROUPS, OTHERS, TENURE, TYPE, UNKNOWN, segments_of, tenure_bands

INSTANT = pa.timestamp("us", "UTC")
CUTOFF = datetime(2024, 3, 1, tzinfo=UTC)


def test_a_band_begins_at_its_edge():
    bands = tenure_bands(np.array([0.0, 89.9, 90.0, 364.0, 365.0, 729.9, 730.0]))
    assert bands.tolist() == [
        "below 90 days",
        "below 90 days",
        "90 to 180 days",
        "180 days to a year",
        "1 to 2 years",
        "1 to 2 years",
        "2 years and more",
    ]


def test_the_small_shop_has_tenure_type_and_channel(feeder, churn_rows, plan, shop):
    rows = churn_rows.at(plan.test)
    found = segments_of(feeder, rows.matrix, shop.settings.loyalty)
    assert set(found) == {TENURE, TYPE, CHANNEL}
    assert all(len(groups) == len(rows) for groups in found.values())
    assert set(found[CHANNEL]) <= {"shop", "web", UNKNOWN}
    assert set(found[TYPE]) <= set(TYPES)


def test_the_type_of_the_last_window_is_the_past_label_of_the_loyalty_task(feeder, type_rows):
    settings = LoyaltySettings(window_days=90, min_orders=3)
    found = segments_of(feeder, type_rows.matrix, settings)[TYPE]
    same = found == np.array(TYPES, object)[type_rows.past_labels]
    assert same.mean() > 0.9  # standardised over all customers of the rows, not over the population only


@pytest.fixture
def matrix_of(tables):
    """Features of tables that are written, at CUTOFF, with customers as given."""

    def build(orders, customers=None, channels=None):
        folder = tables(*orders)
        if channels is not None:
            lines = pq.read_table(folder / "order_lines.parquet")
            pq.write_table(lines.append_column("channel", pa.array(channels)), folder / "order_lines.parquet")
        if customers is not None:
            pq.write_table(customers, folder / "customers.parquet")
        with Feeder(folder) as feeder:
            features = [FEATURES["tenure_days"], FEATURES["days_since_last_order"]]
            matrix = feature_matrix(feeder, features, [CUTOFF])
            found = segments_of(feeder, matrix, LoyaltySettings())
        return {name: dict(zip(matrix.customer_ids, groups, strict=True)) for name, groups in found.items()}

    return build


ORDERS = [
    ("a", "2024-01-01", 100),
    ("a", "2024-02-01", 100),
    ("b", "2024-02-02", 100),
    ("b", "2024-03-05", 100),
]


def test_the_main_channel_is_that_of_most_orders_before_the_cutoff(matrix_of):
    orders = [*ORDERS, ("b", "2024-03-06", 100)]
    assert matrix_of(orders, channels=["web", "web", "shop", "web", "web"])[CHANNEL] == {
        "a": "web",
        "b": "shop",
    }


def test_a_tier_counts_as_it_was_before_the_cutoff(matrix_of):
    since = [datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 3, 2, tzinfo=UTC), None]
    customers = pa.table(
        {
            "customer_id": ["a", "a", "b"],
            "valid_from": pa.array(since, INSTANT),
            "tier": ["basic", "gold", "silver"],
        }
    )
    assert matrix_of(ORDERS, customers)["tier"] == {"a": "basic", "b": "silver"}


def test_without_history_todays_value_is_taken_and_the_name_says_so(matrix_of):
    customers = pa.table({"customer_id": ["a"], "country": ["EE"], "age": ["30-39"]})
    found = matrix_of(ORDERS, customers)
    assert found["country (today's)"] == {"a": "EE", "b": UNKNOWN}
    assert found["age (today's)"]["a"] == "30-39"  # a free attribute


def test_a_segmentation_of_one_group_is_left_out(matrix_of):
    customers = pa.table({"customer_id": ["a", "b"], "country": ["EE", "EE"]})
    assert "country (today's)" not in matrix_of(ORDERS, customers)


def test_the_largest_groups_keep_their_names_and_the_rest_are_others():
    groups = np.array([f"g{n}" for n in range(20) for _ in range(20 - n)], object)
    merged = module._largest(groups)
    assert len(set(merged)) == MOST_GROUPS
    assert set(merged) == {f"g{n}" for n in range(MOST_GROUPS - 1)} | {OTHERS}
    assert len(merged) == len(groups)
