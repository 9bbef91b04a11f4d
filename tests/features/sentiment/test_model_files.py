import json

import numpy as np
import pytest

from features.sentiment import model_files
from features.sentiment.learner import SentimentModel
from tests.features.sentiment.corpus import named, texts


@pytest.fixture
def folder(tmp_path):
    made, label = texts(60)
    SentimentModel.fit(made, named(label)).save(tmp_path)
    return tmp_path


def changed(folder, **values):
    path = folder / "sentiment.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_model_is_two_plain_files_without_a_pickle(folder):
    assert sorted(path.name for path in folder.iterdir()) == ["sentiment.json", "sentiment.npz"]
    with np.load(folder / "sentiment.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)


def test_no_text_of_a_customer_is_in_the_files(folder):
    assert b"frusk" not in (folder / "sentiment.json").read_bytes()


@pytest.mark.parametrize("name", ["sentiment.json", "sentiment.npz"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"it has no {name}"):
        model_files.read(folder)


def test_another_format_is_refused(folder):
    changed(folder, format=99)
    with pytest.raises(ValueError, match="sentiment format 99; this release reads 1"):
        model_files.read(folder)


def test_files_that_do_not_belong_together_are_refused(folder):
    changed(folder, calibration=None)
    with pytest.raises(ValueError, match="do not belong together"):
        model_files.read(folder)
