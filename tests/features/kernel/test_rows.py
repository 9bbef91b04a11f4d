import numpy as np
import pyarrow as pa
import pytest

from features.kernel.rows import NEVER, Rows, microseconds
from tests.features.kernel.events import STREAM, rows


def read(table: pa.Table, zone: str = "UTC") -> Rows:
    return Rows.from_arrow(STREAM, table, zone=zone)


def test_customers_are_runs_of_rows():
    found = read(rows(("ann", 1, 5), ("ann", 2, 5), ("bob", 1, 5)))
    assert found.ids.to_pylist() == ["ann", "bob"]
    assert found.starts.tolist() == [0, 2, 3]
    assert found.customer.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("events", "what"),
    [
        ((("bob", 1, 5), ("ann", 2, 5)), "customers are not ascending"),
        ((("ann", 1, 5), ("bob", 1, 5), ("ann", 2, 5)), "customers are not ascending"),
        ((("ann", 2, 5), ("ann", 1, 5)), "times go back inside a customer"),
        ((("ann", 1, 5, "x", "k2"), ("ann", 1, 5, "x", "k1")), "key goes back between rows of one instant"),
    ],
)
def test_unsorted_rows_are_refused(events, what):
    with pytest.raises(
        ValueError, match=rf"rows of 'events' are not sorted: {what}; sort them by \(who, at, key\)"
    ):
        read(rows(*events))


def test_only_rows_of_one_instant_have_their_keys_compared():
    assert read(rows(("ann", 1, 5, "x", "k2"), ("ann", 2, 5, "x", "k1"))).size == 2


def test_the_second_key_decides_only_where_the_first_is_the_same():
    stream = type(STREAM)("events", "who", "at", ("kind", "key"), STREAM.measures)
    Rows.from_arrow(stream, rows(("ann", 1, 5, "a", "k2"), ("ann", 1, 5, "b", "k1")))
    with pytest.raises(ValueError, match="key goes back"):
        Rows.from_arrow(stream, rows(("ann", 1, 5, "a", "k2"), ("ann", 1, 5, "a", "k1")))


def test_guests_are_refused():
    with pytest.raises(ValueError, match="1 rows have no customer; guests stay outside the kernel"):
        read(rows(("ann", 1, 5), (None, 2, 5)))


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
    everywhere = np.ones(4, bool)
    assert found.previous_same(found.code("kind"), everywhere).tolist() == [-1, 0, -1, -1]
    assert found.next_same(found.code("kind"), everywhere).tolist() == [1, -1, -1, -1]


def test_rows_without_a_key_have_no_next():
    found = read(rows(("ann", 1, 5, "x"), ("ann", 2, 5), ("ann", 3, 5, "x")))
    assert found.next_same(found.code("kind"), found.code("kind") >= 0).tolist() == [2, -2, -1]


def test_a_row_is_known_when_it_has_happened_and_been_recorded():
    happened = rows(("ann", 2, 5), ("ann", 2, 5), ("ann", 2, 5))
    recorded = microseconds(rows(("ann", 1, 5), ("ann", 3, 5))["at"])
    times = pa.array([*recorded.tolist(), None], pa.timestamp("us", "UTC"))
    late = read(happened.append_column("ingested_at", times))
    assert late.known.tolist() == [late.time[0], recorded[1], late.time[0]]


def test_a_missing_instant_is_never():
    assert microseconds(pa.array([None, 0], pa.timestamp("us", "UTC"))).tolist() == [NEVER, 0]
    assert microseconds(pa.array([1], pa.timestamp("s", "UTC"))).tolist() == [1_000_000]
