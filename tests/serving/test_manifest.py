"""Claims about the manifest: what is damaged, missing or foreign is named."""

import json

import pytest

from serving.manifest import GenerationError, check_hashes, check_sizes, is_generation_id, read_manifest


@pytest.mark.parametrize("text", ["", "../../etc", "20260101T000000Z-abc", "20260101T000000Z-0123456789ab/x"])
def test_a_path_is_never_taken_for_a_generation_id(text):
    assert not is_generation_id(text)


def test_the_manifest_lists_every_file_of_the_folder(generation):
    found = {path.relative_to(generation.folder).as_posix() for path in generation.folder.rglob("*.*")}
    assert set(generation.manifest.files) == found - {"manifest.json"}


def test_a_folder_without_manifest_says_how_to_get_one(tmp_path):
    with pytest.raises(GenerationError, match=r"has no manifest\.json; build it again with: regulars score"):
        read_manifest(tmp_path)


def test_a_cut_manifest_is_refused(generation):
    file = generation.folder / "manifest.json"
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(GenerationError, match="cannot be read"):
        read_manifest(generation.folder)


def test_a_manifest_of_another_version_is_refused(generation):
    file = generation.folder / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"schema_version": 99}))
    with pytest.raises(GenerationError, match="schema version 99, this program reads 3"):
        read_manifest(generation.folder)


def test_a_shorter_file_is_found_without_reading_it(generation):
    file = generation.folder / "ids.npy"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(GenerationError, match=r"ids\.npy has \d+ bytes, its manifest says"):
        check_sizes(generation.folder, generation.manifest)


def test_a_missing_file_is_found_without_reading_others(generation):
    (generation.folder / "at_risk.npy").unlink()
    with pytest.raises(GenerationError, match=r"lacks at_risk\.npy"):
        check_sizes(generation.folder, generation.manifest)


def test_a_changed_byte_is_found_by_its_hash(generation):
    file = generation.folder / "models/churn/booster.txt"
    content = bytearray(file.read_bytes())
    content[-2] ^= 1
    file.write_bytes(content)
    check_sizes(generation.folder, generation.manifest)
    with pytest.raises(GenerationError, match=r"booster\.txt was changed after it was written"):
        check_hashes(generation.folder, generation.manifest)
