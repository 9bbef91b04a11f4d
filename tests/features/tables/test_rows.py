from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.tables import rows
from features.tables.rows import ordinals, row_array, sections

hashes = st.lists(st.integers(0, 2**64 - 1) | st.sampled_from([0, 1, 2**64 - 1]), max_size=40)


@pytest.fixture(params=[rows.IN_MEMORY, 4], ids=["in memory", "in files"])
def limit(request, monkeypatch):
    monkeypatch.setattr(rows, "IN_MEMORY", request.param)


@pytest.mark.usefixtures("limit")
@given(keys=hashes)
def test_rows_of_a_key_are_numbered_in_file_order(tmp_path_factory, keys):
    seen: Counter[int] = Counter()
    expected = []
    for key in keys:
        seen[key] += 1
        expected.append(seen[key])
    found = ordinals(np.array(keys, np.uint64), tmp_path_factory.getbasetemp())
    assert found.tolist() == expected


@pytest.mark.usefixtures("limit")
@given(keys=hashes)
def test_every_row_is_in_one_section_and_equal_hashes_are_in_the_same(keys):
    found = [section.tolist() for section in sections(np.array(keys, np.uint64))]
    assert sorted(row for section in found for row in section) == list(range(len(keys)))
    assert all(section == sorted(section) for section in found)
    of = {row: number for number, section in enumerate(found) for row in section}
    assert len({(key, of[row]) for row, key in enumerate(keys)}) == len(set(keys))


@pytest.mark.usefixtures("limit")
def test_an_array_begins_with_zeros_and_leaves_no_file(tmp_path):
    made = row_array(9, np.int32, tmp_path)
    made[3] = 7
    assert made.tolist() == [0, 0, 0, 7, 0, 0, 0, 0, 0]
    assert not list(tmp_path.iterdir())
