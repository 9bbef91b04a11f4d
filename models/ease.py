"""EASE: a linear model that says how much having bought one item speaks for another.

Steck, "Embarrassingly shallow autoencoders for sparse data" (2019): B minimises ||X - XB||^2 + penalty ||B||^2 with a
zero diagonal; with P = (X'X + penalty I)^-1, B_ij = -P_ij / P_jj. Where there are fewer customers than items, P is
never made: by Woodbury's identity XP = K^-1 X and P = (I - X' K^-1 X) / penalty with K = XX' + penalty I, so that the
cost is that of the smaller side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

Singles = NDArray[np.float32]
Ints = NDArray[np.int64]
LARGEST_SIDE = 6000
"""Customers or items, whichever are fewer, of the largest matrix that is inverted."""
_ROWS_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Ease:
    """A fitted model.

    Attributes:
        items: how many items there are.
        columns: (modelled,) places of those that the model speaks of; others score 0.
        matrix: what customers have bought of these, scipy CSR float32 (customers, modelled).
        penalty: of the weights.
        inverse: float32, symmetric: P (modelled, modelled) where `by_item`, else K^-1 (customers, customers).
        diagonal: (modelled,) of P.
        by_item: which side was inverted.
    """

    items: int
    columns: Ints
    matrix: Any
    penalty: float
    inverse: Singles
    diagonal: Singles
    by_item: bool

    @classmethod
    def fit(cls, matrix: Any, penalty: float, *, largest: int = LARGEST_SIDE) -> Ease:
        """Fit on what customers have bought.

        Args:
            matrix: scipy CSR (customers, items), not negative.
            penalty: above 0.
            largest: where there are more customers and more items than this, only so many items are modelled, those
                with the most purchases.

        Raises:
            ValueError: the penalty is not above 0.
        """
        if penalty <= 0:
            raise ValueError(f"the penalty of EASE is {penalty}; give a number above 0")
        items = matrix.shape[1]
        columns = np.arange(items)
        if min(matrix.shape) > largest:
            weight = np.asarray(matrix.sum(axis=0)).ravel()
            columns = np.sort(np.argsort(-weight, kind="stable")[:largest])
        matrix = matrix.tocsr()[:, columns].astype(np.float32)
        by_item = matrix.shape[1] <= matrix.shape[0]
        inverse = _inverse(matrix.T @ matrix if by_item else matrix @ matrix.T, penalty)
        if by_item:
            diagonal = np.diag(inverse).copy()
        else:
            spent = np.zeros(matrix.shape[1])
            for start in range(0, matrix.shape[0], _ROWS_AT_ONCE):
                rows = slice(start, start + _ROWS_AT_ONCE)
                spent += matrix[rows].multiply(_times(inverse[rows], matrix)).sum(axis=0).A1
            diagonal = ((1 - spent) / penalty).astype(np.float32)
        return cls(items, columns, matrix, penalty, inverse, diagonal, by_item)

    def scores(self, customers: Ints) -> Singles:
        """What speaks for each item with each of the customers, XB, float32 (customers, items).

        What a customer bought of an item itself says nothing for it.
        """
        own = self.matrix[customers]
        solved = own @ self.inverse if self.by_item else _times(self.inverse[customers], self.matrix)
        return self._whole(own.toarray() - solved / self.diagonal)

    def weights(self, items: Ints) -> Singles:
        """Rows of B: what a purchase of each of some items says for all others, float32 (these, items)."""
        place = np.full(self.items, -1)
        place[self.columns] = np.arange(len(self.columns))
        known = np.flatnonzero(place[items] >= 0)
        own = place[items[known]]
        if self.by_item:
            rows = -self.inverse[own] / self.diagonal
        else:
            bought = self.matrix[:, own].T.tocsr()
            rows = _times(bought @ self.inverse, self.matrix) / (self.penalty * self.diagonal)
        rows[np.arange(len(own)), own] = 0.0
        found = np.zeros((len(items), self.items), np.float32)
        found[known] = self._whole(rows)
        return found

    def neighbours(self, most: int) -> tuple[NDArray[np.int32], Singles]:
        """The items for which each item speaks most, the strongest first.

        Returns:
            Places (items, most), -1 where fewer are spoken for, and the weights (items, most), above 0 or 0 there.
        """
        most = min(most, max(self.items - 1, 1))
        places = np.full((self.items, most), -1, np.int32)
        weights = np.zeros((self.items, most), np.float32)
        for start in range(0, self.items, _ROWS_AT_ONCE):
            rows = np.arange(start, min(start + _ROWS_AT_ONCE, self.items))
            found = self.weights(rows)
            near = np.argpartition(-found, most - 1, axis=1)[:, :most]
            strength = np.take_along_axis(found, near, axis=1)
            order = np.argsort(-strength, axis=1, kind="stable")
            strength = np.take_along_axis(strength, order, axis=1)
            places[rows] = np.where(strength > 0, np.take_along_axis(near, order, axis=1), -1)
            weights[rows] = np.maximum(strength, 0.0)
        return places, weights

    def _whole(self, rows: Singles) -> Singles:
        """Columns of modelled items among all items."""
        if len(self.columns) == self.items:
            return np.asarray(rows, np.float32)
        found = np.zeros((len(rows), self.items), np.float32)
        found[:, self.columns] = rows
        return found


def _inverse(gram: Any, penalty: float) -> Singles:
    """Inverse of a positive definite matrix after the penalty is added to its diagonal."""
    dense = gram.toarray().astype(np.float64)
    dense[np.diag_indices_from(dense)] += penalty
    factor = linalg.lapack.dpotrf(dense, lower=1, overwrite_a=1)[0]
    half = np.tril(linalg.lapack.dpotri(factor, lower=1, overwrite_c=1)[0])
    half += np.tril(half, -1).T
    return np.asarray(half, np.float32)


def _times(dense: Singles, sparse: Any) -> Singles:
    """Dense times sparse, as a dense array."""
    product: Singles = np.asarray((sparse.T @ dense.T).T)
    return product
