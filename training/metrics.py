"""Figures of merit of a classifier: how well it ranks, and whether its probabilities are true.

Outcomes are arrays of 0 and 1 for a binary task (1 is the event, for churn: no order in the horizon) and
class numbers 0..k-1 for several classes. All functions give one float and treat rows alike, in any order.
Definitions that differ in the field (the expected calibration error) are those of `docs/benchmarks.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from training.outcomes import (
    FloatArray,
    IntArray,
    binary,
    class_numbers,
    classes,
    paired,
    probabilities,
    with_both,
    with_events,
)

CALIBRATION_BINS = 15
CALIBRATION_DRAWS = 1000
SMALLEST_PROBABILITY = 1e-15  # what log_loss charges for a probability of zero

_DRAWN_AT_ONCE = 4_000_000  # outcomes drawn in one piece of memory


def auroc(outcome: npt.ArrayLike, score: npt.ArrayLike) -> float:
    """Return the chance, in [0, 1], that a random event is scored above a random non-event (ties: half).

    Args:
        outcome: (n,) 0 or 1.
        score: (n,) any numbers, greater where the event is more likely.

    Raises:
        ValueError: lengths differ, a number is missing, or only one outcome occurs.
    """
    y, p = binary(outcome, score)
    return float(roc_auc_score(with_both(y), p))


def average_precision(outcome: npt.ArrayLike, score: npt.ArrayLike) -> float:
    """Return the precision averaged over the recall steps, in [0, 1]; chance level is the share of events.

    Raises:
        ValueError: lengths differ, a number is missing, or only one outcome occurs.
    """
    y, p = binary(outcome, score)
    return float(average_precision_score(with_both(y), p))


def brier(outcome: npt.ArrayLike, probability: npt.ArrayLike) -> float:
    """Return the mean squared difference between outcome and probability, in [0, 1] (Brier 1950).

    Raises:
        ValueError: lengths differ, or a probability is missing or outside [0, 1].
    """
    y, p = binary(outcome, probabilities(probability))
    return float(np.mean((y - p) ** 2))


def log_loss(outcome: npt.ArrayLike, probability: npt.ArrayLike) -> float:
    """Return the mean negative log-probability, in nats, of what happened.

    Args:
        outcome: (n,) 0 or 1, or class numbers 0..k-1.
        probability: (n,) of outcome 1, or (n, k) of every class, rows adding up to 1. A probability of zero
            is charged as 1e-15, so that one sure mistake does not make the figure infinite.

    Raises:
        ValueError: lengths differ, a probability is outside [0, 1], or a class number outside the columns.
    """
    p = probabilities(probability)
    y = classes(outcome, p) if p.ndim == 2 else binary(outcome, p)[0]
    return float(np.mean(surprise(y, p)))


def surprise(outcome: FloatArray | IntArray, probability: FloatArray) -> FloatArray:
    """Return the negative log-probability (n,), in nats, of what happened in each row, unchecked."""
    if probability.ndim == 2:
        happened = probability[np.arange(len(outcome)), outcome.astype(np.int64)]
    else:
        happened = np.where(outcome == 1, probability, 1.0 - probability)
    return -np.log(np.clip(happened, SMALLEST_PROBABILITY, 1.0))


def calibration_error(
    outcome: npt.ArrayLike, probability: npt.ArrayLike, bins: int = CALIBRATION_BINS
) -> float:
    """Return the expected calibration error, in [0, 1], over bins of equal mass.

    The mean over rows of |share of events - mean probability| in the row's bin. Equal probabilities share a
    bin, so the figure does not depend on the order of the rows.

    Args:
        outcome: (n,) 0 or 1, or class numbers 0..k-1.
        probability: (n,) of outcome 1, or (n, k): then the mean of the one-vs-rest values.
        bins: how many; fewer where probabilities repeat.

    Raises:
        ValueError: lengths differ, or a probability is missing or outside [0, 1].
    """
    return _mean_over_classes(lambda y, p: _calibration_error(y, p, bins), outcome, probability)


def calibration_excess(
    outcome: npt.ArrayLike,
    probability: npt.ArrayLike,
    *,
    bins: int = CALIBRATION_BINS,
    draws: int = CALIBRATION_DRAWS,
    seed: int = 0,
) -> float:
    """Return the calibration error minus what a perfectly calibrated model would show by chance.

    The chance part is the mean error over outcomes that are drawn from the probabilities themselves, so a
    perfectly calibrated model scores about 0 for any number of rows. Can be slightly negative.

    Args:
        outcome: (n,) 0 or 1, or class numbers 0..k-1.
        probability: (n,) of outcome 1, or (n, k): then the mean of the one-vs-rest values.
        bins: of equal mass, as in `calibration_error`.
        draws: sets of outcomes drawn.
        seed: of the draws; the same seed gives the same figure.

    Raises:
        ValueError: lengths differ, or a probability is missing or outside [0, 1].
    """
    generator = np.random.default_rng(seed)

    def excess(y: FloatArray, p: FloatArray) -> float:
        return _calibration_error(y, p, bins) - _chance_error(p, bins, draws, generator)

    return _mean_over_classes(excess, outcome, probability)


def lift_at(outcome: npt.ArrayLike, score: npt.ArrayLike, share: float = 0.1) -> float:
    """Return the share of events among the top `share` of rows over their share among all rows.

    1 is chance level, 1 / `share` at most. Rows that tie at the border count with their mean outcome.

    Raises:
        ValueError: `share` is outside (0, 1], lengths differ, a number is missing, or no event occurs.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share is {share}; give a share of the rows above 0 and up to 1, such as 0.1")
    y, p = binary(outcome, score)
    with_events(y)
    top = max(1, round(share * len(y)))
    border = np.partition(p, len(p) - top)[len(p) - top]
    above, tied = p > border, p == border
    caught = y[above].sum() + y[tied].mean() * (top - above.sum())
    return float(caught / top / y.mean())


