from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.feeders.sorting import MOST_PARTS, Parts, SortedParts, pieces_of_customers

SCHEMA = pa.schema([("who", pa.int32()), ("at", pa.timestamp("us", "UTC")), ("key", pa.string())])
ROWS = st.lists(
    st.tuples(st.none() | st.integers(0, 11), st.integers(0, 4), st.sampled_from("abc")), max_size=40
)


class Read:
    schema = SCHEMA

    def __init__(self, rows, size):
        who, at, key = ([row[place] for row in rows] for place in range(3))
        self._size = size
        self._table = pa.table({"who": pa.array(who, pa.int32()), "at": at, "key": key}).cast(SCHEMA)

    def batches(self, rows):
        return self._table.to_batches(max_chunksize=min(rows, self._size))


def sort(rows, parts, folder, size=7):
    read = Read(rows, size)
    return list(SortedParts(read, parts, customer="who", time="at", key=["key"], folder=folder))


@given(ROWS, st.integers(1, 12), st.integers(1, 9))
def test_rows_in_any_order_come_sorted_whatever_the_parts_and_batches(tmp_path_factory, rows, size, batch):
    parts = Parts(12, size)
    found = sort(rows, parts, tmp_path_factory.mktemp("parts"), batch)
    assert len(found) == len(parts)
    together = pa.Table.from_batches(found, SCHEMA)
    at = together["at"].cast(pa.int64()).to_pylist()
    back = zip(together["who"].to_pylist(), at, together["key"].to_pylist(), strict=True)
    assert list(back) == sorted(row for row in rows if row[0] is not None)


def test_each_part_holds_its_own_customers_and_leaves_no_file(tmp_path):
    rows = [(number % 6, number, "a") for number in range(60)]
    found = sort(rows, Parts(6, 2), tmp_path)
    assert [sorted(set(part["who"].to_pylist())) for part in found] == [[0, 1], [2, 3], [4, 5]]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("customers", "rows", "parts"),
    [(0, 0, 1), (1, 10**9, 1), (10, 100, 1), (10, 2000, 5), (10**6, 10**9, MOST_PARTS)],
)
def test_there_are_as_many_parts_as_rows_ask_for_and_files_allow(customers, rows, parts):
    found = Parts.of(customers, rows, part_rows=400)
    assert len(found) == parts
    assert found.size * len(found) >= customers


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.integers(1, 30))
def test_pieces_are_pieces_of_customers_one_after_the_other(lengths, rows):
    customer = np.repeat(np.arange(5, 5 + len(lengths)), lengths)
    found = list(pieces_of_customers(customer, rows))
    assert found[0][0] == 5
    assert found[-1][1] == customer[-1]
    assert all(after[0] == before[1] + 1 for before, after in pairwise(found))
    assert len(found) <= max(1, round(len(customer) / rows))


def test_without_rows_there_is_no_piece():
    assert list(pieces_of_customers(np.zeros(0, np.int64), 5)) == []
