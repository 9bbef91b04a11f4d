"""Margins as probabilities, and probabilities as decisions that treat rare classes fairly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_PRIOR = 1.0  # strength of the belief, in texts, that the logarithm of a slope is near `_LIKELY`
_LIKELY = np.log(2.0)
_STEPS = np.linspace(-1.5, 1.5, 31)
_ROUNDS = 3
_ENOUGH = 5_000


@dataclass(frozen=True)
class Calibration:
    """`softmax(slopes * margins + intercepts)`: vector scaling (Guo et al. 2017).

    Attributes:
        slopes: one a class, above 0; of two classes they are equal, so that the order of texts stays.
        intercepts: one a class, the first 0.
        offsets: what is added to the logarithm of each class's probability before the greatest decides.
    """

    slopes: tuple[float, ...]
    intercepts: tuple[float, ...]
    offsets: tuple[float, ...]

    @classmethod
    def fit(cls, margins: Floats, label: Ints) -> Calibration:
        """Maximum likelihood on texts that the margins' model has not seen, decisions for the best macro-F1.

        Args:
            margins: shape (texts, classes); of two classes one is the negative of the other.
            label: class numbers, every class at least once, shape (texts,).
        """
        rows, classes = np.arange(len(label)), margins.shape[1]
        slopes = classes if classes > 2 else 1

        def loss(parameters: Floats) -> float:
            logs = log_softmax(_logits(parameters, slopes, margins), axis=1)[rows, label]
            doubt = 0.5 * _PRIOR * np.sum((parameters[:slopes] - _LIKELY) ** 2)
            return float(doubt - logs.sum()) / len(label)

        found = minimize(loss, np.repeat([_LIKELY, 0.0], [slopes, classes - 1]), method="BFGS").x
        probability = softmax(_logits(found, slopes, margins), axis=1)
        return cls(
            tuple(np.broadcast_to(np.exp(found[:slopes]), classes).tolist()),
            (0.0, *found[slopes:].tolist()),
            fair_offsets(probability),
        )

    def probabilities(self, margins: Floats) -> Floats:
        """Of each class, shape (texts, classes)."""
        found: Floats = softmax(np.array(self.slopes) * margins + np.array(self.intercepts), axis=1)
        return found

    def decide(self, probability: Floats) -> Ints:
        """The class of each text, shape (texts,)."""
        return _decided(np.log(np.maximum(probability, 1e-300)), np.array(self.offsets))


def fair_offsets(probability: Floats) -> tuple[float, ...]:
    """Offsets of the log-probabilities that give the best macro-F1 to be expected from the probabilities.

    The expected figure, not the one seen on the ratings: with few ratings it varies much less
    (Ye, Chai, Lee and Chieu 2012).

    Args:
        probability: calibrated, shape (texts, classes).
    """
    probability = probability[:: max(1, len(probability) // _ENOUGH)]
    logs = np.log(np.maximum(probability, 1e-300))
    offsets = np.zeros(probability.shape[1])
    best = _expected_macro_f1(probability, _decided(logs, offsets))
    for _ in range(_ROUNDS):
        for one in range(1, len(offsets)):
            for step in _STEPS:
                tried = offsets.copy()
                tried[one] = step
                figure = _expected_macro_f1(probability, _decided(logs, tried))
                if figure > best + 1e-9:
                    best, offsets = figure, tried
    return tuple(map(float, offsets))


def _expected_macro_f1(probability: Floats, decided: Ints) -> float:
    classes = probability.shape[1]
    right = np.bincount(decided, probability[np.arange(len(decided)), decided], minlength=classes)
    return float(np.mean(2 * right / (probability.sum(axis=0) + np.bincount(decided, minlength=classes))))


def _decided(logs: Floats, offsets: Floats) -> Ints:
    return np.asarray((logs + offsets).argmax(axis=1), np.int64)


def _logits(parameters: Floats, slopes: int, margins: Floats) -> Floats:
    """Slopes are fitted as logarithms, so that they stay positive."""
    return np.asarray(np.exp(parameters[:slopes]) * margins + np.concatenate([[0.0], parameters[slopes:]]))
