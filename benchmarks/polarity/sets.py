"""Rated texts in many languages, each once, and how they are split into those learnt from and those tested."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.sentiment.ratings import NEUTRAL, POLARITIES
from features.sentiment.text import key

Ints = NDArray[np.int64]
FILE = "sentiment_dev.parquet"
IN_FOLDS = "umsab"
"""This source is small in every language: all of it is tested, in folds."""
FOLDS = 5
TESTED = 0.3
"""Share of the other sets."""


@dataclass(frozen=True, eq=False)
class Set:
    """Texts of one source, and of one language.

    Attributes:
        name: in figures.
        texts: n.
        label: 0 negative, 1 neutral, 2 positive, shape (n,).
        splits: rows to learn from, in the order in which they come to be rated, and rows to test.
    """

    name: str
    texts: list[str]
    label: Ints
    splits: list[tuple[Ints, Ints]]

    @property
    def neutral(self) -> bool:
        """Whether some texts are."""
        return bool((self.label == NEUTRAL).any())

    def picked(self, rows: Ints) -> list[str]:
        """The texts of some rows."""
        return [self.texts[row] for row in rows.tolist()]


def load(folder: Path, shrink: int = 1, seed: int = 0) -> Iterator[Set]:
    """The sets of a folder; a text that says the same as one before, in any set, is left out.

    Args:
        folder: with FILE: columns source, language, text, label.
        shrink: by so much the sets are smaller than the file's.
        seed: of the splits.
    """
    columns = pq.read_table(folder / FILE, columns=["source", "language", "text", "label"]).to_pydict()
    names = [
        f"{source}_{language}" if source == IN_FOLDS else source
        for source, language in zip(columns["source"], columns["language"], strict=True)
    ]
    first = {key(text): row for row, text in reversed(list(enumerate(columns["text"])))}
    rows: dict[str, list[int]] = {}
    for row in sorted(first.values()):
        rows.setdefault(names[row], []).append(row)
    for name in sorted(rows):
        generator = np.random.default_rng(seed)
        picked = generator.permutation(rows[name])[: len(rows[name]) // shrink].tolist()
        label = np.array([POLARITIES.index(columns["label"][row]) for row in picked], np.int64)
        in_folds = name.startswith(IN_FOLDS)
        yield Set(
            name, [columns["text"][row] for row in picked], label, _splits(len(picked), in_folds=in_folds)
        )


def _splits(texts: int, *, in_folds: bool) -> list[tuple[Ints, Ints]]:
    """Texts come in random order already."""
    rows = np.arange(texts)
    if in_folds:
        return [(rows[rows % FOLDS != fold], rows[rows % FOLDS == fold]) for fold in range(FOLDS)]
    tested = int(TESTED * texts)
    return [(rows[tested:], rows[:tested])]
