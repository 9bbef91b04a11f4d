from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.tables import extract as module
from features.tables.extract import Shape, bring_level, newest_known, read_copy
from features.tables.parts import Parts

COLUMNS = {"id": "INTEGER", "value": "VARCHAR", "known": "TIMESTAMP WITH TIME ZONE"}
KEYED = Shape(COLUMNS, ("id",), "known")
KEYLESS = Shape(COLUMNS, (), "known")
DAY = datetime(2024, 5, 1, tzinfo=UTC)


class Copy:
    """A source as a list of (id, value, day on which it became known) and its copy."""

    def __init__(self, folder, shape=KEYED):
        self.connection = duckdb.connect()
        self.connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
        self.shape = shape
        self.folder = folder

    @property
    def parts(self):
        return Parts.open(self.folder, {})

    def rows(self, source, since=None):
        self.connection.execute("CREATE OR REPLACE TABLE source (id INT, value VARCHAR, known TIMESTAMPTZ)")
        for number, value, day in source:
            known = None if day is None else (DAY + timedelta(days=day)).isoformat()
            if since is None or known is None or known >= since.isoformat():
                self.connection.execute("INSERT INTO source VALUES (?, ?, ?)", [number, value, known])
        return "SELECT * FROM source"

    def extract(self, source, overlap=None):
        """Bring the copy level; with an overlap in days only what is new is asked for."""
        parts = self.parts
        newest = newest_known(self.connection, parts, self.shape, "UTC") if overlap is not None else None
        since = newest and newest - timedelta(days=overlap)
        names = bring_level(self.connection, parts, self.shape, self.rows(source, since), since)
        parts.commit(names, None)

    def held(self):
        """The copy as (id, value, day), in the order of its rows."""
        query = read_copy(self.connection, self.parts.files, self.shape).relation
        found = self.connection.execute(
            f"SELECT id, value, (epoch(known) - {DAY.timestamp()}) / 86400 FROM ({query}) ORDER BY __position"
        ).fetchall()
        return [(number, value, None if day is None else int(day)) for number, value, day in found]

    def sizes(self):
        return [pq.read_metadata(file).num_rows for file in self.parts.files]


@pytest.fixture
def copy(tmp_path):
    return Copy(tmp_path)


def test_the_first_extract_holds_every_row_in_the_order_of_the_source(copy):
    source = [(2, "b", 1), (1, "a", 0), (3, None, None)]
    copy.extract(source)
    assert copy.held() == source


def test_a_second_extract_writes_only_what_is_new(copy):
    source = [(1, "a", 0), (2, "b", 1)]
    copy.extract(source)
    copy.extract([*source, (3, "c", 2)], overlap=1)
    assert copy.held() == [*source, (3, "c", 2)]
    assert copy.sizes() == [2, 1]


def test_without_anything_new_no_file_is_written(copy):
    copy.extract([(1, "a", 0)])
    before = copy.parts.names
    copy.extract([(1, "a", 0)], overlap=1)
    assert copy.parts.names == before


@pytest.mark.parametrize("shape", [KEYED, KEYLESS])
def test_equal_rows_stay_as_many_as_they_are(tmp_path, shape):
    copy = Copy(tmp_path, shape)
    copy.extract([(1, "a", 0)] * 2)
    copy.extract([(1, "a", 0)] * 2, overlap=1)
    assert copy.held() == [(1, "a", 0)] * 2


def test_one_more_equal_row_is_one_more_row(tmp_path):
    copy = Copy(tmp_path, KEYLESS)
    copy.extract([(1, "a", 0)])
    copy.extract([(1, "a", 0)] * 3, overlap=1)
    assert copy.held() == [(1, "a", 0)] * 3
    copy.extract([(1, "a", 0)] * 2, overlap=1)
    assert copy.held() == [(1, "a", 0)] * 2


@pytest.mark.parametrize("overlap", [None, 1])
def test_a_changed_row_keeps_when_it_became_known_first(copy, overlap):
    copy.extract([(1, "open", 0), (2, "open", 5)])
    copy.extract([(1, "solved", 6), (2, "open", 5)], overlap)
    assert sorted(copy.held()) == [(1, "solved", 0), (2, "open", 5)]


def test_a_changed_row_is_not_new_again_at_the_next_extract(copy):
    copy.extract([(1, "open", 0)])
    copy.extract([(1, "solved", 1)], overlap=1)
    before = copy.parts.names
    copy.extract([(1, "solved", 1)], overlap=1)
    assert copy.parts.names == before


def test_a_row_that_never_said_when_it_became_known_keeps_saying_nothing(copy):
    copy.extract([(1, "open", None)])
    copy.extract([(1, "solved", 3)])
    assert copy.held() == [(1, "solved", None)]


def test_a_changed_row_without_a_key_takes_the_place_of_the_old_one_within_what_is_asked_for(tmp_path):
    copy = Copy(tmp_path, KEYLESS)
    copy.extract([(1, "a", 0), (1, "b", 5)])
    copy.extract([(1, "a", 0), (1, "c", 5)], overlap=1)
    assert copy.held() == [(1, "a", 0), (1, "c", 5)]


