"""The pass that writes: usable rows to the validated table, the others, with a reason, to the quarantine."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.contract import Column
from features.tables.casting import comparable, identifier, literal
from features.tables.plan import REASON, ROW_HASH, Plan
from features.tables.repeats import REASONS, Repeats
from features.tables.report import TableCounts
from features.tables.source import POSITION
from features.tables.stream import batches, in_order

QUARANTINE = "quarantine"
ROW_GROUP = 1 << 20
SUPPRESSED = "suppressed"
_BATCH = 1 << 19
_DIGITS = 9
_LISTED = "SELECT customer_id FROM suppressed"
_WITHOUT_CONTENT = (SUPPRESSED, "broken_line")


@dataclass
class Written:
    """What was written of one table.

    Attributes:
        rows_used: rows of the validated table.
        guests: used rows without a customer.
        hash_sum: sum of the hashes of the used rows, modulo 2**64; the order of the rows does not matter.
        first, last: microseconds since 1970 of the first and last event time used, or None.
        positions, reasons: the quarantined rows, batch by batch.
    """

    rows_used: int = 0
    guests: int = 0
    hash_sum: int = 0
    first: int | None = None
    last: int | None = None
    positions: list[npt.NDArray[np.int64]] = field(default_factory=list)
    reasons: list[pa.Array] = field(default_factory=list)

    def counts(self, rows_in: int) -> TableCounts:
        """Rows in (as the file says), used and quarantined, the reasons in the order of their names."""
        reasons: Counter[str] = Counter()
        for batch in self.reasons:
            reasons.update(batch.to_pylist())
        by_name = dict(sorted(reasons.items()))
        return TableCounts(rows_in, self.rows_used, reasons.total(), self.guests, by_name)


def write_table(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    reading: str,
    repeats: Repeats,
    numbers: npt.NDArray[np.int32] | None,
    folder: Path,
) -> Written:
    """Read every row once; write the usable ones to `folder/<table>.parquet`.

    Args:
        connection: the database.
        plan: the table.
        reading: SQL of its rows, from `reading_sql`.
        repeats: rows that do not count, and those that became known before.
        numbers: int32 (rows,), each row's number within its key, where the key is positional; otherwise None.
        folder: an existing folder.
    """
    written = Written()
    target = folder / f"{plan.table.name}.parquet"
    with pq.ParquetWriter(
        target,
        plan.schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=_repeating(plan),
        write_statistics=[column.name for column in plan.columns if column.kind == "time"],
    ) as writer:
        for found in in_order(batches(connection, reading, _BATCH), POSITION):
            rows = _usable(found, repeats, written)
            if rows.num_rows:
                rows = _first_known(rows, repeats)
                _count(rows, plan, written)
                writer.write_table(_shaped(rows, plan, numbers), row_group_size=ROW_GROUP)
    return written


def _repeating(plan: Plan) -> list[str]:
    """Columns whose values repeat, so that a dictionary pays: not times, amounts or the first of the key."""
    kinds = {column.name: column.kind for column in plan.columns}
    return [
        name
        for name in plan.schema.names
        if kinds.get(name) not in ("time", "money") and name != plan.table.key[0]
    ]


def _usable(rows: Any, repeats: Repeats, written: Written) -> Any:
    reason = rows.column(REASON).combine_chunks()
    if len(repeats.positions):
        hit, where = _among(rows, repeats.positions)
        why = pa.array(REASONS).take(pa.array(repeats.reasons[where]))
        reason = pc.if_else(pc.and_(pa.array(hit), pc.is_null(reason)), why, reason)
    if reason.null_count == rows.num_rows:
        return rows
    bad = pc.is_valid(reason)
    written.positions.append(rows.column(POSITION).filter(bad).to_numpy())
    written.reasons.append(reason.filter(bad))
    return rows.filter(pc.invert(bad))


def _among(
    rows: Any, positions: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Which rows are at one of the ascending positions, and at which of them (any, where at none)."""
    own = rows.column(POSITION).to_numpy()
    where = np.minimum(np.searchsorted(positions, own), len(positions) - 1)
    return positions[where] == own, where


