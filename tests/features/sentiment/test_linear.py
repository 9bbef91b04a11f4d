import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from features.sentiment.linear import separate


def problem(seed=0, texts=60, columns=8):
    generator = np.random.default_rng(seed)
    sparse = generator.normal(size=(texts, columns)) * (generator.random((texts, columns)) < 0.5)
    dense = np.concatenate([generator.normal(size=(texts, 1)), np.ones((texts, 1))], axis=1)
    positive = sparse[:, 0] + dense[:, 0] + 0.7 * generator.normal(size=texts) > 0
    return csr_matrix(sparse.astype(np.float32)), dense, positive, generator.uniform(0.2, 1.5, texts)


def loss(weights, sparse, dense, positive, cost):
    columns = np.concatenate([sparse.toarray(), dense], axis=1)
    short = np.maximum(1 - np.where(positive, 1, -1) * (columns @ weights), 0)
    return 0.5 * weights @ weights + np.sum(cost * short**2)


def test_the_weights_are_those_of_least_loss():
    sparse, dense, positive, cost = problem()
    found = np.concatenate(separate(sparse, np.ones(8), dense, positive, cost, seed=0))
    best = minimize(loss, np.zeros(10), (sparse, dense, positive, cost), method="BFGS")
    assert loss(found, sparse, dense, positive, cost) == pytest.approx(best.fun, rel=1e-3)


def test_the_order_of_visits_hardly_matters_and_a_seed_gives_the_same():
    sparse, dense, positive, cost = problem()
    first, again, other = (separate(sparse, np.ones(8), dense, positive, cost, seed)[0] for seed in (1, 1, 2))
    assert (first == again).all()
    assert first == pytest.approx(other, abs=0.02)


def test_weights_are_for_columns_before_they_are_scaled():
    sparse, dense, positive, cost = problem()
    scale = np.linspace(0.5, 2, 8)
    scaled, _ = separate(sparse.multiply(scale).tocsr(), np.ones(8), dense, positive, cost, seed=0)
    found, _ = separate(sparse, scale, dense, positive, cost, seed=0)
    assert found == pytest.approx(scaled * scale, abs=0.02)


def test_a_text_that_costs_more_is_heeded_more():
    sparse = csr_matrix(np.ones((2, 1), np.float32))
    dense, positive = np.zeros((2, 1)), np.array([True, False])
    weights, _ = separate(sparse, np.ones(1), dense, positive, np.array([5.0, 0.1]), seed=0)
    assert weights[0] > 0
