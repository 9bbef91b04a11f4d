"""Small charts as inline SVG, coloured by the style sheet of the page that holds them.

Every chart has a title for screen readers, needs no script and no font of its own, and prints. Colours come from
classes (`fill-main`, `line-main`, `rule`, `band`, ...), so that one drawing serves light, dark and paper.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

WIDE, HALF = 1040, 500
HEIGHT = 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 14, 40, 30
_ROWS = (10, 25)
"""Heights above the plot at which labels stand: one that would overlap another goes up, or away."""

_CHARACTER = 7.0  # usual width of a character at the size of the labels


@dataclass
class Chart:
    """A plot area with linear scales, on which marks are put one after another.

    Args:
        title: what the chart shows, for who cannot see it.
        x: first and last value of the horizontal scale.
        y: top of the vertical scale.
        width: in pixels.
        bottom: where the vertical scale begins.
    """

    title: str
    x: tuple[float, float]
    y: float
    width: int = HALF
    height: int = HEIGHT
    bottom: float = 0.0
    _marks: list[str] = field(default_factory=list)
    _taken: list[tuple[int, float, float]] = field(default_factory=list)

    def across(self, value: float) -> float:
        """Horizontal position of a value, pixels."""
        first, last = self.x
        inner = self.width - _LEFT - _RIGHT
        return _LEFT + inner * (value - first) / ((last - first) or 1)

    def up(self, value: float) -> float:
        """Vertical position of a value, pixels from the top."""
        inner = self.height - _TOP - _BOTTOM
        share = (min(value, self.y) - self.bottom) / ((self.y - self.bottom) or 1)
        return _TOP + inner * (1 - max(share, 0.0))

    def grid(self, ticks: Sequence[tuple[float, str]]) -> Chart:
        """Horizontal lines with their labels."""
        for value, label in ticks:
            y = self.up(value)
            self._put(
                f'<line class="grid" x1="{_LEFT}" x2="{self.width - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            )
            self._text(_LEFT - 8, y + 4, label, "end")
        return self

    def labels(self, ticks: Sequence[tuple[float, str]]) -> Chart:
        """Labels below the horizontal scale; those that would overlap are left out."""
        free = -math.inf
        for value, label in ticks:
            half = _CHARACTER * len(label) / 2
            x = min(self.across(value), self.width - half - 2)  # the last one ends with the drawing
            if x - half >= free:
                self._text(x, self.height - _BOTTOM + 18, label, "middle")
                free = x + half + 8
        return self

    def bars(self, bars: Sequence[tuple[float, float, float]], kind: str = "main") -> Chart:
        """Upright bars of (from, to, height)."""
        for first, last, value in bars:
            x, y = self.across(first), self.up(value)
            width = max(self.across(last) - x - 1, 0.8)
            height = self.up(0) - y
            self._put(
                f'<rect class="fill-{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
            )
        return self

    def line(self, points: Sequence[tuple[float, float]], kind: str = "main", *, area: bool = False) -> Chart:
        """A line through points, with an area below it where wanted."""
        if not points:
            return self
        path = " ".join(f"{self.across(x):.1f},{self.up(y):.1f}" for x, y in points)
        if area:
            first, last = self.across(points[0][0]), self.across(points[-1][0])
            base = self.up(0)
            self._put(
                f'<polygon class="area-{kind}" points="{first:.1f},{base:.1f} {path} {last:.1f},{base:.1f}"/>'
            )
        self._put(f'<polyline class="line-{kind}" points="{path}"/>')
        return self

    def dots(self, points: Sequence[tuple[float, float]], kind: str = "main") -> Chart:
        """A dot at each point."""
        for x, y in points:
            self._put(f'<circle class="dot-{kind}" cx="{self.across(x):.1f}" cy="{self.up(y):.1f}" r="3.5"/>')
        return self

    def whiskers(self, spans: Sequence[tuple[float, float, float]]) -> Chart:
        """An upright line at x from one value to another, for each of (x, low, high)."""
        for x, low, high in spans:
            place = f"{self.across(x):.1f}"
            y1, y2 = self.up(low), self.up(high)
            self._put(f'<line class="whisker" x1="{place}" x2="{place}" y1="{y1:.1f}" y2="{y2:.1f}"/>')
        return self

    def band(self, first: float, last: float, label: str = "", kind: str = "band") -> Chart:
        """A shaded stretch of the horizontal scale, its label on top."""
        x = self.across(first)
        width = max(self.across(last) - x, 2.0)
        self._put(
            f'<rect class="{kind}" x="{x:.1f}" y="{_TOP}" width="{width:.1f}" height="{self.up(0) - _TOP:.1f}"/>'
        )
        if label:
            self._label(x + width / 2, label)
        return self

    def rule(self, value: float, label: str = "") -> Chart:
        """An upright line with its label on top."""
        x = self.across(value)
        self._put(f'<line class="rule" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 4}" y2="{self.up(0):.1f}"/>')
        if label:
            self._label(x, label)
        return self

    def level(self, value: float, label: str = "") -> Chart:
        """A horizontal line with its label at the right."""
        y = self.up(value)
        self._put(f'<line class="rule" x1="{_LEFT}" x2="{self.width - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        if label:
            self._text(self.width - _RIGHT, y - 5, label, "end", "strong")
        return self

    def svg(self) -> str:
        """The drawing."""
        base = self.up(max(self.bottom, 0.0))
        axis = f'<line class="axis" x1="{_LEFT}" x2="{self.width - _RIGHT}" y1="{base:.1f}" y2="{base:.1f}"/>'
        return (
            f'<svg role="img" viewBox="0 0 {self.width} {self.height}" aria-label="{escape(self.title)}">'
            f"<title>{escape(self.title)}</title>{''.join(self._marks)}{axis}</svg>"
        )

    def _label(self, x: float, label: str) -> None:
        half = _CHARACTER * len(label) / 2
        middle = min(max(x, half), self.width - _RIGHT - half)
        first, last = middle - half, middle + half
        for row in _ROWS:
            if all(row != other or last < start or first > end for other, start, end in self._taken):
                self._taken.append((row, first - 4, last + 4))
                anchor, place = ("end", self.width - _RIGHT) if middle < x else ("middle", middle)
                self._text(place, _TOP - row, label, anchor, "strong")
                return

    def _text(self, x: float, y: float, text: str, anchor: str, kind: str = "") -> None:
        style = f' class="{kind}"' if kind else ""
        self._put(f'<text{style} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>')

    def _put(self, mark: str) -> None:
        self._marks.append(mark)


def nice_ticks(top: float, count: int = 4) -> list[float]:
    """Round numbers from 0 up to at least `top`, about `count` steps of 1, 2, 2.5 or 5 times a power of ten."""
    if top <= 0:
        return [0.0, 1.0]
    rough = top / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    return [step * number for number in range(math.ceil(top / step - 1e-9) + 1)]


def short_number(value: float) -> str:
    """A number in few characters: 950, 12k, 3.4M."""
    for unit, size in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:,.3g}"
