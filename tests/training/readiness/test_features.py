import numpy as np
import pytest

from features.catalogue import FEATURES, STREAMS, available
from features.feeders.embedded import Feeder
from training.loyalty import mechanism_indices
from training.readiness.features import MECHANISMS, count_features, feature_findings, reading


def test_what_is_available_is_what_training_would_build(shop_lines, feeder):
    assert count_features(shop_lines).available == len(available(feeder.present))


def test_order_lines_alone_allow_what_the_feeder_says(tables, opened):
    tables.order_lines([0, 1])
    with Feeder(tables.workspace.tables) as feeder:
        there = {feature.name for feature in available(feeder.present)}
    found = count_features(opened(tables))
    assert set(found.left_out) == set(FEATURES) - there
    assert found.available + len(found.left_out) == found.declared == len(FEATURES)


def test_a_column_brings_alone_what_lacks_nothing_else(tables, opened):
    found = count_features(opened(tables.order_lines([0, 1])))
    channel = next(one for one in found.wanting if one.column == "order_lines.channel")
    with_channel = count_features(opened(tables.order_lines([0, 1], channel="web")))
    assert with_channel.available - found.available == channel.alone > 0


def test_every_left_out_feature_names_what_it_lacks(tables, opened):
    found = count_features(opened(tables.order_lines([0, 1], product_id="p")))
    assert all(found.left_out.values())
    assert not any("order_lines.product_id" in lacking for lacking in found.left_out.values())


def test_drivers_add_up_to_the_catalogue(shop_lines):
    found = count_features(shop_lines)
    assert sum(have for have, _ in found.by_driver.values()) == found.available
    assert sum(every for _, every in found.by_driver.values()) == found.declared


@pytest.mark.parametrize(
    ("columns", "types"),
    [
        ({}, ("value", "occasional")),
        ({"coupon_amount": 0.0}, ("value", "reward", "occasional")),
    ],
)
def test_types_that_the_columns_cannot_show_are_left_out(tables, opened, columns, types):
    assert count_features(opened(tables.order_lines([0, 1], **columns))).types == types


def test_the_small_shop_shows_every_type(shop_lines):
    assert count_features(shop_lines).types == ("value", "price", "reward", "discount", "occasional")


def test_the_mechanisms_are_those_that_the_label_reads():
    sums = {"starts_order", "lines_sold", "list_value"} | {
        one for parts in MECHANISMS.values() for one in parts
    }
    regular = np.array([True, True])
    for name, parts in MECHANISMS.items():
        for part in parts:
            left = {one: np.array([1.0, 2.0]) for one in sums - (set(parts) - {part})}
            assert np.isfinite(mechanism_indices(left, regular)[name]).all()
        without = {one: np.array([1.0, 2.0]) for one in sums - set(parts)}
        assert np.isneginf(mechanism_indices(without, regular)[name]).all()


def test_there_is_one_finding_for_each_table_that_lacks_columns(tables, opened):
    findings = feature_findings(count_features(opened(tables.order_lines([0, 1]))))
    assert {one.table for one in findings} == {*STREAMS, "products"}
    assert {one.state for one in findings} == {"recommendation"}
    assert "channel (6)" in findings[0].mend


def test_columns_that_no_feature_reads_are_read_by_none():
    assert reading("order_lines.promised_at") == 0
    assert reading("order_lines.product_id") > 0
