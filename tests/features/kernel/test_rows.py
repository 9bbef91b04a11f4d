import numpy as np
import pyarrow as pa
import pytest

from features.kernel.columns import NEVER, microseconds
from features.kernel.stream import Source, Stream
from tests.features.kernel.events import STREAM, day, read, rows


def test_customers_are_runs_of_rows():
    found = read(rows(("ann", 1, 5), ("ann", 2, 5), ("bob", 1, 5)))
    assert found.starts.tolist() == [0, 2, 3]
    assert found.customer.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("events", "what"),
    [
        ((("ann", 2, 5), ("ann", 1, 5)), "times go back inside a customer"),
        ((("ann", 1, 5, "x", "k2"), ("ann", 1, 5, "x", "k1")), "key goes back between rows of one instant"),
    ],
)
def test_unsorted_rows_are_refused(events, what):
    with pytest.raises(
        ValueError, match=rf"rows of 'events' are not sorted: {what}; sort them by \(customer_id, at, key\)"
    ):
        read(rows(*events))


def test_only_rows_of_one_instant_have_their_keys_compared():
    assert read(rows(("ann", 1, 5, "x", "k2"), ("ann", 2, 5, "x", "k1"))).size == 2


def test_the_second_key_decides_only_where_the_first_is_the_same():
    stream = Stream("events", (Source("events", "at", ("kind", "key")),), STREAM.measures)
    read(rows(("ann", 1, 5, "a", "k2"), ("ann", 1, 5, "b", "k1")), stream=stream)
    with pytest.raises(ValueError, match="key goes back"):
        read(rows(("ann", 1, 5, "a", "k2"), ("ann", 1, 5, "a", "k1")), stream=stream)


def test_a_row_without_a_time_is_refused():
    with pytest.raises(ValueError, match="1 rows of 'events' have no at; quarantine them first"):
        read(rows(("ann", None, 5)))


def test_numbers_that_are_no_integers_are_refused():
    table = rows(("ann", 1, 5)).set_column(3, "value", pa.array([0.1]))
    with pytest.raises(TypeError, match=r"events.value is double; the kernel sums integers"):
        read(table).number("value")


def test_a_missing_number_is_zero_and_a_flag_is_zero_or_one():
    assert read(rows(("ann", 1, None), ("ann", 2, 7))).number("value").tolist() == [0, 7]
    flags = rows(("ann", 1, 5), ("ann", 2, 5)).set_column(3, "value", pa.array([True, None]))
    assert read(flags).number("value").tolist() == [1, 0]


def test_codes_are_equal_where_keys_are_equal_also_across_batches():
    parts = [rows(("ann", 1, 5, "b")), rows(("ann", 2, 5, "a"), ("ann", 3, 5)), rows(("bob", 1, 5, "b"))]
    first, other, missing, again = read(pa.concat_tables(parts)).code("kind").tolist()
    assert first == again
    assert first != other
    assert missing == -1


def test_days_turn_at_midnight_of_the_business_zone():
    table = rows(("ann", 21.5 / 24, 5), ("ann", 22.5 / 24, 5))  # 23:30 and 00:30 in Bucharest
    assert np.diff(read(table, "Europe/Bucharest").local_day()).tolist() == [1]
    assert np.diff(read(table).local_day()).tolist() == [0]


def test_the_same_hour_on_the_clock_is_another_instant_after_the_change_of_the_clock():
    winter, summer = 90, 90 + 23 / 24  # 31 March 2024: 02:00 in winter time, next day 02:00 in summer time
    clock = read(rows(("ann", winter, 5), ("ann", summer, 5)), "Europe/Bucharest").local_time()
    assert np.diff(clock).tolist() == [86_400_000_000]


def test_neighbours_of_the_same_code_never_cross_customers():
    found = read(rows(("ann", 1, 5, "x"), ("ann", 2, 5, "x"), ("bob", 1, 5, "x"), ("bob", 2, 5, "y")))
    before = found.same_before(found.code("kind"), np.ones(4, bool))
    assert before.tolist() == [-1, 0, -1, -1]
    assert found.same_after(before).tolist() == [1, -1, -1, -1]


def test_rows_without_a_key_have_no_next():
    found = read(rows(("ann", 1, 5, "x"), ("ann", 2, 5), ("ann", 3, 5, "x")))
    before = found.same_before(found.code("kind"), np.ones(3, bool))
    assert found.same_after(before).tolist() == [2, -2, -1]


@pytest.mark.parametrize("step", [1, 40_000, 2**31])
def test_the_row_before_with_the_same_key_is_found_however_large_keys_are(step):
    events = rows(*(("ann", number, number, "xyz"[number % 3]) for number in range(9)))
    found = read(events)
    code = found.number("value") % 3 * step
    before = found.same_before(code, found.number("value") != 4)
    assert before.tolist() == [-1, -1, -1, 0, -2, 2, 3, 1, 5]
    running = found.running(before, found.number("value"))
    assert running.tolist() == [0, 1, 2, 3, 0, 7, 9, 8, 15]


def test_what_is_carried_and_summed_starts_anew_with_each_customer():
    found = read(rows(("ann", 1, 5), ("ann", 2, 6), ("bob", 1, 7), ("bob", 2, 8), ("bob", 3, 9)))
    at = np.array([1, 3])
    assert found.carried(at, found.number("value")[at]).tolist() == [NEVER, 6, NEVER, 8, 8]
    assert found.earlier(np.array([0, 1, 2, 4])).tolist() == [-1, 0, -1, 2]
    assert found.so_far(found.number("value")).tolist() == [5, 11, 7, 15, 24]


def test_the_rows_of_a_pair_are_those_known_before_its_cutoff():
    known = [None, 9, None, 2, None]
    late = pa.array([None if at is None else day(at) for at in known], pa.timestamp("us", "UTC"))
    events = rows(*(("ann" if n < 3 else "bob", n + 1, n) for n in range(5)))
    found = read(events.append_column("ingested_at", late))
    cutoffs = microseconds(pa.array([day(4), day(9), day(9), day(10)], pa.timestamp("us", "UTC")))
    seen = found.visible(np.array([0, 0, 1, 0]), cutoffs)
    assert seen.number("value").tolist() == [0, 2, 0, 2, 3, 4, 0, 1, 2]
    assert seen.starts.tolist() == [0, 2, 4, 6, 9]


def test_a_row_is_known_when_it_has_happened_and_been_recorded():
    happened = rows(("ann", 2, 5), ("ann", 2, 5), ("ann", 2, 5))
    recorded = microseconds(rows(("ann", 1, 5), ("ann", 3, 5))["at"])
    times = pa.array([*recorded.tolist(), None], pa.timestamp("us", "UTC"))
    late = read(happened.append_column("ingested_at", times))
    assert late.known.tolist() == [late.time[0], recorded[1], late.time[0]]


def test_a_missing_instant_is_never():
    assert microseconds(pa.array([None, 0], pa.timestamp("us", "UTC"))).tolist() == [NEVER, 0]
    assert microseconds(pa.array([1], pa.timestamp("s", "UTC"))).tolist() == [1_000_000]
