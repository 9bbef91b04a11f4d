import numpy as np
import pytest
from scipy import sparse

from models.ease import Ease


def bought(customers, items, seed=0):
    random = np.random.default_rng(seed)
    return sparse.csr_matrix((random.random((customers, items)) < 0.3).astype(np.float32))


def by_hand(matrix, penalty):
    """B as the paper writes it."""
    dense = matrix.toarray().astype(float)
    inverse = np.linalg.inv(dense.T @ dense + penalty * np.eye(dense.shape[1]))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return weights


@pytest.mark.parametrize(("customers", "items"), [(30, 8), (8, 30)], ids=["by item", "by customer"])
def test_scores_and_weights_are_those_of_the_paper_whichever_side_is_inverted(customers, items):
    matrix = bought(customers, items)
    model, weights = Ease.fit(matrix, 5.0), by_hand(matrix, 5.0)
    assert model.by_item == (items <= customers)
    np.testing.assert_allclose(model.weights(np.arange(items)), weights, atol=1e-4)
    np.testing.assert_allclose(model.scores(np.arange(customers)), matrix.toarray() @ weights, atol=1e-4)


def test_the_nearest_neighbours_have_the_largest_weights():
    matrix = bought(40, 12)
    weights = by_hand(matrix, 3.0)
    places, strengths = Ease.fit(matrix, 3.0).neighbours(4)
    for item in range(12):
        best = np.sort(weights[item])[::-1][:4]
        np.testing.assert_allclose(strengths[item], np.maximum(best, 0), atol=1e-5)
        assert item not in places[item]
        assert ((places[item] >= 0) == (strengths[item] > 0)).all()


def test_a_large_assortment_is_modelled_by_its_best_sold_items():
    matrix = bought(20, 15)
    model = Ease.fit(matrix, 3.0, largest=6)
    sold = np.asarray(matrix.sum(axis=0)).ravel()
    assert len(model.columns) == 6
    assert sold[model.columns].min() >= np.delete(sold, model.columns).max()
    others = np.setdiff1d(np.arange(15), model.columns)
    assert (model.scores(np.arange(20))[:, others] == 0).all()
    assert (model.weights(np.arange(15))[others] == 0).all()


def test_a_penalty_has_to_be_above_0():
    with pytest.raises(ValueError, match="above 0"):
        Ease.fit(bought(4, 4), 0.0)
