"""Claims about how a generation appears: whole, or not at all."""

import shutil

import pytest

from serving.generation import Generation
from serving.manifest import GenerationError
from serving.publishing import _remove_old, current_id, make_current, publish


def test_the_pointer_names_the_last_one_built(build, workspace):
    first, second = build(), build()
    assert current_id(workspace.generations) == second.name
    assert first.exists()


def test_the_newest_three_generations_are_kept(build, workspace):
    names = [build().name for _ in range(5)]
    found = {path.name for path in workspace.generations.iterdir()} - {"CURRENT"}
    assert found == set(names[-3:])


def test_the_current_generation_is_kept_however_old_it_is(build, workspace):
    newer = [build() for _ in range(3)]
    aged = workspace.generations / "20200101T000000Z-000000000000"
    for pointed_at, is_there in ((aged, True), (newer[0], False)):
        shutil.copytree(newer[0], aged, dirs_exist_ok=True)
        (workspace.generations / "CURRENT").write_text(pointed_at.name)
        _remove_old(workspace.generations)
        assert aged.exists() == is_there
    assert all(folder.exists() for folder in newer)


def test_before_the_first_one_there_is_no_pointer(workspace):
    assert current_id(workspace.generations) is None


def test_a_build_that_fails_leaves_nothing_behind(build, workspace):
    before = build()

    def fail(_):
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        publish(workspace.generations, fail)
    assert current_id(workspace.generations) == before.name
    assert {path.name for path in workspace.generations.iterdir()} == {before.name, "CURRENT"}


def test_an_older_generation_can_be_made_current_again(build, workspace):
    first, _ = build(), build()
    make_current(workspace.generations, first.name)
    assert current_id(workspace.generations) == first.name


@pytest.mark.parametrize("wrong", ["../elsewhere", "20200101T000000Z-000000000000"])
def test_the_pointer_never_names_what_cannot_be_opened(build, workspace, wrong):
    good = build()
    with pytest.raises(GenerationError, match=r"no generation id|has no manifest"):
        make_current(workspace.generations, wrong)
    assert current_id(workspace.generations) == good.name


@pytest.mark.parametrize("content", [b"", b"../..\n", b"\xff\xfe", b"20260101T0000"])
def test_a_torn_pointer_is_an_error_not_a_path(build, workspace, content):
    build()
    (workspace.generations / "CURRENT").write_bytes(content)
    with pytest.raises(GenerationError, match=r"no generation id|is not text"):
        current_id(workspace.generations)


def test_a_published_generation_has_the_hashes_of_its_manifest(build):
    Generation.open(build()).verify()
