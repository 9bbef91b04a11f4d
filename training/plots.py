"""The pictures of a model card: are probabilities true, how much is gained, what is confused, what counts.

Each function returns a figure of its own that belongs to no global state, so figures can be drawn in any
thread and are freed with their last reference. Colours are Okabe and Ito's (2008), which colour-blind readers
can tell apart; every line also differs in dash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from training.metrics import CALIBRATION_BINS, calibration_error, equal_mass_bins, gains_at
from training.outcomes import FloatArray, IntArray, binary, class_numbers, paired

BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY = "#CC79A7", "#56B4E9"
GREY, DARK = "#999999", "#333333"

_LINES = [
    (BLUE, "-"),
    (ORANGE, "--"),
    (GREEN, "-."),
    (VERMILION, ":"),
    (PURPLE, (0, (5, 1))),
    (SKY, (0, (1, 1))),
]
_CURVE_POINTS = 201


def reliability_diagram(
    outcome: npt.ArrayLike,
    probability: npt.ArrayLike,
    *,
    title: str = "Are the probabilities true?",
    event: str = "churn",
    bins: int = CALIBRATION_BINS,
) -> Figure:
    """Return observed share against predicted probability in bins of equal mass, above a histogram.

    Args:
        outcome: (n,) 0 or 1.
        probability: (n,) of outcome 1, in [0, 1].
        title: of the figure.
        event: what outcome 1 means, for the axis labels.
        bins: how many, each of about n / bins rows; bars show the standard error of the observed share.

    Raises:
        ValueError: lengths differ, or a number is missing or out of range.
    """
    error = calibration_error(outcome, probability, bins)
    y, p = binary(outcome, probability)
    figure = Figure(figsize=(6.4, 6.4), layout="constrained")
    upper, lower = figure.subplots(2, 1, height_ratios=[3, 1], sharex=True)
    limit = _draw_reliability(upper, y, p, bins)
    upper.set(title=title, ylabel=f"observed share of {event}")
    upper.text(
        0.98, 0.04, f"calibration error {error:.3f}", transform=upper.transAxes, ha="right", color=DARK
    )
    lower.hist(p, bins=np.linspace(0, limit, 41).tolist(), color=SKY, edgecolor="white", linewidth=0.5)
    lower.set(xlabel=f"predicted probability of {event}", ylabel="rows")
    _quiet(upper)
    _quiet(lower)
    _percent(upper.yaxis, lower.xaxis)
    return figure


def gains_chart(
    outcome: npt.ArrayLike,
    scores: Mapping[str, npt.ArrayLike],
    *,
    title: str = "How many leavers are reached?",
    event: str = "leavers",
) -> Figure:
    """Return cumulative gains and lift of a model beside its baselines.

    Args:
        outcome: (n,) 0 or 1.
        scores: name to scores (n,), greater where the event is likelier; the first is drawn as the model.
        title: of the figure.
        event: what outcome 1 means, in the plural, for the axis labels.

    Raises:
        ValueError: there are no scores, lengths differ, a number is missing, or no event occurs.
    """
    if not scores:
        raise ValueError("there are no scores to draw; give at least one name with its scores")
    figure = Figure(figsize=(10.4, 4.8), layout="constrained")
    figure.suptitle(title)
    gains, lift = figure.subplots(1, 2)
    for number, (name, score) in enumerate(scores.items()):
        _draw_gains(gains, lift, number, name, *binary(outcome, score))
    gains.plot([0, 1], [0, 1], color=GREY, linewidth=1, label="chance")
    lift.axhline(1, color=GREY, linewidth=1)
    contacted = "share of customers contacted, riskiest first"
    gains.set(xlabel=contacted, ylabel=f"share of {event} reached", xlim=(0, 1), ylim=(0, 1.02))
    lift.set(xlabel=contacted, ylabel=f"lift: {event} reached over chance", xlim=(0, 1))
    gains.legend(loc="lower right", frameon=False)
    _quiet(gains)
    _quiet(lift)
    _percent(gains.xaxis, gains.yaxis, lift.xaxis)
    return figure


def amounts_diagram(
    actual: npt.ArrayLike, said: npt.ArrayLike, *, title: str = "Do foretold amounts come?", bins: int = 20
) -> Figure:
    """Return mean amounts that came against mean amounts foretold, in bins of equally many rows.

    Args:
        actual: (n,) amounts that came.
        said: (n,) amounts that were foretold.
        title: of the figure.
        bins: how many; fewer where there are fewer rows.

    Raises:
        ValueError: lengths differ, there are no rows, or a number is missing.
    """
    y, p = paired(actual, said)
    parts = np.array_split(np.argsort(p, kind="stable"), min(bins, len(p)))
    means = np.array([(p[part].mean(), y[part].mean()) for part in parts])
    figure = Figure(figsize=(6.4, 6.4), layout="constrained")
    figure.suptitle(title)
    axes = figure.subplots()
    end = float(means.max()) * 1.05
    axes.plot([0, end], [0, end], color=GREY, linewidth=1, label="as foretold")
    axes.plot(*means.T, color=BLUE, marker="o", label=f"{len(parts)} groups of customers")
    axes.set(
        xlabel="foretold, mean of the group (minor units)", ylabel="came, mean of the group (minor units)"
    )
    axes.legend(loc="upper left", frameon=False)
    _quiet(axes)
    return figure


def confusion_matrix(
    outcome: npt.ArrayLike,
    predicted: npt.ArrayLike,
    labels: Sequence[str],
    *,
    title: str = "What is taken for what?",
) -> Figure:
    """Return the confusion matrix: shares of each true class, with counts.

    Args:
        outcome: (n,) class numbers 0..k-1.
        predicted: (n,) class numbers 0..k-1.
        labels: k names, in the order of the class numbers.
        title: of the figure.

    Raises:
        ValueError: lengths differ, or a class number has no label.
    """
    counts = _confusion(
        class_numbers(outcome, len(labels)), class_numbers(predicted, len(labels)), len(labels)
    )
    totals = counts.sum(axis=1)
    size = 2.6 + 0.95 * len(labels)
    figure = Figure(figsize=(size + 0.2, size - 0.6), layout="constrained")
    axes = figure.subplots()
    _draw_cells(axes, counts, totals)
    axes.set_xticks(range(len(labels)), labels)
    axes.set_yticks(
        range(len(labels)), [f"{name}\n({rows:,})" for name, rows in zip(labels, totals, strict=True)]
    )
    axes.set(title=title, xlabel="predicted: share of the row, and rows", ylabel="true (rows)")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return figure


def feature_importance(
    names: Sequence[str],
    importance: npt.ArrayLike,
    *,
    measure: str = "mean |contribution|, log-odds",
    top: int = 20,
    title: str = "What the model looks at",
) -> Figure:
    """Return the most important features, or groups of features, as bars, the greatest on top.

    Args:
        names: k names.
        importance: (k,) 0 or more, such as gain, or mean absolute contribution.
        measure: what `importance` is, with its unit, for the axis.
        top: how many to show.
        title: of the figure.

    Raises:
        ValueError: lengths differ, there are no names, or an importance is negative or missing.
    """
    size = np.asarray(importance, dtype=np.float64)
    if size.shape != (len(names),) or not len(names):
        raise ValueError(f"{len(names)} names and importances of shape {size.shape}; give one for each name")
    if not (size >= 0).all():
        raise ValueError("an importance is negative or NaN; give gains or mean absolute contributions")
    shown = np.argsort(-size, kind="stable")[:top]
    figure = Figure(figsize=(7.6, 1.3 + 0.27 * len(shown)), layout="constrained")
    axes = figure.subplots()
    bars = axes.barh([names[index] for index in shown], size[shown], color=BLUE)
    rest = "" if len(shown) == len(names) else f" (top {len(shown)} of {len(names)})"
    axes.bar_label(bars, [_short(size[index]) for index in shown], padding=3, color=DARK, fontsize=8)
    axes.invert_yaxis()
    axes.set(title=title + rest, xlabel=measure)
    axes.margins(x=0.1, y=0.02)
    _quiet(axes, grid="x")
    return figure


def _draw_reliability(axes: Axes, y: FloatArray, p: FloatArray, bins: int) -> float:
    """Draw the bins beside the diagonal, and return where both axes end."""
    predicted, observed, spread = bin_means(y, p, bins)
    limit = min(1.0, 1.05 * max(p.max(), (observed + spread).max(), 0.05))
    axes.plot([0, limit], [0, limit], color=GREY, linestyle="--", label="perfectly calibrated")
    label = f"bins of {len(p) / len(predicted):,.0f} rows on average, ± 1 standard error"
    look: dict[str, Any] = {"fmt": "o-", "color": BLUE, "capsize": 3, "clip_on": False, "label": label}
    axes.errorbar(predicted, observed, yerr=spread, **look)
    axes.set(xlim=(0, limit), ylim=(0, limit))
    axes.legend(loc="upper left", frameon=False)
    return float(limit)


def _draw_gains(gains: Axes, lift: Axes, number: int, name: str, y: FloatArray, score: FloatArray) -> None:
    share = np.linspace(0, 1, _CURVE_POINTS)
    caught = gains_at(y, score, share)
    color, dash = _LINES[number % len(_LINES)]
    look: dict[str, Any] = {"color": color, "linestyle": dash, "linewidth": 1.4 if number else 2.4}
    gains.plot(share, caught, label=name, **look)
    lift.plot(share[2:], caught[2:] / share[2:], **look)  # below one per cent it is noise


def _draw_cells(axes: Axes, counts: IntArray, totals: IntArray) -> None:
    share = counts / np.maximum(totals, 1)[:, None]
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1.4)  # no darker than the numbers can stand
    for (row, column), count in np.ndenumerate(counts):
        ink = "white" if share[row, column] > 0.9 else DARK
        text = f"{share[row, column]:.0%}\n{count:,}" if totals[row] else "-"
        axes.text(column, row, text, ha="center", va="center", color=ink)


def bin_means(y: FloatArray, p: FloatArray, bins: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean probability, share of events, and its standard error, of each bin that holds rows."""
    number = np.unique(equal_mass_bins(p, bins), return_inverse=True)[1]
    rows = np.bincount(number)
    observed = np.bincount(number, weights=y) / rows
    return np.bincount(number, weights=p) / rows, observed, np.sqrt(observed * (1 - observed) / rows)


def _confusion(y: IntArray, guess: IntArray, classes: int) -> IntArray:
    if len(y) != len(guess):
        raise ValueError(f"{len(y)} outcomes and {len(guess)} predictions; give one of each per row")
    return np.bincount(y * classes + guess, minlength=classes**2).reshape(classes, classes).astype(np.int64)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _percent(*axis: Axis) -> None:
    for one in axis:
        one.set_major_formatter(PercentFormatter(1.0, decimals=0))


def _quiet(axes: Axes, grid: Literal["both", "x"] = "both") -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(axis=grid, color="#E5E5E5", linewidth=0.8)
