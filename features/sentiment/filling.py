"""Polarity and aspects beside the validated tables. A text is judged once by each model.

`judged-MODEL.parquet` holds what a model said of each text, without the text. `tables/` holds the validated tables
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
from features.sentiment.tables import STATE, WITH_TEXTS, state_of
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
    model: str,
    fingerprint: str,
    progress: Progress | None = None,
) -> Filled:
    """Judge what is new, forget what is gone, and write the tables that features read unless they are as they were.

    Args:
        written: every text that may be judged.
        timeline: the model.
        model: a name that no other model has or will have; what others said is forgotten.
        fingerprint: of the validated tables.
        progress: told how many new texts are judged, and how many there are.
    """
    file = workspace.sentiment / f"judged-{model}.parquet"
    held = pq.read_table(file, schema=_SCHEMA) if file.is_file() else _SCHEMA.empty_table()
    prints = [_print(text) for text in written.text]
    texts = list(zip(written.table, written.key, prints, strict=True))
    place = {text: row for row, text in enumerate(_texts(held))}
    fresh = np.array([text not in place for text in texts], bool)
    judged = _judge(written.where(fresh), [prints[at] for at in np.flatnonzero(fresh)], timeline, progress)
    place |= {text: held.num_rows + row for row, text in enumerate(_texts(judged))}
    said = pa.concat_tables([held, judged]).take(pa.array([place[text] for text in texts], pa.int64()))
    if fresh.any() or said.num_rows < held.num_rows or not file.is_file():
        with replacing_file(file) as target:
            pq.write_table(said, target)
    for other in workspace.sentiment.glob("judged-*.parquet"):
        if other != file:
            other.unlink(missing_ok=True)
    digest = hashlib.sha256("\n".join(map("\t".join, texts)).encode("utf-8", "surrogatepass")).hexdigest()
    state = {"fingerprint": fingerprint, "model": model, "texts": digest}
    if state_of(workspace) != state:
        _write_tables(workspace, said, state)
    return Filled(timeline.version, len(written), int(fresh.sum()))


def _texts(judged: pa.Table) -> list[tuple[str, str, str]]:
    """What tells texts apart: where they stand, and what they say."""
    return list(zip(*(judged[name].to_pylist() for name in ("table", "key", "fingerprint")), strict=True))


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


def _write_tables(workspace: Workspace, said: pa.Table, state: dict[str, str]) -> None:
    with replacing_folder(workspace.sentiment / "tables") as folder:
        for name in WITH_TEXTS:
            source = workspace.tables / f"{name}.parquet"
            if source.is_file():
                own = said.filter(pc.equal(said["table"], name))
                table = _with(pq.read_table(source), name, own["key"].combine_chunks(), own)
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
