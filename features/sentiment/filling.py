"""Polarity and aspects beside the validated tables. A text is judged once by each model.

`judged-VERSION.parquet` holds what a model said of each text, without the text. `tables/` holds the validated tables
with texts, polarity and aspects filled in; what the retailer brought stays. Features read these as long as they
belong to the validated tables, see `features.sentiment.tables`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.contract import TABLES
from features.kernel.columns import Mask
from features.sentiment.tables import STATE, WITH_TEXTS
from features.sentiment.timeline import Timeline
from features.sentiment.written import Written
from features.workspace import Workspace, replacing_file, replacing_folder

_AT_ONCE = 5_000
_SCHEMA = pa.schema(
    [
        ("table", pa.string()),
        ("key", pa.string()),
        ("fingerprint", pa.string()),
        ("polarity", pa.float64()),
        ("negative_probability", pa.float64()),
        ("confidence", pa.float64()),
        ("calibrated", pa.bool_()),
        ("language", pa.string()),
        ("aspects", pa.string()),
    ]
)

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Filled:
    """What was done.

    Attributes:
        texts: how many there are.
        judged: how many of them the model had not judged before.
    """

    version: str
    texts: int
    judged: int


def fill(
    workspace: Workspace,
    written: Written,
    timeline: Timeline,
    fingerprint: str,
    progress: Progress | None = None,
) -> Filled:
    """Judge what is new, and write the tables that features read.

    Args:
        written: every text that may be judged.
        timeline: the model.
        fingerprint: of the validated tables.
        progress: told how many new texts are judged, and how many there are.
    """
    file = workspace.sentiment / f"judged-{timeline.version}.parquet"
    held = pq.read_table(file, schema=_SCHEMA) if file.is_file() else _SCHEMA.empty_table()
    prints = [_print(text) for text in written.text]
    fresh = _not_held(written, prints, held)
    judged = _judge(written.where(fresh), [prints[at] for at in np.flatnonzero(fresh)], timeline, progress)
    there = pa.concat_tables([held, judged])
    if fresh.any() or not file.is_file():
        with replacing_file(file) as target:
            pq.write_table(there, target)
    _write_tables(
        workspace, written, prints, there, {"fingerprint": fingerprint, "version": timeline.version}
    )
    return Filled(timeline.version, len(written), int(fresh.sum()))


def _judge(written: Written, prints: list[str], timeline: Timeline, progress: Progress | None) -> pa.Table:
    parts = [_SCHEMA.empty_table()]
    for start in range(0, len(written), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        said = timeline.judge(written.text[rows], written.known[rows])
        columns = [
            written.table[rows].tolist(),
            written.key[rows].tolist(),
            prints[rows],
            said.polarity,
            said.negative,
            said.confidence,
            said.calibrated,
            said.language.tolist(),
            said.aspects.tolist(),
        ]
        parts.append(pa.table(columns, schema=_SCHEMA))
        if progress is not None:
            progress(min(start + _AT_ONCE, len(written)), len(written))
    return pa.concat_tables(parts)


def _not_held(written: Written, prints: list[str], held: pa.Table) -> Mask:
    known = set(zip(*(held[name].to_pylist() for name in ("table", "key", "fingerprint")), strict=True))
    rows = zip(written.table, written.key, prints, strict=True)
    return np.fromiter((row not in known for row in rows), bool, len(written))


def _write_tables(
    workspace: Workspace, written: Written, prints: list[str], judged: pa.Table, state: dict[str, str]
) -> None:
    latest = {
        key: row
        for row, key in enumerate(
            zip(*(judged[name].to_pylist() for name in ("table", "key", "fingerprint")), strict=True)
        )
    }
    with replacing_folder(workspace.sentiment / "tables") as folder:
        for name in WITH_TEXTS:
            source = workspace.tables / f"{name}.parquet"
            if not source.is_file():
                continue
            own = np.flatnonzero(written.table == name)
            rows = [latest[name, written.key[at], prints[at]] for at in own]
            said = judged.take(pa.array(rows, pa.int64())).select(["polarity", "aspects"])
            table = _with(pq.read_table(source), name, pa.array(written.key[own].tolist(), pa.string()), said)
            pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
        (folder / STATE).write_text(json.dumps(state), encoding="utf-8")


def _with(table: pa.Table, name: str, keys: pa.Array, said: pa.Table) -> pa.Table:
    """A table with polarity and aspects where its own are missing."""
    place = pc.index_in(table[TABLES[name].key[0]].cast(pa.string()), keys)
    for column in ("polarity", "aspects"):
        found = said[column].take(place)
        if column == "aspects":  # judged to be about nothing is still judged
            found = found.cast(pa.string())
        if column in table.column_names:
            where = table.schema.get_field_index(column)
            own = table[column].cast(found.type)
            table = table.set_column(where, column, pc.coalesce(own, found))
        else:
            table = table.append_column(column, found)
    return table


def _print(text: str) -> str:
    """Tells a corrected text from the one before, without keeping either."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
