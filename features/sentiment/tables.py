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


def state_of(workspace: Workspace) -> dict[str, str]:
    """Which validation, model and texts the filled tables belong to; empty where there are none."""
    file = workspace.sentiment / "tables" / STATE
    return dict(json.loads(file.read_bytes())) if file.is_file() else {}


def filled_tables(workspace: Workspace, fingerprint: str) -> dict[str, Path]:
    """The tables with polarity and aspects, by name; none where they belong to other validated tables.

    Args:
        fingerprint: of the validated tables.
    """
    if state_of(workspace).get("fingerprint") != fingerprint:
        return {}
    folder = workspace.sentiment / "tables"
    return {name: folder / f"{name}.parquet" for name in WITH_TEXTS if (folder / f"{name}.parquet").is_file()}
