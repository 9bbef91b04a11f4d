import json

import numpy as np
import pandas as pd
import pytest

from features.pairs.snapshot import Snapshot
from models.candidates import Shelf
from models.pyfunc import _load_pyfunc
from models.recommender import Recommender
from tests.purchases import CUTOFF, random_purchases
from tests.recommender import quick_recommender


@pytest.fixture(scope="module")
def model():
    return quick_recommender()


@pytest.fixture(scope="module")
def candidates():
    return Shelf.of(Snapshot.at(random_purchases(1), CUTOFF, least=5)).candidates(np.arange(12))


def test_a_model_that_was_read_again_says_the_same(model, candidates, tmp_path):
    model.save(tmp_path)
    read = Recommender.load(tmp_path)
    assert read.limits == model.limits
    assert read.metadata == model.metadata
    np.testing.assert_array_equal(read.score(candidates), model.score(candidates))


def test_probabilities_lie_between_0_and_1(model, candidates):
    said = model.score(candidates)
    assert said.shape == (len(candidates),)
    assert ((said > 0) & (said < 1)).all()
    assert len(model.predict(candidates.values[:0])) == 0


def test_another_number_of_features_is_refused(model):
    with pytest.raises(ValueError, match="features a row"):
        model.predict(np.zeros((1, 3), np.float32))


def test_a_folder_without_a_recommender_says_what_is_missing(model, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"model\.json"):
        Recommender.load(tmp_path)
    model.save(tmp_path)
    description = json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps(description | {"feature_hash": "0"}))
    with pytest.raises(ValueError, match="train it again"):
        Recommender.load(tmp_path)


def test_mlflow_gets_the_same_probabilities(model, candidates, tmp_path):
    model.save(tmp_path)
    frame = pd.DataFrame(candidates.values, columns=list(model.features))
    said = _load_pyfunc(str(tmp_path)).predict(frame)["purchase_probability"]
    np.testing.assert_allclose(said, model.score(candidates))
