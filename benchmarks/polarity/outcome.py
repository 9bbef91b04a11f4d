"""What a method said of the tested texts of a set, and how right it was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.sentiment.ratings import NEUTRAL, POSITIVE
from training.metrics import auroc

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DRAWS = 1_000


@dataclass(frozen=True, eq=False)
class Outcome:
    """What was said of n texts.

    Attributes:
        label: by the customers: 0 negative, 1 neutral, 2 positive, shape (n,).
        said: by the method, shape (n,).
        polarity: by the method, any numbers, greater where better, shape (n,).
        negative: probability by the method, shape (n,); None where it gives none.
    """

    label: Ints
    said: Ints
    polarity: Floats
    negative: Floats | None = None

    @property
    def f1(self) -> float:
        """Mean of F1 over the classes of the set; one that the set does not have is never right."""
        return float(_macro_f1(self._table()))

    @property
    def f1_interval(self) -> tuple[float, float]:
        """95 % bootstrap by text: the table of ratings and answers is drawn anew."""
        cells = self._table()
        drawn = np.random.default_rng(0).multinomial(cells.sum(), cells.ravel() / cells.sum(), DRAWS)
        low, high = np.quantile(_macro_f1(drawn.reshape(DRAWS, *cells.shape)), (0.025, 0.975))
        return float(low), float(high)

    @property
    def auroc(self) -> float:
        """Of polarity, between good and bad texts."""
        told = self.label != NEUTRAL
        return auroc((self.label[told] == POSITIVE).astype(np.int64), self.polarity[told])

    @property
    def bad(self) -> Ints:
        """1 where the customers' rating is negative."""
        return np.asarray(self.label == 0, np.int64)

    def _table(self) -> Ints:
        """Texts by rating and by answer. Shape (classes, 3)."""
        cells: Ints = np.bincount(3 * self.label + self.said, minlength=9).reshape(3, 3)
        return np.asarray(cells[np.unique(self.label)], np.int64)


def _macro_f1(table: Ints) -> Floats:
    """Of each table. Shape (..., classes, 3) gives (...)."""
    classes = table.shape[-2]
    own = range(0, 3, 2) if classes == 2 else range(classes)  # sets of two classes have no neutral one
    right = table[..., range(classes), own]
    rated, answered = table.sum(axis=-1), table.sum(axis=-2)[..., own]
    return np.asarray((2 * right / np.maximum(rated + answered, 1)).mean(axis=-1), np.float64)


def together(parts: list[Outcome]) -> Outcome:
    """The outcomes of several folds as one."""
    negative = [part.negative for part in parts if part.negative is not None]
    return Outcome(
        np.concatenate([part.label for part in parts]),
        np.concatenate([part.said for part in parts]),
        np.concatenate([part.polarity for part in parts]),
        np.concatenate(negative) if negative else None,
    )
