from __future__ import annotations

import stat

import pytest

from features.workspace import Workspace, replacing_file, replacing_folder


def test_everything_lies_below_the_root(tmp_path):
    workspace = Workspace(tmp_path)
    places = [
        workspace.tables,
        workspace.features,
        workspace.mlflow,
        workspace.generations,
        workspace.store,
        workspace.suppression,
    ]
    assert {place.parent for place in places} == {tmp_path}
    assert len(set(places)) == len(places)


def test_a_folder_appears_whole_when_the_block_ends(tmp_path):
    target = tmp_path / "new" / "tables"
    with replacing_folder(target) as fresh:
        (fresh / "a").write_text("1")
        assert not target.exists()
    assert [path.name for path in target.iterdir()] == ["a"]


def test_a_replaced_folder_keeps_nothing_of_the_old_one(tmp_path):
    target = tmp_path / "tables"
    for name in ("old", "new"):
        with replacing_folder(target) as fresh:
            (fresh / name).touch()
    assert [path.name for path in target.iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["tables"]


def test_a_block_that_raises_leaves_the_old_folder_and_no_remains(tmp_path):
    target = tmp_path / "tables"
    with replacing_folder(target) as fresh:
        (fresh / "old").touch()
    with pytest.raises(RuntimeError, match="stop"), replacing_folder(target) as fresh:
        raise RuntimeError("stop")
    assert [path.name for path in target.iterdir()] == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["tables"]


def test_others_may_read_what_was_replaced(tmp_path):
    with replacing_folder(tmp_path / "folder"), replacing_file(tmp_path / "file"):
        pass
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"folder": 0o755, "file": 0o644}


def test_a_file_is_replaced_when_the_block_ends(tmp_path):
    target = tmp_path / "deep" / "CURRENT"
    for text in ("one", "two"):
        with replacing_file(target) as fresh:
            fresh.write_text(text)
    assert target.read_text() == "two"
    assert [path.name for path in target.parent.iterdir()] == ["CURRENT"]


def test_a_file_whose_block_raises_stays_as_it_was(tmp_path):
    target = tmp_path / "CURRENT"
    target.write_text("one")
    with pytest.raises(FileNotFoundError, match="absent"), replacing_file(target) as fresh:
        fresh.write_text((tmp_path / "absent").read_text())
    assert target.read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["CURRENT"]
