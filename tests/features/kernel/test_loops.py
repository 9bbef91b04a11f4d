"""The compiled loops against the plainest Python that does the same."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.kernel import loops
from features.kernel.columns import NEVER

ROOT = Path(__file__).parents[3]


@st.composite
def histories(draw):
    """Customers with ascending times and keys, cutoffs, and pairs of both."""
    sizes = draw(st.lists(st.integers(0, 8), min_size=1, max_size=4))
    times = [sorted(draw(st.lists(st.integers(0, 20), min_size=size, max_size=size))) for size in sizes]
    starts = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    time = np.array([each for own in times for each in own], np.int64)
    code = np.array(draw(st.lists(st.integers(-1, 2), min_size=len(time), max_size=len(time))), np.int64)
    cutoffs = np.array(sorted(draw(st.sets(st.integers(0, 22), min_size=1, max_size=4))), np.int64)
    customer, cutoff = (part.ravel() for part in np.indices((len(sizes), len(cutoffs))))
    kept = np.array(draw(st.lists(st.booleans(), min_size=len(customer), max_size=len(customer))), bool)
    return starts, time, code, cutoffs, customer[kept], cutoff[kept]


@given(histories(), st.lists(st.sampled_from([-1, 1, 3, 9]), min_size=1, max_size=3))
def test_distinct_keys_are_those_of_the_rows_inside_the_window(history, lengths):
    starts, time, code, cutoffs, customer, cutoff = history
    after = loops.same_after(loops.same_before(code, np.ones(len(code), bool), starts, 3))
    enter = loops.next_cutoff(time, starts, cutoffs, 0)
    never = np.full(len(time), len(cutoffs), np.int32)
    leave = np.array([never if n < 0 else loops.next_cutoff(time, starts, cutoffs, n) for n in lengths])
    found = loops.distinct(after, enter, leave, starts, len(cutoffs), customer, cutoff)
    for pair, (person, number) in enumerate(zip(customer, cutoff, strict=True)):
        at = cutoffs[number]
        own = range(starts[person], starts[person + 1])
        for window, length in enumerate(lengths):
            first = NEVER if length < 0 else at - length
            keys = {code[row] for row in own if first <= time[row] < at and code[row] >= 0}
            assert found[window, pair] == len(keys)


@given(histories())
def test_rows_before_an_edge_are_those_of_the_customer_with_an_earlier_time(history):
    starts, time, _, cutoffs, _, _ = history
    found = loops.rows_before(time, starts, cutoffs)
    for person, row in enumerate(found):
        own = time[starts[person] : starts[person + 1]]
        assert row.tolist() == [starts[person] + int((own < edge).sum()) for edge in cutoffs]


@given(st.lists(st.sampled_from([NEVER, -5, 0, 3, 2**62]), min_size=1, max_size=9), st.data())
def test_aggregates_are_those_of_the_rows_between_start_and_end(values, data):
    end = data.draw(st.integers(0, len(values)))
    start = data.draw(st.integers(0, end))
    rows, first, last = np.array(values), np.array([[start]]), np.array([end])
    inside = values[start:end]
    known = max(inside, default=NEVER)
    latest = inside[-1] if inside else NEVER
    assert loops.maxima(rows, first, last)[0, 0] == pytest.approx(
        np.nan if known == NEVER else known, nan_ok=True
    )
    assert loops.latest(rows, first, last)[0, 0] == pytest.approx(
        np.nan if latest == NEVER else latest, nan_ok=True
    )
    small = rows % 1000
    assert loops.sums(small, first, last)[0, 0] == small[start:end].sum()
    assert loops.ranks(rows)[end] == sum(value != 0 for value in values[:end])


def test_what_is_looked_up_outside_is_missing():
    found = loops.looked_up(np.array([5, 6]), np.array([1, -1, 0, 2, NEVER]), 9)
    assert found.tolist() == [6, 9, 5, 9, 9]


def test_loops_run_where_nothing_that_was_compiled_can_be_kept(tmp_path):
    packed, blocked = tmp_path / "packed.zip", tmp_path / "no-folder"
    blocked.touch()
    with ZipFile(packed, "w") as archive:
        for name in ("__init__", "compiled", "kernel/__init__", "kernel/columns", "kernel/loops"):
            archive.write(ROOT / f"features/{name}.py", f"features/{name}.py")
    code = f"""
import sys; sys.path.insert(0, {str(packed)!r})
import numpy as np
from features.kernel import loops
print(loops.ranks(np.array([1, 0, 2])), loops.__file__)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env={"HOME": str(blocked)}, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout.strip() == f"[0 1 1 2] {packed}/features/kernel/loops.py", done.stderr
