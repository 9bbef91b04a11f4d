import math
import tomllib
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

import models
from features.catalogue import FEATURES as ALL_FEATURES
from features.catalogue import needs
from features.contract import TABLES
from features.orders.catalogue import CATALOGUE
from tests.features.orders.histories import (
    CUSTOMERS,
    CUTOFFS,
    FEATURES,
    ZONE,
    built,
    cutoffs,
    histories,
    line,
)
from tests.features.orders.oracle import features_at

SHARES_OF_SALES = ("return_share", "coupon_share")  # more can come back, or be paid by coupon, than was sold
EXCESSES = ("excess_discount_depth", "excess_private_label_share")
each_feature = pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)


@settings(max_examples=150, deadline=None)
@given(histories(), cutoffs)
def test_every_feature_equals_the_brute_force_to_the_last_bit(lines, at):
    rows = {(row.pop("customer_id"), row.pop("cutoff")): row for row in built(lines, at).to_pylist()}
    for customer in CUSTOMERS:
        own = [line for line in lines if line["customer_id"] == customer]
        for cutoff in at:
            expected = features_at(own, cutoff, ZONE)
            assert (expected is None) == ((customer, cutoff) not in rows)
            if expected is not None:
                assert differing(rows[customer, cutoff], expected) == {}


def differing(found, expected):
    assert found.keys() == expected.keys() == {feature.name for feature in FEATURES}
    pairs = {name: (np.float32(found[name]), np.float32(expected[name])) for name in found}
    return {name: pair for name, pair in pairs.items() if not np.array_equal(*pair, equal_nan=True)}


@settings(max_examples=60, deadline=None)
@given(histories(late=False), cutoffs)
def test_every_value_lies_in_the_range_of_its_unit(lines, at):
    answer = built(lines, at)
    for feature in FEATURES:
        values = answer[feature.name].to_numpy()
        known = values[~np.isnan(values)]
        assert not np.isinf(known).any(), feature.name
        assert ((known >= lowest(feature)) & (known <= highest(feature))).all(), feature.name


def lowest(feature):
    signed = ("difference", "standard deviations", "minor units")
    return -math.inf if feature.unit in signed or feature.name.startswith(EXCESSES) else 0


def highest(feature):
    return 1 if feature.unit == "share" and not feature.name.startswith(SHARES_OF_SALES) else math.inf


@each_feature
def test_a_feature_says_what_it_means_in_which_unit_and_what_empty_is(feature):
    assert feature.meaning.split("\n")[0].endswith(".")
    assert "|" not in feature.meaning
    assert feature.unit
    assert feature.unit == feature.unit.strip().lower()
    assert feature.when_empty == 0 or math.isnan(feature.when_empty)


@each_feature
def test_a_feature_is_named_in_snake_case_with_its_window_at_the_end(feature):
    assert feature.name.isidentifier()
    assert feature.name == feature.name.lower()
    assert feature.days is None or feature.name.endswith(f"_{feature.days}d")


@each_feature
def test_the_columns_that_a_feature_reads_can_be_fed(feature):
    contract = {f"{table.name}.{column.name}" for table in TABLES.values() for column in table.columns}
    assert contract >= set(needs(feature))


def test_names_are_unique_also_when_case_is_ignored():
    assert len({name.lower() for name in CATALOGUE.features}) == len(FEATURES)


def test_there_are_at_least_92_columns_over_30_90_and_365_days():
    assert sum(feature.days in (30, 90, 365) for feature in FEATURES) >= 92


def test_every_driver_has_its_words():
    texts = tomllib.loads((Path(models.__file__).parent / "reasons.en.toml").read_text(encoding="utf-8"))
    assert {feature.driver for feature in ALL_FEATURES.values()} == texts.keys()
    assert all(texts.values())


def test_an_empty_window_gives_the_empty_value_that_is_declared():
    [row] = built([line(CUTOFFS[0] - timedelta(days=366))], [CUTOFFS[0]]).to_pylist()
    windowed = [feature for feature in FEATURES if any(feature.trace().windows.values())]
    assert {
        f.name for f in windowed if not np.array_equal(row[f.name], f.when_empty, equal_nan=True)
    } == set()