def _first_known(rows: Any, repeats: Repeats) -> Any:
    """A newer version of a row became known when the row did."""
    if not len(repeats.kept):
        return rows
    hit, where = _among(rows, repeats.kept)
    known = repeats.known[where]
    times = pa.array(known, pa.timestamp("us", tz="UTC"), mask=known < 0)
    index = rows.schema.get_field_index("ingested_at")
    column = rows.column(index).cast(times.type)
    return rows.set_column(index, "ingested_at", pc.if_else(pa.array(hit), times, column))


def _count(rows: Any, plan: Plan, written: Written) -> None:
    written.rows_used += rows.num_rows
    if "customer_id" in plan.source_names:
        written.guests += rows.column("customer_id").null_count
    hashes = rows.column(ROW_HASH).to_numpy()
    written.hash_sum = (written.hash_sum + int(hashes.sum(dtype=np.uint64))) % 2**64
    if plan.table.event_time in plan.source_names:
        ends = pc.min_max(rows.column(plan.table.event_time).cast(pa.int64())).as_py()
        if ends["min"] is not None:
            written.first = min(ends["min"], written.first if written.first is not None else ends["min"])
            written.last = max(ends["max"], written.last if written.last is not None else ends["max"])


def _shaped(rows: Any, plan: Plan, numbers: npt.NDArray[np.int32] | None) -> Any:
    columns = {column.name: rows.column(column.name) for column in plan.columns}
    if numbers is not None:
        columns[plan.table.positional or ""] = position_ids(numbers[rows.column(POSITION).to_numpy()])
    return pa.table([columns[name] for name in plan.schema.names], names=plan.schema.names).cast(plan.schema)


def position_ids(numbers: npt.NDArray[np.integer[Any]]) -> Any:
    """Numbers as text of nine digits, so that the order of the texts is the order of the numbers."""
    different, places = np.unique(numbers, return_inverse=True)
    texts = pa.array([f"{number:0{_DIGITS}d}" for number in different.tolist()], pa.string())
    return texts.take(pa.array(places))


def write_quarantine(
    connection: duckdb.DuckDBPyConnection, plan: Plan, written: Written, folder: Path, *, suppressing: bool
) -> Path | None:
    """Write the quarantined rows as text, as the source has them, with `reason` and `row` (1 is the first).

    A suppressed customer's row is there without any content and without its place in the file; where another
    row names such a customer, the name is left out. Returns the file, or None where no row is quarantined.
    """
    if not written.reasons:
        return None
    target = folder / QUARANTINE / f"{plan.table.name}.parquet"
    target.parent.mkdir(exist_ok=True)
    hits = pa.table({"hit": np.concatenate(written.positions), "why": pa.concat_arrays(written.reasons)})
    connection.register("hits", hits)
    content = f"hits.why NOT IN ({', '.join(map(literal, _WITHOUT_CONTENT))})"
    named = _suppressed_names(plan) if suppressing else {}
    columns = "".join(
        f"CASE WHEN {content}{named.get(name, '')} THEN {_as_text(name)} END AS {quarantined(name)}, "
        for name in plan.source.columns
    )
    connection.execute(
        f"COPY (SELECT {columns}hits.why AS reason,"
        f" CASE WHEN hits.why <> '{SUPPRESSED}' THEN hits.hit + 1 END AS row"
        f" FROM hits JOIN ({plan.source.relation}) AS source ON hits.hit = source.{POSITION}"
        f" ORDER BY hits.why = '{SUPPRESSED}', hits.hit)"
        f" TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd)"
    )
    connection.unregister("hits")
    return target


def _suppressed_names(plan: Plan) -> dict[str, str]:
    """By source column that names people: SQL that goes on with who of them may be shown."""
    people = {plan.source_names[column.name]: column for column in plan.columns if column.person}
    return {
        name: f" AND coalesce({_compared(plan, name, column)} NOT IN ({_LISTED}), true)"
        for name, column in people.items()
    }


def _compared(plan: Plan, name: str, column: Column) -> str:
    return comparable(column, f"source.{identifier(name)}", plan.source.columns[name], plan.form)


def quarantined(name: str) -> str:
    """The quoted name of a source column in the quarantine, which has `reason` and `row` of its own."""
    return identifier(f"{name}_in_source" if name.lower() in ("reason", "row") else name)


def _as_text(name: str) -> str:
    return f"source.{identifier(name)}::VARCHAR"
