"""The kernel: sorted rows of whole customers in, one row for each (customer, cutoff) out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.kernel.chunk import Chunk
from features.kernel.columns import Floats, Int, Mask
from features.kernel.declare import Feature
from features.kernel.reference import Reference
from features.kernel.rows import Rows
from features.kernel.stream import CUSTOMER, Raw, Stream, events
from features.kernel.windows import Frames, Pairs, Window

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Plan:
    """Features made ready to be computed: which streams and windows they touch is found once.

    Args:
        leading: the stream in which a customer has to have a row before a cutoff; others may be empty.
        zone: business zone for days, weekdays and hours.
        reference: what is looked up beyond the customer's rows.
    """

    def __init__(
        self,
        features: Sequence[Feature],
        leading: Stream,
        *,
        zone: str = "UTC",
        reference: Reference | None = None,
    ) -> None:
        self.features = tuple(features)
        self.streams: dict[str, Stream] = {leading.name: leading}
        self._leading = leading.name
        self._zone, self._reference = zone, reference or Reference()
        days: dict[str, set[int]] = {leading.name: set()}
        for feature in self.features:
            self.streams.setdefault(feature.stream.name, feature.stream)
            for stream, asked in feature.trace().windows.items():
                days.setdefault(stream, set()).update(asked)
        self._days = {stream: sorted(asked) for stream, asked in days.items()}
        self._declared = _declarations(self.features)
        empty = np.array([[feature.when_empty] for feature in self.features], np.float32).reshape(-1, 1)
        self._never_empty = np.flatnonzero(~np.isnan(empty[:, 0]))
        self._when_empty = empty[self._never_empty]

    def build(self, chunk: Chunk, cutoffs: Sequence[datetime]) -> pa.Table:
        """Compute the features of whole customers at one or several cutoffs.

        A row counts at a cutoff when it happened before it and, where the table has `ingested_at`, had become
        known before it. Customers with no such row of the leading stream have no row in the result.

        Args:
            cutoffs: instants with a zone, any order, no two the same.

        Returns:
            Columns `customer_id`, `cutoff` (timestamp, UTC) and the features (float32); ordered by (customer,
            cutoff).

        Raises:
            ValueError: rows out of order, a cutoff without a zone or given twice.
        """
        pairs, values, present = self.values(chunk, _instants(cutoffs))
        return self._table(chunk.ids, pairs, values, present)

    def values(self, chunk: Chunk, instants: Int) -> tuple[Pairs, NDArray[np.float32], Mask]:
        """The same as arrays.

        Args:
            instants: cutoffs in microseconds, ascending.

        Returns:
            The pairs (customer, cutoff), the features of shape (features, pairs), and which of the pairs had a row of
            the leading stream that was known.
        """
        rows = self._rows(chunk)
        pairs = Pairs.of(rows[self._leading], instants)
        values = self._compute(rows, pairs)
        present = np.ones(len(pairs), bool)
        late = _late(rows.values(), pairs)
        if len(late):
            seen = self._visible(rows, pairs, late)
            known = seen[self._leading].starts[1:] > seen[self._leading].starts[:-1]
            as_known = Pairs(instants, np.arange(len(late)), pairs.cutoff[late])
            values[:, late] = self._compute(seen, as_known)
            present[late] = known
        return pairs, values, present

    def _compute(self, rows: Mapping[str, Rows], pairs: Pairs) -> NDArray[np.float32]:
        """Features of all pairs, shape (features, pairs); all windows of one declaration at once."""
        frames = Frames(rows, pairs, self._days)
        values = np.empty((len(self.features), len(pairs)), np.float32)
        for declared in self._declared:
            values[declared.places] = declared.compute(Window(frames, declared.stream, declared.days))
        known = values[self._never_empty]
        values[self._never_empty] = np.where(np.isnan(known), self._when_empty, known)
        return values

    def _rows(self, chunk: Chunk) -> dict[str, Rows]:
        sources = {source.table: source for stream in self.streams.values() for source in stream.sources}
        raw = {
            name: Raw(sources[name], table, customer, self._reference, is_sorted=chunk.is_sorted)
            for name, (table, customer) in chunk.tables.items()
            if name in sources
        }
        return {
            name: Rows(
                stream, events(stream, raw), len(chunk.ids), zone=self._zone, reference=self._reference
            )
            for name, stream in self.streams.items()
        }

    @staticmethod
    def _visible(rows: Mapping[str, Rows], pairs: Pairs, late: Int) -> dict[str, Rows]:
        """The rows of pairs as they were known then.

        Gaps and first orders depend on which rows are there, so a late row is not subtracted but left out.
        """
        instants = pairs.instants[late]
        return {name: each.visible(pairs.customer[late], instants) for name, each in rows.items()}

    def _table(self, ids: pa.Array, pairs: Pairs, values: NDArray[np.float32], present: Mask) -> pa.Table:
        customer, instants = pairs.customer, pairs.instants
        if not present.all():
            customer, instants, values = customer[present], instants[present], values[:, present]
        columns = [ids.take(pa.array(customer)), pa.array(instants).view(pa.timestamp("us", "UTC"))]
        columns += [pa.array(column) for column in values]
        return pa.table(columns, names=[CUSTOMER, "cutoff", *(feature.name for feature in self.features)])


@dataclass(frozen=True)
class _Declared:
    """One declaration over the windows that are asked for; `places` are positions among all features."""

    stream: str
    compute: Callable[[Window], Floats]
    days: tuple[int | None, ...]
    places: slice | list[int]


def _declarations(features: Sequence[Feature]) -> list[_Declared]:
    groups: dict[tuple[str, Callable[[Window], Floats]], list[int]] = {}
    for place, feature in enumerate(features):
        groups.setdefault((feature.stream.name, feature.compute), []).append(place)
    found = []
    for (stream, compute), places in groups.items():
        together = places == list(range(places[0], places[-1] + 1))
        where = slice(places[0], places[-1] + 1) if together else places
        found.append(_Declared(stream, compute, tuple(features[place].days for place in places), where))
    return found


def _late(streams: Iterable[Rows], pairs: Pairs) -> Int:
    """The pairs with a row that had happened but was not known yet. Shape (late,)."""
    width = len(pairs.cutoffs)
    waiting: list[Int] = []
    for rows in streams:
        if not rows.has_late:
            continue
        late = np.flatnonzero(rows.known > rows.time)
        first = np.searchsorted(pairs.cutoffs, rows.time[late], side="right")
        until = np.searchsorted(pairs.cutoffs, rows.known[late], side="right")
        count = until - first
        late, first, count = late[count > 0], first[count > 0], count[count > 0]
        step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        waiting.append(np.repeat(rows.customer[late] * width + first, count) + step)
    if not waiting:
        return np.zeros(0, np.int64)
    found: Int = np.flatnonzero(np.isin(pairs.customer * width + pairs.cutoff, np.concatenate(waiting)))
    return found


def _instants(cutoffs: Sequence[datetime]) -> Int:
    for cutoff in cutoffs:
        if cutoff.tzinfo is None:
            raise ValueError(f"cutoff {cutoff.isoformat()} has no time zone; give an instant, such as +00:00")
    instants = np.array(
        sorted((cutoff - _EPOCH) // timedelta(microseconds=1) for cutoff in cutoffs), np.int64
    )
    if len(np.unique(instants)) != len(cutoffs) or not len(cutoffs):
        raise ValueError(f"{len(cutoffs)} cutoffs were given; at least one is needed, each once")
    return instants
