"""The kernel: sorted rows of whole customers in, one row for each (customer, cutoff) out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from features.kernel.chunk import Chunk
from features.kernel.columns import Int, Mask
from features.kernel.declare import Feature, compute
from features.kernel.reference import Reference
from features.kernel.rows import Rows
from features.kernel.stream import CUSTOMER, Raw, Stream, events
from features.kernel.windows import Frames, Pairs

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
        instants = _instants(cutoffs)
        rows = self._rows(chunk)
        pairs = Pairs.of(rows[self._leading], instants)
        values = compute(self.features, Frames(rows, pairs, self._days))
        present = np.ones(len(pairs), bool)
        late = _late(rows.values(), pairs)
        if len(late):
            seen = self._visible(rows, pairs, late)
            known = seen[self._leading].starts[1:] > seen[self._leading].starts[:-1]
            as_known = Pairs(instants, np.arange(len(late)), pairs.cutoff[late])
            values[:, late] = compute(self.features, Frames(seen, as_known, self._days))
            present[late] = known
        return self._table(chunk.ids, pairs, values, present)

    def _rows(self, chunk: Chunk) -> dict[str, Rows]:
        sources = {source.table: source for stream in self.streams.values() for source in stream.sources}
        raw = {
            name: Raw(sources[name], table, customer, self._reference)
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

    def _table(self, ids: pa.Array, pairs: Pairs, values: np.ndarray, present: Mask) -> pa.Table:
        customer, instants = pairs.customer, pairs.instants
        if not present.all():
            customer, instants, values = customer[present], instants[present], values[:, present]
        columns = [ids.take(pa.array(customer)), pa.array(instants).view(pa.timestamp("us", "UTC"))]
        columns += [pa.array(column) for column in values]
        return pa.table(columns, names=[CUSTOMER, "cutoff", *(feature.name for feature in self.features)])


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
