from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from features.tables import parts as module
from features.tables.parts import STATE, Parts

ORIGIN = {"database": "till", "columns": {"id": "INTEGER"}}
END = datetime(2024, 5, 1, tzinfo=UTC)


def written(parts, content):
    with parts.writing() as target:
        target.write_text(content)
    return parts.last


def one_part(folder):
    parts = Parts.open(folder, ORIGIN)
    parts.commit((written(parts, "first"),), END)
    return parts


def test_what_was_committed_is_there_when_opened_again(tmp_path):
    one_part(tmp_path)
    again = Parts.open(tmp_path, ORIGIN)
    assert (again.names, again.end, again.changed) == (("000001.parquet",), END, ())
    assert [file.read_text() for file in again.files] == ["first"]


def test_a_file_that_was_not_committed_does_not_count_and_is_removed(tmp_path):
    written(one_part(tmp_path), "second")
    again = Parts.open(tmp_path, ORIGIN)
    assert again.names == ("000001.parquet",)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["000001.parquet", STATE]


def test_a_file_that_no_longer_counts_is_removed_and_its_number_not_used_again(tmp_path):
    parts = one_part(tmp_path)
    parts.commit((written(parts, "second"),), END)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["000002.parquet", STATE]
    assert Parts.open(tmp_path, ORIGIN).following == 3


@pytest.mark.parametrize("step", ["_flush", "replacing_file", "_sweep"])
@pytest.mark.parametrize("call", [1, 2])
def test_stopped_at_any_step_the_copy_is_the_one_before_or_the_one_after(tmp_path, monkeypatch, step, call):
    parts = one_part(tmp_path)
    new = written(parts, "second")
    calls = []

    def stop(*_args):
        calls.append(1)
        if len(calls) == call:
            raise KeyboardInterrupt
        return real(*_args)

    owner = Parts if step == "_sweep" else module
    real = getattr(owner, step)
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, stop)
        with suppress(KeyboardInterrupt):
            parts.commit((new,), END)
    again = Parts.open(tmp_path, ORIGIN)
    assert [file.read_text() for file in again.files] in (["first"], ["second"])
    assert len(list(tmp_path.iterdir())) == 2


def test_a_copy_from_elsewhere_does_not_count_and_stays_until_there_is_another(tmp_path):
    one_part(tmp_path)
    other = Parts.open(tmp_path, ORIGIN | {"database": "warehouse"})
    assert (other.names, other.changed) == ((), ("database",))
    assert (tmp_path / "000001.parquet").exists()
    other.commit((written(other, "other"),), None)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["000002.parquet", STATE]


@pytest.mark.parametrize("damage", ["", "{", '{"version": 1}', '{"version": 99}', "null"])
def test_a_damaged_state_holds_nothing_and_says_so(tmp_path, damage):
    one_part(tmp_path)
    (tmp_path / STATE).write_text(damage)
    assert (Parts.open(tmp_path, ORIGIN).names, Parts.open(tmp_path, ORIGIN).changed) == ((), (STATE,))


def test_a_state_that_names_a_file_that_is_gone_holds_nothing(tmp_path):
    one_part(tmp_path)
    (tmp_path / "000001.parquet").unlink()
    assert Parts.open(tmp_path, ORIGIN).names == ()


def test_the_state_says_where_the_copy_is_from(tmp_path):
    one_part(tmp_path)
    assert json.loads((tmp_path / STATE).read_text())["origin"] == ORIGIN