def test_rows_that_the_source_no_longer_has_leave_the_copy_and_its_files(copy):
    copy.extract([(1, "a", 0), (2, "b", 1), (3, "c", 2)])
    copy.extract([(1, "a", 0), (3, "c", 2)])
    assert copy.held() == [(1, "a", 0), (3, "c", 2)]
    assert sorted(file.name for file in copy.folder.iterdir()) == ["000002.parquet", "state.json"]


def test_a_row_that_was_not_asked_for_stays(copy):
    copy.extract([(1, "a", 0), (2, "b", 9)])
    copy.extract([(2, "b", 9)], overlap=1)
    assert copy.held() == [(1, "a", 0), (2, "b", 9)]


def test_a_row_that_does_not_say_when_it_became_known_is_asked_for_each_time(copy):
    copy.extract([(1, "a", 9)])
    copy.extract([(1, "a", 9), (2, "b", None)], overlap=0)
    assert copy.held() == [(1, "a", 9), (2, "b", None)]


def test_rows_without_a_key_value_are_not_versions_of_each_other(copy):
    copy.extract([(None, "a", 0)])
    copy.extract([(None, "a", 0), (None, "b", 1)], overlap=9)
    assert copy.held() == [(None, "a", 0), (None, "b", 1)]


def test_a_source_that_has_lost_every_row_leaves_an_empty_copy(copy):
    copy.extract([(1, "a", 0)])
    copy.extract([])
    assert copy.held() == []
    assert copy.parts.names == ()


def test_many_files_become_one_with_the_rows_in_their_order(copy, monkeypatch):
    monkeypatch.setattr(module, "MOST_PARTS", 5)
    source = [(number, "a", number) for number in range(6)]
    for number in range(1, 6):
        copy.extract(source[:number], overlap=1)
    assert copy.sizes() == [1] * 5
    copy.extract(source, overlap=1)
    assert (copy.sizes(), copy.held()) == ([5, 1], source)


def test_files_written_anew_keep_the_order_of_their_rows(copy):
    copy.connection.execute(
        "CREATE TABLE many AS SELECT range AS id, 'a' AS value, now() AS known FROM range(300000)"
    )
    first = bring_level(copy.connection, parts := copy.parts, KEYED, "SELECT * FROM many", None)
    parts.commit(first, None)
    fewer = "SELECT * FROM many WHERE id % 3 <> 1"
    parts.commit(bring_level(copy.connection, parts, KEYED, fewer, None), None)
    relation = read_copy(copy.connection, parts.files, KEYED).relation
    found = copy.connection.execute(f"SELECT id FROM ({relation}) ORDER BY __position").fetchnumpy()["id"]
    assert found.tolist() == [number for number in range(300_000) if number % 3 != 1]


def test_a_row_dated_far_ahead_does_not_end_the_extracts(copy):
    ahead = (datetime.now(UTC) - DAY).days + 999
    copy.extract([(1, "a", 0), (2, "b", ahead)])
    assert newest_known(copy.connection, copy.parts, KEYED, "UTC") == DAY
    copy.extract([(1, "a", 0), (2, "b", ahead), (3, "c", 1)], overlap=0)
    assert (3, "c", 1) in copy.held()


@pytest.mark.parametrize(
    ("kind", "found"), [("DATE", datetime(2024, 5, 1)), ("TIMESTAMP", datetime(2024, 5, 1, 12))]
)
def test_a_column_without_zone_gives_an_instant_without_zone(copy, kind, found):
    shape = Shape({"id": "INTEGER", "known": kind}, ("id",), "known")
    parts = copy.parts
    rows = f"SELECT 1 AS id, TIMESTAMP '2024-05-01 12:00'::{kind} AS known"
    parts.commit(bring_level(copy.connection, parts, shape, rows, None), None)
    assert newest_known(copy.connection, parts, shape, "Europe/Berlin") == found
    assert date(2024, 5, 1) == found.date()


def test_a_copy_without_any_time_is_not_stamped(copy):
    shape = Shape({"id": "INTEGER"}, ("id",), None)
    parts = copy.parts
    parts.commit(bring_level(copy.connection, parts, shape, "SELECT 1 AS id", None), None)
    source = read_copy(copy.connection, parts.files, shape)
    assert (source.stamped, source.columns, source.rows) == (False, {"id": "INTEGER"}, 1)


ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["a", "b", None]), st.integers(0, 4) | st.none()), max_size=6
)


@settings(max_examples=25)
@given(st.lists(ROWS, min_size=1, max_size=3))
def test_a_copy_of_every_row_is_what_the_source_is_whatever_it_was_before(tmp_path_factory, sources):
    copy = Copy(tmp_path_factory.mktemp("copy"), KEYLESS)
    for source in sources:
        copy.extract(source)
        assert sorted(map(repr, copy.held())) == sorted(map(repr, source))


@settings(max_examples=25)
@given(ROWS, ROWS)
def test_extracts_of_a_growing_source_end_in_what_one_extract_of_everything_holds(
    tmp_path_factory, first, more
):
    copy = Copy(tmp_path_factory.mktemp("copy"), KEYLESS)
    newest = max((day for *_, day in first if day is not None), default=0)
    grown = first + [(number, value, newest + (day or 0)) for number, value, day in more]
    copy.extract(first)
    copy.extract(grown, overlap=0)
    assert sorted(map(repr, copy.held())) == sorted(map(repr, grown))
