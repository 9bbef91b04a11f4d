from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cli.simulate import settle
from datasets.simulator import simulate
from features.catalogue import available
from features.feeders.embedded import Feeder, open_feeder
from features.tables.report import load_report
from tests.shop import validated
from training.audit.future import SAMPLE, builder, check_future, differences, sampled
from training.audit.truncated import truncated_tables


@pytest.fixture(scope="module")
def at(plan):
    return plan.train[2]


@pytest.fixture(scope="module")
def truncated(shop, feeder, at, tmp_path_factory):
    folder = tmp_path_factory.mktemp("truncated")
    with Feeder(shop.workspace.tables, instead=truncated_tables(feeder.files, at, folder)) as opened:
        yield opened


def test_every_feature_is_the_same_without_what_came_later(feeder, truncated, at):
    features = available(feeder.present)
    found = check_future(feeder, truncated, builder(features, at, feeder.ids), features, at)
    assert found.state == "passed"
    assert found.details["features"] == len(features)
    assert 100 < found.details["customers"] <= len(feeder.ids)


def test_a_feature_that_knows_the_future_is_named_with_its_table(feeder, truncated, at, peeking):
    features = (*available(feeder.present)[:3], peeking)
    found = check_future(feeder, truncated, builder(features, at, feeder.ids), features, at)
    assert found.state == "failed"
    assert found.found.startswith("days_to_next_line (reads order_lines) is ")
    assert [one["feature"] for one in found.details["differences"]] == ["days_to_next_line"]
    assert "days_to_next_line" in found.mend


def test_rows_changed_in_place_after_the_cutoff_are_seen(shop, feeder, at, tmp_path):
    """An amount that is lowered when a return comes in, in the old row, changes what was known before."""
    files = truncated_tables(feeder.files, at, tmp_path)
    lines = pq.read_table(files["order_lines"])
    changed = lines.set_column(
        lines.column_names.index("amount"), "amount", pa.array(lines["amount"].to_numpy() + 1)
    )
    pq.write_table(changed, files["order_lines"])
    features = [one for one in available(feeder.present) if one.name == "total_spend_365d"]
    with Feeder(shop.workspace.tables, instead=files) as as_it_was:
        found = check_future(feeder, as_it_was, builder(features, at, feeder.ids), features, at)
    assert found.state == "failed"
    assert found.found.startswith("total_spend_365d (reads order_lines)")


def test_customers_who_have_features_on_one_side_only_fail_the_check(feeder, truncated, at):
    features = available(feeder.present)[:1]
    later = at + timedelta(days=60)
    sides = iter([builder(features, later, feeder.ids), builder(features, at, feeder.ids)])
    found = check_future(feeder, truncated, lambda tables: next(sides)(tables), features, at)
    assert found.state == "failed"
    assert "customers have features with the future" in found.found


def test_missing_values_are_equal_and_the_last_bit_counts():
    one = pa.table({"customer_id": ["a", "b"], "same": [np.nan, 0.1], "other": [1.0, 0.3]})
    other = pa.table({"customer_id": ["a", "b"], "same": [np.nan, 0.1], "other": [1.0, 0.1 + 0.2]})
    assert [found.feature for found in differences(one, other, [])] == ["other"]
    assert differences(one, other, [])[0].customers == 1


def test_a_sample_is_spread_over_all_customers_and_no_larger_than_asked():
    ids = pa.array([f"c{n:03}" for n in range(250)])
    assert len(sampled(ids, 100)) <= 100
    assert sampled(ids, 100)[-1].as_py() > "c200"
    assert sampled(ids, SAMPLE).equals(ids)


@pytest.mark.slow
def test_every_feature_of_every_table_is_the_same_without_what_came_later(tmp_path):
    """Tickets that are answered, cases that are resolved, points, visits, late rows: a shop with every table."""
    simulate(tmp_path / "data", None, customers=120, months=9, seed=2)
    settle(tmp_path, 9)
    settings, workspace = validated(tmp_path)
    with open_feeder(settings, workspace) as whole:
        at = load_report(workspace.tables).as_of - timedelta(days=90)
        features = available(whole.present)
        files = truncated_tables(whole.files, at, tmp_path)
        assert {"interactions", "feedback", "loyalty_events", "visits", "offer_events"} <= set(files)
        with open_feeder(settings, workspace, instead=files) as as_it_was:
            found = check_future(whole, as_it_was, builder(features, at, whole.ids), features, at)
    assert found.state == "passed", found.found
    assert found.details["features"] > 250
