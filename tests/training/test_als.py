import numpy as np
from scipy import sparse

from training.als import factorise


def two_tastes():
    """Customers 0 to 9 buy items 0 to 4, the others 5 to 9; customer 0 has not bought item 4 yet."""
    dense = np.zeros((20, 10))
    dense[:10, :5], dense[10:, 5:] = 1.0, 1.0
    dense[0, 4] = 0.0
    return sparse.csr_matrix(dense)


def test_an_item_of_the_own_taste_ranks_above_those_of_another():
    customers, items = factorise(two_tastes(), factors=4)
    scores = customers[0] @ items.T
    assert scores[4] > scores[5:].max()


def test_factors_minimise_the_weighted_error_of_their_own_side():
    matrix = two_tastes()
    customers, items = factorise(matrix, factors=3, alpha=5.0, penalty=0.5)
    dense = matrix.toarray()

    def loss(factors):
        error = (1 + 5.0 * dense) * ((dense > 0) - customers @ factors.T) ** 2
        return error.sum() + 0.5 * (factors**2).sum()

    random = np.random.default_rng(0)
    assert all(loss(items) <= loss(items + random.normal(scale=0.01, size=items.shape)) for _ in range(20))


def test_the_same_seed_gives_the_same_factors():
    one, other = (factorise(two_tastes(), factors=3, seed=3) for _ in range(2))
    np.testing.assert_array_equal(one[0], other[0])
