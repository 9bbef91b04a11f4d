from __future__ import annotations

import pytest

from features.tables.folder import list_parts, same_content


def folder(root, **files):
    for name, content in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def names(files):
    return [file.name for file in files]


def test_parts_are_in_the_order_of_their_names_those_of_inner_folders_too(tmp_path):
    root = folder(tmp_path, **{"b.csv": "", "a__z.csv.gz": "", "c.csv": ""})
    assert names(list_parts(root)[0]) == ["z.csv.gz", "b.csv", "c.csv"]


def test_files_that_are_no_parts_are_named(tmp_path):
    root = folder(tmp_path, **{"a.csv": "", "b.xlsx": "", "_c.csv": ""})
    assert names(list_parts(root)[1]) == ["_c.csv", "b.xlsx"]


def test_hidden_files_and_the_marks_of_writers_are_neither(tmp_path):
    root = folder(
        tmp_path, **{"a.parquet": "", ".a.parquet.crc": "", "_SUCCESS": "", "_delta_log__1.parquet": ""}
    )
    assert [names(files) for files in list_parts(root)] == [["a.parquet"], []]


def test_parts_of_two_kinds_are_refused(tmp_path):
    root = folder(tmp_path, **{"a.csv": "", "b.parquet": ""})
    with pytest.raises(
        ValueError, match=r"holds Parquet parts \(b.parquet\) and CSV parts \(a.csv\); keep parts"
    ):
        list_parts(root)


def test_a_folder_without_parts_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"holds no part \(.parquet, .csv or .csv.gz\)"):
        list_parts(folder(tmp_path, **{"a.txt": ""}))


def test_a_file_with_the_bytes_of_an_earlier_one_is_found_with_it(tmp_path):
    root = folder(tmp_path, a="one", b="two", c="one", d="one", e="three")
    found = same_content(sorted(root.iterdir()))
    assert {later.name: earlier.name for later, earlier in found.items()} == {"c": "a", "d": "a"}


def test_empty_files_are_not_the_same_export(tmp_path):
    assert same_content(sorted(folder(tmp_path, a="", b="").iterdir())) == {}