def gains_at(outcome: npt.ArrayLike, score: npt.ArrayLike, shares: npt.ArrayLike) -> FloatArray:
    """Return the share of events among the top shares of rows: what contacting so many reaches.

    Args:
        outcome: (n,) 0 or 1.
        score: (n,) any numbers, greater where the event is more likely; rows that tie count with their mean.
        shares: (k,) of the rows, in [0, 1].

    Raises:
        ValueError: lengths differ, a number is missing, or no event occurs.
    """
    y, p = binary(outcome, score)
    total = with_events(y).sum()
    order = np.argsort(-p, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(p[order])), len(y) - 1)
    caught = np.cumsum(y[order])[ends] / total
    rows = np.asarray(shares, np.float64) * len(y)
    reached: FloatArray = np.interp(rows, np.append(0, ends + 1), np.append(0.0, caught))
    return reached


def macro_auroc(outcome: npt.ArrayLike, probability: npt.ArrayLike) -> float:
    """Return the mean one-vs-rest AUROC over the classes that occur (and do not make up all rows).

    Args:
        outcome: (n,) class numbers 0..k-1.
        probability: (n, k).

    Raises:
        ValueError: lengths differ, a class number is outside the columns, or fewer than two classes occur.
    """
    p = probabilities(probability)
    y = classes(outcome, p)
    present = np.unique(y)
    if len(present) < 2:
        raise ValueError(f"{len(y)} rows hold {len(present)} class; a ranking needs rows of two classes")
    return float(np.mean([roc_auc_score(y == label, p[:, label]) for label in present]))


