"""What drives a model's scores, over everybody and by segment: mean absolute SHAP values of each driver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.artifact import Model
from models.reasons import drivers_of

Floats = NDArray[np.float64]
Codes = NDArray[np.integer]
_CHUNK = 1_000
"""Rows whose contributions are held at a time: a thousand rows of 300 features are some megabytes a label."""


@dataclass(frozen=True)
class Importance:
    """How much each driver moves the scores, in log-odds.

    Attributes:
        drivers: names, the most important over everybody first.
        overall: shape (drivers,), mean absolute effect over all rows.
        segments: names of the segments; empty where none were asked for.
        by_segment: shape (segments, drivers), the same over the rows of a segment; NaN where it has none.
        effect: shape (segments, drivers), mean effect on the last label with its sign; NaN where a segment has no
            row. Positive speaks for the last label (leaving).
        rows: shape (segments,), rows of each segment.
    """

    drivers: tuple[str, ...]
    overall: Floats
    segments: tuple[str, ...]
    by_segment: Floats
    effect: Floats
    rows: NDArray[np.int64]

    def of(self, segment: str | None = None) -> dict[str, float]:
        """Importance by driver, over everybody or in a segment, in the order of `drivers`.

        Raises:
            LookupError: there is no such segment.
        """
        if segment is None:
            return dict(zip(self.drivers, self.overall.tolist(), strict=True))
        if segment not in self.segments:
            raise LookupError(f"no segment {segment!r}; there are: {', '.join(self.segments) or 'none'}")
        values = self.by_segment[self.segments.index(segment)]
        return dict(zip(self.drivers, values.tolist(), strict=True))


def importance(
    model: Model,
    values: NDArray[np.float32],
    codes: Codes | None = None,
    segments: Sequence[str] = (),
) -> Importance:
    """Mean absolute effect of each driver on the log-odds, over all rows and by segment.

    Features are grouped by driver as reasons are: the effects of a driver's features are added within a row
    before the absolute value is taken. Of two labels the last is meant, of more the mean over all of them.

    Args:
        values: shape (rows, features), in the order of `model.features`.
        codes: shape (rows,), index into `segments` of each row, or -1 for a row of no segment.
        segments: names of the segments.

    Raises:
        ValueError: there are no rows, codes and rows differ in number, or a code names no segment.
    """
    if not len(values):
        raise ValueError("importance is a mean over rows, and there are none; give the rows of a population")
    codes = _checked(codes, len(values), len(segments))
    drivers, size, effect = _sums(model, values, codes, len(segments))
    rows = np.bincount(codes[codes >= 0], minlength=len(segments)).astype(np.int64)
    total = size.sum(axis=0)
    order = np.argsort(-total, kind="stable")
    divisor = np.where(rows > 0, rows, np.nan)[:, None]
    return Importance(
        drivers=tuple(drivers[i] for i in order),
        overall=total[order] / len(values),
        segments=tuple(segments),
        by_segment=size[:-1, order] / divisor,
        effect=effect[:-1, order] / divisor,
        rows=rows,
    )


def _sums(
    model: Model, values: NDArray[np.float32], codes: Codes, segments: int
) -> tuple[list[str], Floats, Floats]:
    """Drivers, and sums of their absolute and signed effects, shape (segments + 1, drivers); last: of none."""
    drivers, member = drivers_of(model.features)
    size = np.zeros((segments + 1, len(drivers)))
    effect = np.zeros_like(size)
    for start in range(0, len(values), _CHUNK):
        effects = model.contributions(values[start : start + _CHUNK]) @ member
        judged = effects[:, -1:] if len(model.labels) == 2 else effects
        # code -1 is the last row
        np.add.at(size, codes[start : start + _CHUNK], np.abs(judged).mean(axis=1))
        np.add.at(effect, codes[start : start + _CHUNK], effects[:, -1])
    return drivers, size, effect


def _checked(codes: Codes | None, rows: int, segments: int) -> Codes:
    """Codes of every row; -1 for all where none were given."""
    if codes is None:
        return np.full(rows, -1)
    if codes.shape != (rows,):
        raise ValueError(f"{rows} rows and segment codes of shape {codes.shape}; give one code for each row")
    if rows and (codes.min() < -1 or codes.max() >= segments):
        raise ValueError(
            f"segment codes run from {codes.min()} to {codes.max()}, there are {segments} segments; "
            f"give -1 to {segments - 1}"
        )
    return codes
