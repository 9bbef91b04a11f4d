"""Sets of order lines side by side: a picture, a table, and one HTML page of both."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from datasets.simulator.marginals import (
    DISTRIBUTIONS,
    QUANTILES,
    SEASONS,
    SHARES,
    Floats,
    Marginals,
    distance,
    seasons_apart,
)
from features.workspace import replacing_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Sets = Mapping[str, Marginals]
"""By the name to show; the first is what the others are compared with."""

COLOURS = ("#c2410c", "#1d4ed8", "#15803d", "#7e22ce")
_POINTS = 400
_LOWEST = {"gap_days": 1.0, "lines": 1.0, "order_value": 0.01, "orders": 0.3}
_HIGHEST = {"gap_days": 400.0, "lines": 300.0, "order_value": 30.0, "orders": 400.0}


def write_page(sets: Sets, target: Path) -> None:
    """Write one HTML page that sets the marginals side by side, with plots; replaced if it is there."""
    page = _PAGE.format(
        tables="".join(_html(title, rows) for title, rows in tables(sets).items()),
        picture=base64.b64encode(picture(sets)).decode("ascii"),
    )
    with replacing_file(target) as fresh:
        fresh.write_text(page, encoding="utf-8")


def tables(sets: Sets) -> dict[str, list[list[str]]]:
    """Rows of text under a header, by title: quantiles, shares, and how far each set is from the first."""
    names = list(sets)
    percent = " / ".join(f"{100 * share:g}" for share in QUANTILES)
    quantiles = [
        [title, *(" / ".join(_plain(value) for value in one.quantiles(name)) for one in sets.values())]
        for name, title in DISTRIBUTIONS.items()
    ]
    shares = [
        [title, *(_share(getattr(one, name)) for one in sets.values())] for name, title in SHARES.items()
    ]
    first, *others = sets.values()
    apart = [
        [title, *(f"{distances(first, one)[name]:.3f}" for one in others)]
        for name, title in _COMPARED.items()
    ]
    return {
        f"Quantiles at {percent} %": [["", *names], *quantiles],
        "Shares": [["", *names], *shares],
        f"How far from {names[0]}: 0 is alike, 1 is apart": [["", *names[1:]], *apart],
    }


_COMPARED = DISTRIBUTIONS | SEASONS


def distances(one: Marginals, other: Marginals) -> dict[str, float]:
    """Kolmogorov-Smirnov distance of each distribution, total variation distance of each season; in [0, 1]."""
    found = {name: distance(getattr(one, name), getattr(other, name)) for name in DISTRIBUTIONS}
    return found | {name: seasons_apart(getattr(one, name), getattr(other, name)) for name in SEASONS}


def _plain(value: float) -> str:
    """Three digits, and no power of ten."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.1%}"


def _html(title: str, rows: list[list[str]]) -> str:
    head, *body = (
        "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row)
        for tag, row in (("td" if number else "th", row) for number, row in enumerate(rows))
    )
    lines = "".join(f"<tr>{line}</tr>" for line in body)
    return (
        f"<h2>{html.escape(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>\n"
    )


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Is the simulated shop plausible?</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 78em; padding: 0 1em; color: #222 }}
h2 {{ font-size: 1.05em; margin: 2em 0 .4em }}
table {{ border-collapse: collapse }}
td, th {{ padding: .25em .9em; text-align: right; border-bottom: 1px solid #ddd; font-variant-numeric: tabular-nums }}
td:first-child {{ text-align: left }}
img {{ max-width: 100% }}
</style>
<h1>Is the simulated shop plausible?</h1>
<p>Orders of known customers. The value of an order is shown as a multiple of the set's own median, so that currencies
compare; orders of a customer are those of a year.</p>
<img alt="The marginals of each set of order lines, drawn over one another" src="data:image/png;base64,{picture}">
{tables}</html>
"""


def picture(sets: Sets, dpi: int = 90) -> bytes:
    """The marginals of all sets drawn over one another, as PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(15, 7.2), layout="constrained")
    panels = figure.subplots(2, 4).ravel()
    for panel, (name, title) in zip(panels, DISTRIBUTIONS.items(), strict=False):
        _curves(panel, sets, name, title)
    _lorenz(panels[4], sets)
    _bars(panels[5], sets)
    _season(panels[6], sets, "weekdays", ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"])
    _season(panels[7], sets, "months", list("JFMAMJJASOND"))
    for panel in panels:
        panel.spines[["top", "right"]].set_visible(False)
        panel.grid(alpha=0.25)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(sets), frameon=False)
    written = io.BytesIO()
    figure.savefig(written, format="png", dpi=dpi)
    return written.getvalue()


def _curves(panel: Axes, sets: Sets, name: str, title: str) -> None:
    """Share at or below each value: a step for each of whole numbers, hardly seen for the others."""
    at = np.geomspace(_LOWEST[name], _HIGHEST[name], _POINTS)
    for (label, one), colour in zip(sets.items(), COLOURS, strict=False):
        values = np.sort(getattr(one, name))
        panel.plot(at, np.searchsorted(values, at, side="right") / len(values), label=label, color=colour)
    panel.set(title=title, xscale="log", ylim=(0, 1), ylabel="share at or below")
    panel.xaxis.set_major_formatter("{x:g}")


def _lorenz(panel: Axes, sets: Sets) -> None:
    """Share of spend of the customers who spend least."""
    for one, colour in zip(sets.values(), COLOURS, strict=False):
        share = np.concatenate([[0.0], np.cumsum(one.spend) / one.spend.sum()])
        panel.plot(*_thinned(np.linspace(0, 1, len(share)), share), color=colour)
    panel.plot([0, 1], [0, 1], color="#999", linewidth=0.8, linestyle="--")
    panel.set(
        title="concentration of spend", xlabel="share of customers, least first", ylabel="share of spend"
    )


def _thinned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    kept = np.unique(np.linspace(0, len(x) - 1, _POINTS).astype(int))
    return x[kept], y[kept]


def _bars(panel: Axes, sets: Sets) -> None:
    """Shares beside one another; a set without list prices has none of the first two."""
    names = ["promoted", "discount", "guests", "returns"]
    width = 0.8 / len(sets)
    for place, (one, colour) in enumerate(zip(sets.values(), COLOURS, strict=False)):
        values = [100 * (getattr(one, name) or 0.0) for name in names]
        panel.bar(np.arange(len(names)) + (place - (len(sets) - 1) / 2) * width, values, width, color=colour)
    panel.set_xticks(
        range(len(names)),
        ["lines below\nlist price", "discount", "guest\nlines", "returned\nlines"],
        fontsize=8,
    )
    panel.set(title="shares, in %")


def _season(panel: Axes, sets: Sets, name: str, ticks: list[str]) -> None:
    """Each part of a season as a multiple of the mean part."""
    for one, colour in zip(sets.values(), COLOURS, strict=False):
        values = getattr(one, name)
        panel.plot(range(len(ticks)), values / np.nanmean(values), color=colour, marker="o", markersize=3)
    panel.set_xticks(range(len(ticks)), ticks)
    panel.set(title=f"orders, {SEASONS[name]}", ylabel="multiple of the mean", ylim=(0, None))
