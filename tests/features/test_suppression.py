from __future__ import annotations

import stat

import pytest

from features.suppression import Suppression


def test_an_absent_list_is_empty_and_reading_it_makes_no_file(tmp_path):
    suppression = Suppression.open(tmp_path / "suppression")
    assert not suppression.contains("ann")
    assert len(suppression) == 0
    assert not (tmp_path / "suppression").exists()


def test_a_customer_who_was_added_is_on_the_list_for_every_reader(tmp_path):
    Suppression.open(tmp_path).add("ann")
    reader = Suppression.open(tmp_path)
    assert reader.contains("ann")
    assert not reader.contains("bob")


def test_the_disk_holds_the_keyed_hash_and_not_the_id(tmp_path):
    Suppression.open(tmp_path).add("ann@example.org")
    content = (tmp_path / "list").read_text()
    assert content == Suppression.open(tmp_path).hash("ann@example.org") + "\n"
    assert "ann" not in content


def test_two_workspaces_hash_one_customer_differently(tmp_path):
    one, other = (Suppression.open(tmp_path / name).hash("ann") for name in ("one", "other"))
    assert one != other


def test_only_the_owner_may_read_key_and_list(tmp_path):
    Suppression.open(tmp_path).add("ann")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"key": 0o600, "list": 0o600}


def test_adding_twice_is_adding_once(tmp_path):
    suppression = Suppression.open(tmp_path)
    suppression.add("ann")
    Suppression.open(tmp_path).add("ann")
    assert len((tmp_path / "list").read_text().splitlines()) == 1


def test_a_running_reader_sees_what_another_process_added(tmp_path):
    reader = Suppression.open(tmp_path)
    Suppression.open(tmp_path).add("ann")
    assert not reader.contains("ann")
    assert reader.reload()
    assert reader.contains("ann")
    assert not reader.reload()


def test_the_mask_agrees_with_asking_one_by_one(tmp_path):
    suppression = Suppression.open(tmp_path)
    customers = ["ann", "bob", "eve"]
    assert suppression.mask(customers).tolist() == [False] * 3
    suppression.add("bob")
    assert suppression.mask(customers).tolist() == [suppression.contains(one) for one in customers]


def test_a_list_without_its_key_is_refused_rather_than_ignored(tmp_path):
    Suppression.open(tmp_path).add("ann")
    (tmp_path / "key").unlink()
    with pytest.raises(ValueError, match=r"list has no key beside it; restore"):
        Suppression.open(tmp_path)


@pytest.mark.parametrize("content", ["not hexadecimal", "00ff"])
def test_a_damaged_key_is_refused(tmp_path, content):
    Suppression.open(tmp_path).add("ann")
    (tmp_path / "key").write_text(content)
    with pytest.raises(ValueError, match=r"key (is not a key|holds 2 bytes)"):
        Suppression.open(tmp_path)


def test_a_damaged_list_is_refused_by_line(tmp_path):
    Suppression.open(tmp_path).add("ann")
    with (tmp_path / "list").open("a") as file:
        file.write("bob\n")
    with pytest.raises(ValueError, match=r"line 2, is not a SHA-256 hash"):
        Suppression.open(tmp_path)
