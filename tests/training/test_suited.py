"""Trees are chosen by the folds of the training rows: plain ones only where a sharp edge is worth it."""

from dataclasses import replace

import numpy as np
import pytest

from features.matrix import FeatureMatrix
from training.fit import folds_by_customer
from training.rows import TrainingRows
from training.suited import LOOKED_AT, PLAIN, _drawn, suited_parameters
from training.tasks import Churn

TASK, FEATURES = Churn(28, 60), 30


def rows(labels_of, count=1_500, seed=1):
    random = np.random.default_rng(seed)
    values = random.normal(size=(count, FEATURES)).astype(np.float32)
    names = tuple(f"f{number}" for number in range(FEATURES))
    ids = np.array([f"c{number // 3}" for number in range(count)], object)
    matrix = FeatureMatrix(ids, np.full(count, np.datetime64("2026-01-01", "us")), names, values)
    return TrainingRows(matrix, (random.random(count) < labels_of(values)).astype(np.int64))


def edge(values):
    """Leaving is likely in a narrow band of one feature."""
    return np.where((values[:, 3] > 0.5) & (values[:, 3] < 0.9), 0.9, 0.1)


def many_weak_signs(values):
    return 1 / (1 + np.exp(-values.sum(axis=1) / 6))


@pytest.mark.parametrize(("says", "expected"), [(edge, PLAIN), (many_weak_signs, {})])
def test_plain_trees_are_taken_where_one_feature_has_an_edge(says, expected):
    train = rows(says)
    assert suited_parameters(TASK, train, folds_by_customer(train), seed=7) == expected


def test_of_many_rows_those_of_some_customers_are_looked_at(monkeypatch):
    train = rows(many_weak_signs)
    assert _drawn(train, 7).all()
    monkeypatch.setattr("training.suited.LOOKED_AT", 600)
    kept = _drawn(train, 7)
    assert 450 < kept.sum() < 750
    ids = train.matrix.customer_ids.astype(str)
    assert not set(ids[kept]) & set(ids[~kept])
    assert suited_parameters(TASK, rows(edge), folds_by_customer(rows(edge)), seed=7) == PLAIN
    assert LOOKED_AT > 600


def test_with_too_few_of_an_outcome_nothing_is_changed():
    train = rows(many_weak_signs, count=60)
    alone = replace(train, labels=np.eye(60, dtype=np.int64)[0])
    assert suited_parameters(TASK, alone, folds_by_customer(alone), seed=7) == {}
