"""How a feature is declared: measure x aggregate x window, with its unit and its empty value."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from features.kernel.columns import Floats, Int
from features.kernel.rows import Rows
from features.kernel.stream import Measure, Stream
from features.kernel.windows import Window


@dataclass(frozen=True)
class Feature:
    """One column: `compute` over a window of `days` (None: the whole history before the cutoff).

    Attributes:
        stream: the stream whose rows it looks at first.
        driver: what a person can act on, under which reasons are grouped ("recency", "promotions", ...).
        when_empty: the value where there is nothing to say, NaN included.
    """

    name: str
    stream: Stream
    days: int | None
    unit: str
    when_empty: float
    driver: str
    meaning: str
    compute: Callable[[Window], Floats]

    def trace(self) -> Trace:
        """The measures and windows that the computation touches, found by running it on nothing."""
        trace = Trace(self.stream.name, (self.days,))
        self.compute(trace)
        return trace

    def over(self, days: int) -> Feature:
        """The same feature over another window."""
        base = self.name.removesuffix(f"_{self.days}d")
        return replace(self, name=f"{base}_{days}d", days=days)


@dataclass
class Catalogue:
    """The measures and features of one stream, in the order in which they are declared."""

    stream: Stream
    features: dict[str, Feature] = field(default_factory=dict)

    def measure(
        self, *columns: str, optional: tuple[str, ...] = (), where: str | None = None
    ) -> Callable[[Callable[[Rows], Int]], Callable[[Rows], Int]]:
        """Declare an int64 measure under the function's name, see `Measure`."""

        def declare(compute: Callable[[Rows], Int]) -> Callable[[Rows], Int]:
            name = compute.__name__
            self.stream.measures[_new(name, self.stream.measures)] = Measure(
                name, columns, compute, optional, where
            )
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
                    name, self.stream, days, unit, when_empty, driver, meaning, compute
                )
            return compute

        return declare


def schema_hash(names: Iterable[str]) -> str:
    """Hash of an ordered list of feature names: a model and a matrix fit when it is the same."""
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]


class Trace(Window):
    """Stands in for a window and writes down what is asked of it.

    Attributes:
        measures: (stream, measure) of everything asked for.
        windows: the window lengths asked for, by stream; a stream that is touched at all is there.
    """

    def __init__(self, stream: str, days: tuple[int | None, ...], shared: Trace | None = None) -> None:
        self.days = days
        self._stream = stream
        self.measures: set[tuple[str, str]] = shared.measures if shared else set()
        self.windows: dict[str, set[int]] = shared.windows if shared else {}

    def over(self, days: int | None) -> Window:
        """A trace over another window."""
        return Trace(self._stream, (days,), self)

    def of(self, stream: str) -> Window:
        """A trace of another stream."""
        return Trace(stream, self.days, self)

    def _note(self, measure: str) -> Floats:
        self.measures.add((self._stream, measure))
        self.windows.setdefault(self._stream, set()).update(day for day in self.days if day is not None)
        return np.empty((1, 0))

    sum = maximum = last = days_since = distinct = _note

    def month(self) -> Floats:
        """Nothing is asked of a stream."""
        return np.empty((1, 0))


def _new(name: str, taken: Iterable[str]) -> str:
    if name in taken:
        raise ValueError(f"{name!r} is declared twice; one concept, one name")
    return name
