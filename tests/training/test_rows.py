from datetime import UTC, datetime, timedelta

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from features.catalogue import available
from features.feeders.embedded import Feeder
from tests.features.orders.tables import sale, write
from training.loyalty import OCCASIONAL
from training.rows import training_rows
from training.tasks import Churn, LoyaltyType


@pytest.fixture
def extract(shop, tmp_path):
    """The shop's tables as they would have been with nothing at or after an instant."""

    def cut(instant):
        source, target = shop.workspace.tables, tmp_path / "tables"
        target.mkdir()
        for table, kept in (("order_lines", f"WHERE ordered_at < TIMESTAMPTZ '{instant}'"), ("products", "")):
            query = f"COPY (FROM '{source}/{table}.parquet' {kept}) TO '{target}/{table}.parquet'"
            duckdb.connect().sql(query)
        return Feeder(target)

    return cut


@pytest.fixture(scope="module")
def features(feeder):
    return available(feeder.present)


def _orders_after(shop, rows, days):
    """Positive orders of each row's customer in the days after its cutoff, counted line by line."""
    lines = pq.read_table(shop.workspace.tables / "order_lines.parquet").to_pandas()
    lines = lines[lines["amount"] > 0]
    times = {customer: at.dt.tz_localize(None) for customer, at in lines.groupby("customer_id")["ordered_at"]}
    window = np.timedelta64(days, "D")
    return [
        bool(((times[customer] >= cutoff) & (times[customer] < cutoff + window)).any())
        for customer, cutoff in zip(rows.matrix.customer_ids, rows.matrix.cutoffs, strict=True)
    ]


def test_every_label_is_that_of_its_rows_customer_and_cutoff(shop, churn_rows):
    ordered = _orders_after(shop, churn_rows, 28)
    assert (churn_rows.labels == 1 - np.array(ordered, int)).all()


def test_the_order_in_which_cutoffs_are_given_does_not_matter(feeder, plan, features, churn_rows):
    again = training_rows(Churn(28, 60), feeder, features, plan.all[::-1])
    assert again.matrix.values.tobytes() == churn_rows.matrix.values.tobytes()
    assert again.labels.tobytes() == churn_rows.labels.tobytes()


def test_features_at_a_cutoff_do_not_change_when_the_future_is_cut_off(extract, plan, features, churn_rows):
    cutoff = plan.train[-1]
    with extract(cutoff) as feeder:
        rows = training_rows(Churn(28, 60), feeder, features, [cutoff])
    known = churn_rows.at([cutoff])
    assert rows.matrix.customer_ids.tolist() == known.matrix.customer_ids.tolist()
    assert rows.matrix.values.tobytes() == known.matrix.values.tobytes()
    assert rows.labels.all()  # nobody is seen to order again
    assert not known.labels.all()


def test_labels_do_not_change_when_what_follows_the_label_window_is_cut_off(
    extract, plan, features, churn_rows
):
    cutoff = plan.train[-1]
    with extract(cutoff + timedelta(days=28)) as feeder:
        rows = training_rows(Churn(28, 60), feeder, features, [cutoff])
    assert rows.labels.tolist() == churn_rows.at([cutoff]).labels.tolist()


def test_customers_who_may_not_be_profiled_are_in_no_row(feeder, plan, features, churn_rows):
    def permit(customer_ids):
        return np.array([not customer.endswith("7") for customer in customer_ids])

    rows = training_rows(Churn(28, 60), feeder, features, plan.all, permit=permit)
    kept = churn_rows.where(permit(churn_rows.matrix.customer_ids))
    assert 0 < len(rows) < len(churn_rows)
    assert rows.matrix.customer_ids.tolist() == kept.matrix.customer_ids.tolist()
    assert rows.matrix.values.tobytes() == kept.matrix.values.tobytes()


def test_a_population_without_anybody_is_refused(feeder, plan, features):
    with pytest.raises(ValueError, match="nobody is in the population of churn at 1 cutoffs"):
        training_rows(
            Churn(28, 60),
            feeder,
            features,
            plan.test,
            permit=lambda customers: np.zeros(len(customers), bool),
        )


def test_regulars_of_the_window_before_were_not_occasional_in_it(feeder, features, shop):
    task = LoyaltyType(90, 3, 0.5, min_past_orders=3)
    rows = training_rows(task, feeder, features, [shop.as_of - timedelta(days=90)])
    assert OCCASIONAL not in rows.past_labels
    assert OCCASIONAL in rows.labels


def test_a_past_label_is_the_label_of_the_window_before(feeder, features, shop):
    task, cutoff = LoyaltyType(90, 3, 0.5), shop.as_of - timedelta(days=90)
    now, before = (
        training_rows(task, feeder, features, [at]) for at in (cutoff, cutoff - timedelta(days=90))
    )
    labels = dict(zip(before.matrix.customer_ids, before.labels, strict=True))
    pairs = zip(now.matrix.customer_ids, now.past_labels, strict=True)
    same = [labels[customer] == label for customer, label in pairs if customer in labels]
    assert len(same) > 100
    assert np.mean(same) > 0.9  # not all: each is standardised over its own population


def test_rows_of_some_cutoffs_keep_their_labels(churn_rows, plan):
    parts = [churn_rows.at([cutoff]) for cutoff in plan.all]
    assert sum(len(part) for part in parts) == len(churn_rows)
    assert np.concatenate([part.labels for part in parts]).tolist() == churn_rows.labels.tolist()


def test_progress_is_told_every_order_line_once_a_pass(feeder, plan, features):
    lines = []
    training_rows(Churn(28, 60), feeder, features, plan.test, progress=lines.append)
    assert sum(lines) == 2 * feeder.customer_rows()


def test_relabelled_rows_keep_their_customers_and_send_lost_labels_to_one(churn_rows):
    rows = churn_rows.relabelled(("retained", "churned"), ("x", "retained"), "x")
    assert (rows.matrix.customer_ids == churn_rows.matrix.customer_ids).all()
    assert (rows.labels == np.where(churn_rows.labels == 0, 1, 0)).all()


def test_an_order_of_the_label_window_that_was_loaded_later_is_no_churn(tmp_path):
    first, cutoff = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC)
    second, loaded = cutoff + timedelta(days=5), cutoff + timedelta(days=40)
    lines = [sale(1, first, ingested_at=first), sale(2, second, ingested_at=loaded)]
    write(tmp_path, "order_lines", lines)
    with Feeder(tmp_path) as feeder:
        rows = training_rows(Churn(28, 60), feeder, available(feeder.present), [cutoff])
    assert rows.labels.tolist() == [0]
    assert rows.matrix.column("order_count_90d").tolist() == [1]
