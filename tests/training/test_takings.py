from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.catalogue import FEATURES
from features.feeders.embedded import Feeder, feature_matrix
from features.matrix import FeatureMatrix
from training.takings import Takings


def _asked(*places):
    ids = np.array([customer for customer, _ in places], object)
    cutoffs = np.array([cutoff for _, cutoff in places], "datetime64[us]")
    return FeatureMatrix(ids, cutoffs, (), np.empty((len(ids), 0), np.float32))


def test_margin_counts_from_the_cutoff_on_and_not_at_the_end_of_the_window(tables):
    folder = tables(
        ("ann", "2025-01-05T00:00:00", 1000),
        ("ann", "2025-01-09T12:00:00", -200),
        ("ann", "2025-01-15T00:00:00", 5000),
        ("bob", "2025-01-04T23:59:59", 700),
    )
    with Feeder(folder) as feeder:
        takings = Takings.read(feeder, 0.5)
    found = takings.margin_between(_asked(("ann", "2025-01-05"), ("bob", "2025-01-05")), 0, 10)
    assert takings.margin_from == "rate"
    assert found.tolist() == [400, 0]


def test_amounts_are_those_that_the_kernel_sums(feeder, churn_rows, plan):
    takings = Takings.read(feeder, 1.0)
    cutoff = plan.train[-1]
    rows = churn_rows.at([cutoff]).matrix
    later = feature_matrix(feeder, [FEATURES["total_spend_30d"].over(28)], [cutoff + timedelta(days=28)])
    spent = dict(zip(later.customer_ids, later.values[:, 0].tolist(), strict=True))
    if takings.margin_from == "rate":
        expected = [spent[customer] for customer in rows.customer_ids]
        np.testing.assert_allclose(takings.margin_between(rows, 0, 28), expected, rtol=1e-6)


def test_cost_is_taken_off_where_products_have_one_and_lines_without_get_the_same_share(tables):
    folder = tables(("ann", "2025-01-05T00:00:00", 1000), ("ann", "2025-01-06T00:00:00", 500))
    lines = pq.read_table(folder / "order_lines.parquet")
    lines = lines.append_column("product_id", pa.array(["tea", "cup"]))
    lines = lines.append_column("quantity", pa.array([2.0, 1.0]))
    pq.write_table(lines, folder / "order_lines.parquet")
    products = {"product_id": ["tea", "cup"], "unit_cost": pa.array([300, None], pa.int64())}
    pq.write_table(pa.table(products), folder / "products.parquet")
    with Feeder(folder) as feeder:
        takings = Takings.read(feeder, 0.9)
    assert takings.margin_from == "unit_cost"
    assert takings.margins.tolist() == pytest.approx([400, 200])


def test_a_return_gives_the_cost_back(tables):
    folder = tables(("ann", "2025-01-05T00:00:00", 1000), ("ann", "2025-01-06T00:00:00", -1000))
    lines = pq.read_table(folder / "order_lines.parquet").append_column(
        "product_id", pa.array(["tea", "tea"])
    )
    pq.write_table(lines, folder / "order_lines.parquet")
    pq.write_table(pa.table({"product_id": ["tea"], "unit_cost": [600]}), folder / "products.parquet")
    with Feeder(folder) as feeder:
        takings = Takings.read(feeder, 0.9)
    assert takings.margins.sum() == 0
    assert takings.margins.tolist() == [400, -400]


def test_repeat_order_days_leave_the_first_day_out_and_what_comes_at_the_cutoff(tables):
    folder = tables(
        ("ann", "2025-01-01T10:00:00", 100),
        ("ann", "2025-01-01T18:00:00", 100),
        ("ann", "2025-01-03T10:00:00", 300),
        ("ann", "2025-01-03T12:00:00", 200),
        ("ann", "2025-01-07T00:00:00", 900),
    )
    with Feeder(folder) as feeder:
        counts, sums = Takings.read(feeder, 1.0).order_days_before(_asked(("ann", "2025-01-07")))
    assert (counts.tolist(), sums.tolist()) == ([1], [500])
