"""The lists that were served, kept until their outcomes are known: who was scored, and how probable leaving was."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.workspace import Workspace, replacing_file
from serving.generation import Generation

LEAST_KEPT = 3
KEPT_HORIZONS = 2
"""Lists stay for so many horizons, so that the outcomes of the oldest are known."""


@dataclass(frozen=True)
class ServedList:
    """A list as it was served.

    Attributes:
        model: version of the churn model that made it.
        customer_ids: (n,).
        churn_probability: (n,) in [0, 1].
    """

    generation: str
    model: str
    cutoff: datetime
    horizon_days: int
    customer_ids: NDArray[np.object_]
    churn_probability: NDArray[np.float64]


@dataclass(frozen=True)
class _Kept:
    file: Path
    generation: str
    model: str
    cutoff: datetime
    horizon_days: int

    @property
    def known_at(self) -> datetime:
        return self.cutoff + timedelta(days=self.horizon_days)


def keep(workspace: Workspace, generation: Generation) -> None:
    """Keep the list of a generation, in the place of an earlier one of the same day, and drop what is too old."""
    manifest = generation.manifest
    ids = [generation.customer_id(row) for row in range(manifest.rows)]
    facts = {
        "generation": generation.id,
        "model": manifest.models["churn"],
        "cutoff": manifest.cutoff.isoformat(),
        "horizon_days": str(manifest.horizon_days),
    }
    table = pa.table({"customer_id": ids, "churn_probability": np.array(generation.churn_probability)})
    with replacing_file(workspace.lists / f"{manifest.cutoff:%Y-%m-%d}.parquet") as fresh:
        pq.write_table(table.replace_schema_metadata(facts), fresh)
    _drop_old(workspace)


def matured(workspace: Workspace, as_of: datetime, model: str) -> ServedList | None:
    """The newest list whose outcomes are known at an instant; those that a version of the model made come first.

    Returns:
        None where no list is a horizon old.
    """
    known = [entry for entry in _kept(workspace) if entry.known_at <= as_of]
    if not known:
        return None
    return _read(max(known, key=lambda entry: (entry.model == model, entry.cutoff)))


def forget(workspace: Workspace, customer_ids: Collection[str]) -> None:
    """Take customers out of every list."""
    leaving = pa.array(sorted(customer_ids), pa.string())
    for entry in _kept(workspace):
        table = pq.read_table(entry.file)
        gone = pc.is_in(table["customer_id"], value_set=leaving)
        if pc.any(gone).as_py():
            with replacing_file(entry.file) as fresh:
                pq.write_table(table.filter(pc.invert(gone)), fresh)


def _read(entry: _Kept) -> ServedList:
    table = pq.read_table(entry.file)
    ids = np.array(table["customer_id"].to_pylist(), dtype=object)
    probability = table["churn_probability"].to_numpy().astype(np.float64)
    return ServedList(entry.generation, entry.model, entry.cutoff, entry.horizon_days, ids, probability)


def _kept(workspace: Workspace) -> Iterator[_Kept]:
    if not workspace.lists.is_dir():
        return
    for file in sorted(workspace.lists.glob("*.parquet")):
        facts = {key.decode(): value.decode() for key, value in (pq.read_schema(file).metadata or {}).items()}
        yield _Kept(
            file,
            facts["generation"],
            facts["model"],
            datetime.fromisoformat(facts["cutoff"]),
            int(facts["horizon_days"]),
        )


def _drop_old(workspace: Workspace) -> None:
    newest_first = sorted(_kept(workspace), key=lambda entry: entry.cutoff, reverse=True)
    for entry in newest_first[LEAST_KEPT:]:
        if entry.cutoff + timedelta(days=KEPT_HORIZONS * entry.horizon_days) < newest_first[0].cutoff:
            entry.file.unlink()
