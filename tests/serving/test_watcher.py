"""Claims about following CURRENT."""

import shutil
import time

import pytest

from serving import watcher as module
from serving.watcher import GenerationWatcher


def _until(condition):
    for _ in range(500):
        if condition():
            return True
        time.sleep(0.01)
    return False


def test_before_the_first_generation_there_is_nothing_to_answer_from(workspace):
    assert GenerationWatcher(workspace.generations).refresh() is None


def test_a_new_generation_is_followed_without_being_told(build, workspace):
    watcher = GenerationWatcher(workspace.generations)
    first = build()
    assert watcher.refresh().id == first.name
    second = build()
    assert _until(lambda: watcher.current().id == second.name)


def test_an_unchanged_pointer_loads_nothing(build, workspace):
    build()
    watcher = GenerationWatcher(workspace.generations)
    assert watcher.refresh() is watcher.refresh()


@pytest.mark.parametrize(
    "name", ["ids.npy", "churn_probability.npy", "models/churn/booster.txt", "offers.json"]
)
@pytest.mark.parametrize("damage", ["cut", "changed", "missing"])
def test_a_torn_generation_is_never_served(build, workspace, name, damage):
    good, refused = build(), []
    watcher = GenerationWatcher(workspace.generations, on_refused=lambda: refused.append(1))
    watcher.refresh()
    torn = build() / name
    content = torn.read_bytes()
    torn.unlink()
    if damage != "missing":
        torn.write_bytes(content[:-1] if damage == "cut" else content[:-1] + bytes([content[-1] ^ 1]))
    assert watcher.refresh().id == good.name
    assert refused == [1]


def test_a_generation_with_an_impossible_catalogue_is_never_served(build, workspace):
    good = build()
    watcher = GenerationWatcher(workspace.generations)
    watcher.refresh()
    torn = build()
    shutil.rmtree(torn)
    assert watcher.refresh().id == good.name


def test_a_generation_that_is_mended_is_served_after_a_while(build, workspace, monkeypatch):
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0001)
    folder = build()
    aside = folder.rename(folder.with_name("aside"))
    watcher = GenerationWatcher(workspace.generations)
    assert watcher.refresh() is None
    aside.rename(folder)
    assert _until(lambda: watcher.refresh() is not None)


def test_a_list_can_go_on_in_the_generation_in_which_it_began(build, workspace):
    first = build()
    watcher = GenerationWatcher(workspace.generations)
    watcher.refresh()
    build()
    watcher.refresh()
    assert watcher.pinned(first.name).id == first.name


def test_a_generation_that_was_removed_meanwhile_cannot_be_pinned(build, workspace):
    first = build()
    watcher = GenerationWatcher(workspace.generations)
    watcher.refresh()
    build()
    watcher.refresh()
    assert watcher.pinned(first.name) is not None
    shutil.rmtree(first)
    assert watcher.pinned(first.name) is None


def test_a_generation_that_is_held_needs_its_folder_no_more(build, workspace):
    folder = build()
    held = GenerationWatcher(workspace.generations).refresh()
    shutil.rmtree(folder)
    assert all(len(held.reasons(row)) == 3 for row in range(held.manifest.rows))
    assert held.consents.allows("anna", "profiling", held.manifest.as_of)


@pytest.mark.parametrize("gone", ["20200101T000000Z-000000000000", "../x", ""])
def test_a_generation_that_is_gone_cannot_be_pinned(build, workspace, gone):
    build()
    assert GenerationWatcher(workspace.generations).pinned(gone) is None


def test_each_generation_that_is_served_is_told(build, workspace):
    served = []
    watcher = GenerationWatcher(workspace.generations, on_served=lambda found: served.append(found.id))
    expected = [build().name]
    watcher.refresh()
    expected.append(build().name)
    watcher.refresh()
    assert served == expected
