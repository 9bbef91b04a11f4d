"""What a text is judged by beside its n-grams: what the word lists find in it, and what their student says."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.sentiment.wordlist import ListScores

Floats = NDArray[np.float64]
LIST_COLUMNS = 5
STUDENT_SIZE = 0.3
"""Brings scores of spread 1 to the size of the lists' polarity."""


def columns(texts: int, listed: ListScores | None, student: Floats | None) -> Floats:
    """Columns of about the size of a text's n-grams. Shape (texts, columns).

    Args:
        texts: how many.
        listed: what the lists found; None where they are not asked.
        student: its scores, shape (texts,); None where there is no student.
    """
    found = [np.empty((texts, 0))]
    if listed is not None:
        found.append(_listed(listed))
    if student is not None:
        found.append(STUDENT_SIZE * np.stack([student, np.abs(student)], axis=1))
    return np.concatenate(found, axis=1)


def _listed(listed: ListScores) -> Floats:
    """Balance, its good and its bad side, whether there was anything, and how much."""
    polarity, hits = listed.polarity, listed.hits
    good, bad = np.maximum(polarity, 0.0), np.maximum(-polarity, 0.0)
    return np.stack([polarity, good, bad, 0.5 * (hits > 0), 0.1 * np.minimum(hits, 5)], axis=1)
