import sys
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.features.kernel.events import FEATURES, ask, day, rows
from tests.features.kernel.events import built as of_events
from tests.features.orders.histories import built, cutoffs, histories, line, same
from tests.features.orders.oracle import was_known

YEAR_OF_CUTOFFS = [datetime(2024, month, 1, tzinfo=UTC) for month in range(1, 13)]


def as_known(lines, cutoff):
    """The lines that had happened and were known before a cutoff."""
    return [line for line in lines if line["ordered_at"] < cutoff and was_known(line, cutoff)]


@settings(max_examples=60, deadline=None)
@given(histories(), cutoffs)
def test_later_events_and_rows_known_later_never_change_a_feature(lines, at):
    for cutoff in at:
        before = as_known(lines, cutoff)
        assert same(built(lines, [cutoff]), built(before, [cutoff]))


def test_an_event_exactly_at_the_cutoff_belongs_to_the_future():
    assert ask(rows(("ann", 5, 7)), [5]) == []
    just_after = day(5) + timedelta(microseconds=1)
    assert of_events(FEATURES, rows(("ann", 5, 7)), [just_after]).num_rows == 1


def test_an_event_known_exactly_at_the_cutoff_belongs_to_the_future():
    cutoff = datetime(2024, 5, 1, tzinfo=UTC)
    late = [line(cutoff - timedelta(days=9), ingested_at=cutoff)]
    assert built(late, [cutoff]).num_rows == 0
    assert built(late, [cutoff + timedelta(microseconds=1)]).num_rows == 1


def test_a_late_row_counts_from_the_first_cutoff_after_it_became_known():
    known = [line(datetime(2024, 2, 10, tzinfo=UTC), ingested_at=None)]
    known.append(
        known[0] | {"order_id": "o2", "line_id": "2", "ingested_at": datetime(2024, 4, 5, tzinfo=UTC)}
    )
    counts = built(known, YEAR_OF_CUTOFFS)["order_count_365d"].to_pylist()
    assert counts == [1, 1, *[2] * 8]


@settings(max_examples=60, deadline=None)
@given(histories(), cutoffs)
def test_there_is_one_row_for_each_customer_and_cutoff_with_something_known(lines, at):
    found = built(lines, at).select(["customer_id", "cutoff"]).to_pylist()
    expected = {(line["customer_id"], cutoff) for cutoff in at for line in as_known(lines, cutoff)}
    assert [tuple(row.values()) for row in found] == sorted(expected)


@settings(max_examples=15, deadline=None)
@given(histories())
def test_twelve_cutoffs_equal_twelve_single_calls(lines):
    together = built(lines, YEAR_OF_CUTOFFS)
    single = pa.concat_tables([built(lines, [cutoff]) for cutoff in YEAR_OF_CUTOFFS])
    assert same(together, single.sort_by([("customer_id", "ascending"), ("cutoff", "ascending")]))


@settings(max_examples=30, deadline=None)
@given(histories(), st.sets(st.sampled_from(["bob", "cleo"])))
def test_the_answer_does_not_depend_on_how_customers_are_chunked(lines, cuts):
    edges = ["", *sorted(cuts), "zoe"]
    chunks = [[x for x in lines if first <= x["customer_id"] < end] for first, end in pairwise(edges)]
    parts = [built(chunk, YEAR_OF_CUTOFFS) for chunk in chunks if chunk]
    assert same(pa.concat_tables(parts), built(lines, YEAR_OF_CUTOFFS))


def test_the_order_in_which_cutoffs_are_given_does_not_matter():
    events = rows(("ann", 1, 5), ("bob", 2, 6))
    assert ask(events, [9, 3, 5]) == ask(events, [3, 5, 9])


def test_rows_that_are_not_sorted_are_refused():
    with pytest.raises(ValueError, match="rows of 'events' are not sorted"):
        ask(rows(("ann", 2, 5), ("ann", 1, 5)), [3])


def test_guests_are_refused():
    with pytest.raises(ValueError, match="1 rows have no customer"):
        ask(rows(("ann", 2, 5), (None, 1, 5)), [3])


def test_a_cutoff_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="cutoff 2024-05-01T00:00:00 has no time zone"):
        of_events(FEATURES, rows(), [datetime(2024, 5, 1)])


def test_the_same_instant_given_twice_is_refused_whatever_its_zone():
    elsewhere = day(3).astimezone(timezone(timedelta(hours=2)))
    with pytest.raises(ValueError, match="2 cutoffs were given; at least one is needed, each once"):
        of_events(FEATURES, rows(), [day(3), elsewhere])
    with pytest.raises(ValueError, match="0 cutoffs were given"):
        of_events(FEATURES, rows(), [])


def test_no_rows_give_no_rows_with_the_same_columns():
    empty = of_events(FEATURES, rows(), [day(3)])
    assert empty.num_rows == 0
    assert empty.schema == of_events(FEATURES, rows(("ann", 1, 5)), [day(3)]).schema


def test_an_answer_has_instants_in_utc_and_features_of_32_bits():
    answer = of_events(FEATURES, rows(("ann", 1, 5)), [day(3)])
    types = [pa.string(), pa.timestamp("us", "UTC"), *[pa.float32()] * len(FEATURES)]
    assert answer.schema.types == types
    assert answer.column_names == ["customer_id", "cutoff", *(feature.name for feature in FEATURES)]


@pytest.mark.parametrize("late", [False, True])
def test_no_python_statement_runs_once_for_each_customer(late):
    assert statements(customers=400, late=late) == statements(customers=4, late=late)


def statements(customers, late):
    """Lines of Python that the kernel runs for customers with one history each."""
    start = datetime(2024, 1, 5, tzinfo=UTC)
    lines = [
        line(start + timedelta(days=9 * n), customer_id=f"c{customer:03}", order_id=f"o{n}")
        for customer in range(customers)
        for n in range(5)
    ]
    for each in lines if late else ():
        each["ingested_at"] = each["ordered_at"] + timedelta(days=30)
    return counted_lines(lambda: built(lines, YEAR_OF_CUTOFFS), "/features/")


def counted_lines(call, inside):
    count = 0

    def trace(frame, event, _argument):
        nonlocal count
        if inside not in frame.f_code.co_filename or "/tests/" in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count
