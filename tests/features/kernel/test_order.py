import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.kernel.columns import NEVER
from features.kernel.order import disorder, put_in_order

ROWS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from([NEVER, 0, 1, 5]),
        st.sampled_from([None, "o1", "o10", "o9", "ö"]),
        st.sampled_from([None, "1", "10", "9"]),
    ),
    max_size=30,
)


def read(rows):
    customer, time, order, line = ([row[place] for row in rows] for place in range(4))
    keys = {"order": pa.array(order, pa.string()), "line": words(line)}
    return np.array(customer, np.int64), np.array(time, np.int64), keys


def words(texts):
    """A dictionary sorted by text, as the engine makes it."""
    known = sorted({text for text in texts if text is not None})
    codes = pa.array([None if text is None else known.index(text) for text in texts], pa.int8())
    return pa.DictionaryArray.from_arrays(codes, pa.array(known, pa.string()))


def by_key(row):
    return row[0], row[1], *((text is not None, (text or "").encode()) for text in row[2:])


@given(ROWS)
def test_rows_come_in_the_order_of_customer_time_and_key_with_missing_first(rows):
    order = put_in_order(*read(rows))
    assert sorted(order) == list(range(len(rows)))
    assert [rows[place] for place in order] == sorted(rows, key=by_key)


@given(ROWS)
def test_disorder_is_told_exactly_where_rows_are_not_in_order(rows):
    ordered = sorted(rows, key=by_key)
    assert disorder(*read(ordered)) is None
    assert (disorder(*read(rows)) is None) == (rows == ordered)


@pytest.mark.parametrize(
    ("second", "what"),
    [
        ((0, 5, "o1", "1"), "customers are not ascending"),
        ((1, 4, "o9", "9"), "times go back inside a customer"),
        ((1, 5, "o0", "9"), "order goes back between rows of one instant"),
        ((1, 5, "o1", "0"), "line goes back between rows of one instant"),
        ((1, 5, "o1", None), "line goes back between rows of one instant"),
    ],
)
def test_disorder_names_what_goes_back(second, what):
    assert disorder(*read([(1, 5, "o1", "1"), second])) == what


def test_more_customers_than_a_short_number_holds_are_sorted_too():
    customer = np.arange(70_000)[::-1].copy()
    order = put_in_order(customer, np.zeros(70_000, np.int64), {})
    assert (order == customer).all()