def f1_by_class(outcome: npt.ArrayLike, predicted: npt.ArrayLike, labels: Sequence[str]) -> dict[str, float]:
    """Return the F1 score, in [0, 1], of each class by its label; NaN for one neither seen nor predicted.

    Args:
        outcome: (n,) class numbers 0..k-1.
        predicted: (n,) class numbers 0..k-1.
        labels: k names, in the order of the class numbers.

    Raises:
        ValueError: lengths differ, or a class number has no label.
    """
    y, guess = class_numbers(outcome, len(labels)), class_numbers(predicted, len(labels))
    if y.shape != guess.shape:
        raise ValueError(f"{len(y)} outcomes and {len(guess)} predictions; give one of each per row")
    scores = f1_score(y, guess, labels=np.arange(len(labels)), average=None, zero_division=np.nan)
    return dict(zip(labels, np.asarray(scores, dtype=np.float64).tolist(), strict=True))


def macro_f1(outcome: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """Return the mean F1 score, in [0, 1], over the classes that occur or are predicted.

    Raises:
        ValueError: lengths differ, there are no rows, or a class number is negative.
    """
    highest = int(max(np.max(outcome, initial=0), np.max(predicted, initial=0)))
    by_class = f1_by_class(outcome, predicted, [str(label) for label in range(highest + 1)])
    return float(np.nanmean(list(by_class.values())))


def normalised_gini(actual: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """Return how well predictions rank an amount: 1 is the order of the amounts, 0 chance, -1 the reverse.

    The Gini coefficient of the amounts in predicted order over that in their own order. Both are covariances
    of amount and rank (Lerman and Yitzhaki 1984); ties take their mean rank.

    Args:
        actual: (n,) amounts, not all equal.
        predicted: (n,) any numbers, greater where more is expected.

    Raises:
        ValueError: lengths differ, a number is missing, or all amounts are equal.
    """
    amount, guess = paired(actual, predicted)
    centred = amount - amount.mean()
    own = float(centred @ rankdata(amount))
    if own <= 0:
        raise ValueError(f"all {len(amount)} amounts are {amount[0]:g}, so there is no order to predict")
    return float(centred @ rankdata(guess)) / own


def equal_mass_bins(probability: FloatArray, bins: int) -> IntArray:
    """Return the bin number (n,) of each probability; bins hold as equal a number of rows as ties allow.

    Raises:
        ValueError: `bins` is below 1.
    """
    if bins < 1:
        raise ValueError(f"bins is {bins}; give 1 or more")
    edges = np.quantile(probability, np.arange(1, bins) / bins)
    return np.searchsorted(edges, probability, side="right").astype(np.int64)


def _calibration_error(y: FloatArray, p: FloatArray, bins: int) -> float:
    gaps = np.bincount(equal_mass_bins(p, bins), weights=y - p)
    return float(np.abs(gaps).sum() / len(p))


def _chance_error(p: FloatArray, bins: int, draws: int, generator: np.random.Generator) -> float:
    """Mean calibration error over outcomes drawn from the probabilities."""
    p = np.sort(p)
    starts = np.flatnonzero(np.diff(equal_mass_bins(p, bins), prepend=-1))
    expected = np.add.reduceat(p, starts)
    threshold = p.astype(np.float32)
    total = 0.0
    for size in _pieces(draws, len(p)):
        events = generator.random((size, len(p)), dtype=np.float32) < threshold
        counts = np.add.reduceat(events, starts, axis=1, dtype=np.int64)
        total += float(np.abs(counts - expected).sum())
    return total / (draws * len(p))


def _pieces(draws: int, rows: int) -> Iterator[int]:
    size = max(1, _DRAWN_AT_ONCE // rows)
    for start in range(0, draws, size):
        yield min(size, draws - start)


def _mean_over_classes(
    figure: Callable[[FloatArray, FloatArray], float], outcome: npt.ArrayLike, probability: npt.ArrayLike
) -> float:
    p = probabilities(probability)
    if p.ndim == 1:
        return figure(*binary(outcome, p))
    y = classes(outcome, p)
    return float(
        np.mean([figure((y == label).astype(np.float64), p[:, label]) for label in range(p.shape[1])])
    )
