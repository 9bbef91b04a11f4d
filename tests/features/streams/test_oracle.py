from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from features.catalogue import FEATURES, needs
from tests.features.streams.histories import (
    BUYERS,
    STREAMS,
    YEAR_OF_CUTOFFS,
    cutoffs,
    histories,
    in_order,
    same,
)
from tests.features.streams.oracle import features_at
from tests.features.streams.tables import OWN_FEATURES, SHOP, built, sort_key

each_stream = pytest.mark.parametrize("stream", STREAMS)
some = settings(max_examples=25, deadline=None)


@each_stream
@settings(max_examples=100, deadline=None)
@given(data=st.data(), at=cutoffs)
def test_every_feature_of_a_stream_equals_the_brute_force_to_the_last_bit(stream, data, at):
    assert_equal_to_brute_force(data.draw(histories(stream, most=20)), at)


@settings(max_examples=60, deadline=None)
@given(histories(), cutoffs)
def test_every_feature_of_all_streams_at_once_equals_the_brute_force_to_the_last_bit(history, at):
    assert_equal_to_brute_force(history, at)


def assert_equal_to_brute_force(history, at):
    answer = history.built(at).to_pylist()
    rows = {(row.pop("customer_id"), row.pop("cutoff")): row for row in answer}
    expected = {
        (who, cutoff): features_at(history.of(who), cutoff, history.shop) for who in BUYERS for cutoff in at
    }
    assert rows.keys() == {pair for pair, values in expected.items() if values is not None}
    for pair, row in rows.items():
        assert differing(row, expected[pair]) == {}


def differing(found, expected):
    pairs = {name: (np.float32(found[name]), np.float32(expected[name])) for name in found}
    return {name: pair for name, pair in pairs.items() if not np.array_equal(*pair, equal_nan=True)}


@some
@given(histories(whole=True, most=3), cutoffs)
def test_the_brute_force_knows_every_feature_of_every_stream(history, at):
    assert history.features() == list(OWN_FEATURES)
    found = [features_at(history.of(who), cutoff, SHOP) for who in BUYERS for cutoff in at]
    names = {feature.name for feature in OWN_FEATURES}
    assert all(values is None or values.keys() == names for values in found)


@some
@given(histories(), cutoffs)
def test_later_events_and_what_rows_say_later_never_change_a_feature(history, at):
    for cutoff in at:
        assert same(history.built([cutoff]), history.known_before(cutoff).built([cutoff]))


@some
@given(histories())
def test_twelve_cutoffs_equal_twelve_single_calls(history):
    single = pa.concat_tables([history.built([cutoff]) for cutoff in YEAR_OF_CUTOFFS])
    single = single.sort_by([("customer_id", "ascending"), ("cutoff", "ascending")])
    assert same(history.built(YEAR_OF_CUTOFFS), single)


@some
@given(histories(), st.sets(st.sampled_from(["bob", "cleo"])), cutoffs)
def test_the_answer_does_not_depend_on_how_customers_are_chunked(history, cuts, at):
    edges = ["", *sorted(cuts), "zoe"]
    chunks = [[who for who in BUYERS if first <= who < end] for first, end in pairwise(edges)]
    parts = [history.among(chunk).built(at) for chunk in chunks]
    assert same(pa.concat_tables(parts), history.built(at))


@each_stream
@settings(max_examples=10, deadline=None)
@given(history=histories(whole=True, most=6), at=cutoffs)
def test_a_missing_table_leaves_out_exactly_its_features_and_changes_nothing_else(stream, history, at):
    everything = list(FEATURES.values())
    before, after = (each.features(everything) for each in (history, history.without(stream)))
    left_out = [feature for feature in before if feature not in after]
    assert left_out == [feature for feature in before if feature.stream.name == stream]
    assert same(history.without(stream).built(at, after), history.built(at, after))


@some
@given(histories(), cutoffs)
def test_customers_who_never_ordered_have_no_row_and_change_nobody_elses(history, at):
    found = history.built(at)
    assert set(found["customer_id"].to_pylist()) <= set(BUYERS)
    assert same(found, history.among(BUYERS).built(at))


@each_stream
@some
@given(data=st.data(), at=cutoffs)
def test_rows_that_are_not_in_order_are_refused(stream, data, at):
    history = data.draw(histories(stream))
    buyers = {row["customer_id"] for row in history.rows["order_lines"]}
    rows = data.draw(st.permutations([row for row in history.rows[stream] if row["customer_id"] in buyers]))
    assume(
        [sort_key(stream, row) for row in rows] != [sort_key(stream, row) for row in in_order(stream, rows)]
    )
    with pytest.raises(ValueError, match=f"rows of '{stream}' are not sorted"):
        built(history.tables() | {stream: history.table(stream, rows)}, at, history.features())


@each_stream
def test_every_feature_of_a_stream_needs_its_table(stream):
    own = [feature for feature in OWN_FEATURES if feature.stream.name == stream]
    assert all(any(need.startswith(f"{stream}.") for need in needs(feature)) for feature in own)
