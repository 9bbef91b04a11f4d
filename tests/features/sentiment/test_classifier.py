import numpy as np
import pytest

from features.sentiment.classifier import Classifier
from features.sentiment.ngrams import counts
from features.sentiment.weighting import Weighting
from tests.features.sentiment.corpus import texts


def rows(count=300, seed=0, classes=(0, 1, 2)):
    made, label = texts(count, seed, classes=classes)
    counted = counts(made)
    return Weighting.of(counted).rows(counted), np.searchsorted(classes, label)


def no_columns(sparse):
    return np.empty((sparse.shape[0], 0))


@pytest.mark.parametrize("classes", [(0, 2), (0, 1, 2)])
def test_unseen_texts_are_told_by_the_words_that_ratings_taught(classes):
    sparse, label = rows(classes=classes)
    known, asked = np.arange(200), np.arange(200, 300)
    model = Classifier.fit(sparse[known], no_columns(sparse)[known], label[known], len(classes), seed=0)
    said = model.margins(sparse[asked], no_columns(sparse)[asked]).argmax(axis=1)
    assert (said == label[asked]).mean() > 0.95


def test_of_two_classes_one_margin_is_the_negative_of_the_other():
    sparse, label = rows(classes=(0, 2))
    margins = Classifier.fit(sparse, no_columns(sparse), label, 2, seed=0).margins(sparse, no_columns(sparse))
    assert margins[:, 0] == pytest.approx(-margins[:, 1], abs=1e-6)


def test_a_class_without_a_text_is_on_nobodys_side():
    sparse, label = rows(classes=(0, 2))
    margins = Classifier.fit(sparse, no_columns(sparse), 2 * label, 3, seed=0).margins(
        sparse, no_columns(sparse)
    )
    assert (margins[:, 1] == -1).all()


def test_a_telling_further_column_is_used():
    sparse, label = rows(60, classes=(0, 2))
    told = np.where(label == 1, 1.0, -1.0)[:, None]
    nothing = sparse * 0.0
    margins = Classifier.fit(nothing, told, label, 2, seed=0).margins(nothing, told)
    assert (margins.argmax(axis=1) == label).all()
