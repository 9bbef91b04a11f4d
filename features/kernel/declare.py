"""How a feature is declared: measure x aggregate x window, with its unit and its empty value."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from features.kernel.rows import Int, Measure, Rows, Stream
from features.kernel.windows import Floats, Frame, Window


@dataclass(frozen=True)
class Feature:
    """One column: `compute` over a window of `days` (None: the whole history before the cutoff).

    Attributes:
        driver: what a person can act on, under which reasons are grouped ("recency", "promotions", ...).
        when_empty: the value where there is nothing to say, NaN included.
    """

    name: str
    days: int | None
    unit: str
    when_empty: float
    driver: str
    meaning: str
    compute: Callable[[Window], Floats]

    def values(self, frame: Frame) -> Floats:
        """The column for the pairs of a frame, shape (pairs,)."""
        values = self.compute(Window(frame, self.days))
        return np.where(np.isnan(values), self.when_empty, values)

    def trace(self) -> _Trace:
        """The measures and windows that the computation touches, found by running it on nothing."""
        trace = _Trace(self.days)
        self.compute(trace)
        return trace

    def over(self, days: int) -> Feature:
        """The same feature over another window."""
        base = self.name.removesuffix(f"_{self.days}d")
        return Feature(
            f"{base}_{days}d", days, self.unit, self.when_empty, self.driver, self.meaning, self.compute
        )


@dataclass
class Catalogue:
    """The features of one stream, in the order in which they are declared."""

    measures: dict[str, Measure] = field(default_factory=dict)
    features: dict[str, Feature] = field(default_factory=dict)

    def measure(self, *columns: str) -> Callable[[Callable[[Rows], Int]], Callable[[Rows], Int]]:
        """Declare an int64 measure under the function's name, and the columns that it reads."""

        def declare(compute: Callable[[Rows], Int]) -> Callable[[Rows], Int]:
            name = compute.__name__
            self.measures[_new(name, self.measures)] = Measure(name, columns, compute)
            return compute

        return declare

    def feature(
        self, *, unit: str, when_empty: float, driver: str, windows: tuple[int, ...] = ()
    ) -> Callable[[Callable[[Window], Floats]], Callable[[Window], Floats]]:
        """Declare a feature under the function's name, once for each window (days) or over all history."""

        def declare(compute: Callable[[Window], Floats]) -> Callable[[Window], Floats]:
            base, meaning = compute.__name__, inspect.getdoc(compute)
            if not meaning:
                raise ValueError(f"feature {base!r} has no docstring; it is the entry in the dictionary")
            for days in windows or (None,):
                name = base if days is None else f"{base}_{days}d"
                self.features[_new(name, self.features)] = Feature(
                    name, days, unit, when_empty, driver, meaning, compute
                )
            return compute

        return declare

    def columns_of(self, feature: Feature) -> tuple[str, ...]:
        """The columns that a feature reads, sorted."""
        measures = feature.trace().measures
        return tuple(sorted({column for name in measures for column in self.measures[name].columns}))

    def available(self, columns: Iterable[str]) -> tuple[Feature, ...]:
        """The features that can be computed where only these columns are there."""
        there = set(columns)
        return tuple(f for f in self.features.values() if there.issuperset(self.columns_of(f)))

    def stream(self, table: str, customer: str, time: str, key: tuple[str, ...]) -> Stream:
        """The catalogue's measures over a table."""
        return Stream(table, customer, time, key, self.measures)


def schema_hash(names: Iterable[str]) -> str:
    """Hash of an ordered list of feature names: a model and a matrix fit when it is the same."""
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]


class _Trace(Window):
    """Stands in for a window and writes down what is asked of it."""

    def __init__(self, days: int | None, shared: _Trace | None = None) -> None:
        self.days = days
        self.measures: set[str] = shared.measures if shared else set()
        self.windows: set[int] = shared.windows if shared else set()
        if days is not None:
            self.windows.add(days)

    def over(self, days: int | None) -> Window:
        return _Trace(days, self)

    def _note(self, measure: str) -> Floats:
        self.measures.add(measure)
        return np.empty(0)

    sum = maximum = last = days_since = distinct = _note


def _new(name: str, taken: Iterable[str]) -> str:
    if name in taken:
        raise ValueError(f"{name!r} is declared twice; one concept, one name")
    return name
