"""Where the tables with sentiment filled in are, and to which validated tables they belong."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq

from features.workspace import Workspace

WITH_TEXTS = ("feedback", "interactions")
"""Tables in which texts are."""
STATE = "filled.json"


def has_texts(tables: Path) -> bool:
    """Whether a validated table has a column of texts."""
    files = [tables / f"{name}.parquet" for name in WITH_TEXTS]
    return any("text" in pq.read_schema(file).names for file in files if file.is_file())


def filled_tables(workspace: Workspace, fingerprint: str) -> dict[str, Path]:
    """The tables with polarity and aspects, by name; none where they belong to other validated tables.

    Args:
        fingerprint: of the validated tables.
    """
    folder = workspace.sentiment / "tables"
    state = folder / STATE
    if not state.is_file() or json.loads(state.read_bytes())["fingerprint"] != fingerprint:
        return {}
    return {name: folder / f"{name}.parquet" for name in WITH_TEXTS if (folder / f"{name}.parquet").is_file()}
