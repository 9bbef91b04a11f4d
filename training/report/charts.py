"""The pictures of a report, each an SVG with its caption: calibration, gains, lift, profit, origins."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from training.evaluation import Judgement
from training.metrics import CALIBRATION_BINS, gains_at
from training.origins import Backtest
from training.outcomes import FloatArray
from training.plots import bin_means
from training.profit import MODEL, Economics, profit_curves, scores_of
from training.readiness.chart import HALF, WIDE, Chart, nice_ticks, short_number
from training.readiness.plots import figure

KINDS = ("main", "second", "third", "fourth", "fifth", "sixth")
"""How lines look, in the order of model and baselines."""
POINTS = 121
LIFT_UP_TO = 0.5
LEAST_LIFT_SHARE = 0.01
HISTOGRAM = 30
TALL = 300


def reliability(judgement: Judgement) -> str:
    """Observed share against foretold probability, in bins of equal mass."""
    y, p = judgement.outcome.astype(np.float64), judgement.probability[:, 1]
    foretold, observed, error = bin_means(y, p, CALIBRATION_BINS)
    top = nice_ticks(float(max(foretold.max(), (observed + error).max())))
    limit = min(top[-1], 1.0)
    chart = _shares("Observed against foretold share of leavers", limit, top)
    chart.line([(0, 0), (limit, limit)], "quiet")
    points = list(zip(foretold.tolist(), observed.tolist(), strict=True))
    spans = zip(foretold, np.maximum(observed - error, 0), observed + error, strict=True)
    chart.whiskers([(float(x), float(low), float(high)) for x, low, high in spans]).line(points).dots(points)
    return figure(
        chart,
        f"Foretold probability across, share who left upwards, in {len(points)} bins of {len(y) // len(points):,} "
        "customers each, with one standard error. On the broken line probabilities are true.",
    )


def histogram(judgement: Judgement) -> str:
    """How many customers have which probability."""
    p = judgement.probability[:, 1]
    top = nice_ticks(float(p.max()))
    limit = min(top[-1], 1.0)
    counts, edges = np.histogram(p, np.linspace(0, limit, HISTOGRAM + 1))
    ticks = nice_ticks(float(counts.max()))
    chart = Chart("Customers by foretold probability", (0, limit), ticks[-1], HALF, TALL)
    chart.grid([(tick, short_number(tick)) for tick in ticks])
    chart.bars(list(zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True)))
    chart.labels(_percent(top, limit))
    middle = float(np.median(p))
    return figure(
        chart,
        f"Foretold probability across, customers upwards. Half are below {middle:.0%}; the mean is {p.mean():.1%}, "
        f"and {judgement.outcome.mean():.1%} left.",
    )


def gains(judgement: Judgement) -> str:
    """Share of the leavers that contacting a share of the customers reaches."""
    chart = _shares(
        "Share of leavers reached by share of customers contacted", 1.0, [0, 0.25, 0.5, 0.75, 1.0]
    )
    chart.line([(0, 0), (1, 1)], "quiet")
    shares = np.linspace(0, 1, POINTS)
    scores = scores_of(judgement)
    for kind, score in reversed(list(zip(KINDS, scores.values(), strict=False))):
        chart.line(_points(shares, gains_at(judgement.outcome, score, shares)), kind)
    reached = gains_at(judgement.outcome, scores[MODEL], [0.1, 0.2])
    caption = (
        f"Contacting the riskiest 10 % reaches {reached[0]:.0%} of the leavers, 20 % reach {reached[1]:.0%}."
    )
    return legend(list(scores)) + figure(chart, caption)


def lift(judgement: Judgement) -> str:
    """How many times more leavers than chance are among the contacted."""
    shares = np.linspace(LEAST_LIFT_SHARE, LIFT_UP_TO, POINTS)
    curves = {
        name: gains_at(judgement.outcome, score, shares) / shares
        for name, score in scores_of(judgement).items()
    }
    ticks = nice_ticks(max(float(curve.max()) for curve in curves.values()))
    chart = Chart("Lift by share of customers contacted", (0, LIFT_UP_TO), ticks[-1], HALF, TALL)
    chart.grid([(tick, f"{tick:g}") for tick in ticks]).line([(0, 1), (LIFT_UP_TO, 1)], "quiet")
    for kind, curve in reversed(list(zip(KINDS, curves.values(), strict=False))):
        chart.line(_points(shares, curve), kind)
    chart.labels(_percent(nice_ticks(LIFT_UP_TO), LIFT_UP_TO))
    return legend(list(curves)) + figure(
        chart, "Leavers among the contacted over leavers among all. 1 is chance."
    )


def profit(judgement: Judgement, economics: Economics, capacity: float, currency: str) -> str:
    """Profit by share of customers contacted."""
    shares = np.linspace(0, 1, POINTS)
    curves = profit_curves(judgement, economics, shares)
    top = max(float(curve.max()) for curve in curves.values())
    low = min(float(curve.min()) for curve in curves.values())
    ticks = _signed_ticks(low, max(top, 0.0))
    chart = Chart("Profit by share of customers contacted", (0, 1), ticks[-1], WIDE, TALL, bottom=ticks[0])
    chart.grid([(tick, short_number(tick)) for tick in ticks])
    for kind, curve in reversed(list(zip(KINDS, curves.values(), strict=False))):
        chart.line(_points(shares, curve), kind)
    chart.rule(capacity, f"capacity {capacity:.0%}")
    chart.labels(_percent([0, 0.25, 0.5, 0.75, 1.0], 1.0))
    best = int(curves[MODEL].argmax())
    return legend(list(curves)) + figure(
        chart,
        f"Profit upwards, {currency}, over contacting nobody. The model earns most at {shares[best]:.0%} of the "
        f"customers: {curves[MODEL][best]:,.0f} {currency}.",
    )


def origins(backtest: Backtest) -> str:
    """The ranking figure of model and baselines at each origin."""
    names = [MODEL, *backtest.baselines]
    series = {
        name: [
            one.figures[backtest.key if name == MODEL else f"{name}_{backtest.key}"]
            for one in backtest.origins
        ]
        for name in names
    }
    low = math.floor(min(min(values) for values in series.values()) * 20) / 20
    ticks = [low + 0.05 * step for step in range(round((1 - low) / 0.05) + 1)]
    first = backtest.origins[0].cutoff
    days = [(one.cutoff - first).total_seconds() / 86_400 for one in backtest.origins]
    edge = max(days[-1] * 0.03, 1.0)
    ceiling = next(tick for tick in ticks if tick >= max(max(values) for values in series.values()) - 1e-9)
    chart = Chart("AUROC at each origin", (-edge, days[-1] + edge), ceiling, WIDE, TALL, bottom=low)
    chart.grid([(tick, f"{tick:.2f}") for tick in ticks if tick <= ceiling + 1e-9])
    for kind, values in reversed(list(zip(KINDS, series.values(), strict=False))):
        chart.line(list(zip(days, values, strict=True)), kind)
    chart.dots(list(zip(days, series[MODEL], strict=True)))
    chart.labels([(day, f"{one.cutoff:%Y-%m-%d}") for day, one in zip(days, backtest.origins, strict=True)])
    return legend(names) + figure(
        chart, "Each point: trained on what was known then, judged on the horizon after."
    )


def legend(names: Sequence[str]) -> str:
    """The look of each line with its name."""
    keys = "".join(
        f'<span><svg viewBox="0 0 38 10" aria-hidden="true"><polyline class="line-{kind}" points="0,5 38,5"/></svg>'
        f"{escape(name.replace('_', ' '))}</span>"
        for kind, name in zip(KINDS, names, strict=False)
    )
    return f'<p class="key">{keys}</p>'


def driver_bars(overall: Mapping[str, float]) -> list[tuple[str, float, str]]:
    """Rows for meters: each driver, its size over the largest, and its size."""
    largest = max(overall.values(), default=0.0) or 1.0
    return [(name.replace("_", " "), size / largest, f"{size:.3f}") for name, size in overall.items()]


def _shares(title: str, limit: float, ticks: Sequence[float]) -> Chart:
    """A square of shares: both scales in percent."""
    chart = Chart(title, (0, limit), limit, HALF, TALL)
    shown = [tick for tick in ticks if tick <= limit + 1e-9]
    return chart.grid([(tick, f"{tick:.0%}") for tick in shown]).labels(_percent(shown, limit))


def _percent(ticks: Sequence[float], limit: float) -> list[tuple[float, str]]:
    return [(tick, f"{tick:.0%}") for tick in ticks if tick <= limit + 1e-9]


def _points(x: FloatArray, y: FloatArray) -> list[tuple[float, float]]:
    return list(zip(x.tolist(), y.tolist(), strict=True))


def _signed_ticks(low: float, top: float) -> list[float]:
    """Round numbers from at most `low`, which may be negative, to at least `top`, 0 among them."""
    step = nice_ticks(max(top, -low))[1]
    first = math.floor(low / step + 1e-9) if low < 0 else 0
    last = max(math.ceil(top / step - 1e-9), first + 1)
    return [step * number for number in range(first, last + 1)]
