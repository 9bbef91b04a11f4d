from itertools import pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from features.feeders.whole import whole_customers


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=8),
    st.lists(st.integers(0, 9), max_size=12),
    st.integers(1, 9),
)
def test_no_customer_is_ever_split_between_two_tables(lengths, sizes, rows):
    ids = [f"c{n}" for n, length in enumerate(lengths) for _ in range(length)]
    batch = pa.record_batch({"who": ids, "row": list(range(len(ids)))})
    edges = [0, *np.minimum(np.cumsum(np.array(sizes, int)), len(ids)).tolist(), len(ids)]
    batches = [batch.slice(first, end - first) for first, end in pairwise(edges)]
    tables = list(whole_customers(batches, "who", rows))
    assert pa.concat_tables(tables)["row"].to_pylist() == list(range(len(ids)))
    seen = [set(table["who"].to_pylist()) for table in tables]
    assert sum(map(len, seen)) == len(lengths)
    assert all(table.num_rows >= rows for table in tables[:-1])


def test_a_table_ends_with_the_last_customer_that_is_complete():
    batches = [pa.record_batch({"who": list(ids)}) for ids in ("ab", "bb", "bc", "", "c")]
    tables = whole_customers(batches, "who")
    assert ["".join(table["who"].to_pylist()) for table in tables] == ["a", "bbbb", "cc"]


def test_no_batch_gives_no_table():
    assert list(whole_customers([], "who")) == []
