"""How a generation comes to be: written aside, flushed, renamed, and only then pointed at."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.workspace import replacing_file
from serving.generation import REASONS, Generation
from serving.manifest import (
    NAME,
    SCHEMA_VERSION,
    FileEntry,
    GenerationError,
    Manifest,
    describe_file,
    is_generation_id,
)

POINTER = "CURRENT"
KEPT = 3
"""Generations that stay, so that lists which are being paged and a step back find theirs."""


def publish(generations: Path, fill: Callable[[Path], dict[str, Any]]) -> Path:
    """Build a generation folder and make it the current one.

    `fill` writes every file into the empty folder that it is given and returns the facts of the manifest that
    only it knows (all fields but schema version, id, creation time and files). When it raises, nothing
    changed. Afterwards all but the newest `KEPT` generations are removed.

    Returns:
        The folder of the new generation.
    """
    generations.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=".building-", dir=generations))
    try:
        facts = fill(building)
        manifest = _seal(building, facts)
        building.chmod(0o755)
        folder = building.rename(generations / manifest.generation)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    _flush(generations)
    make_current(generations, folder.name)
    _remove_old(generations)
    return folder


def current_id(generations: Path) -> str | None:
    """The id in the pointer, or None where nothing was published yet.

    Raises:
        GenerationError: the pointer holds something else than a generation id.
    """
    try:
        text = (generations / POINTER).read_text("utf-8").strip()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise GenerationError(
            f"{generations / POINTER} is not text; publish again with: regulars score"
        ) from error
    if not is_generation_id(text):
        raise GenerationError(f"{generations / POINTER} holds {text[:40]!r}, which is no generation id")
    return text


def make_current(generations: Path, generation_id: str) -> None:
    """Point `CURRENT` at a generation in one step; every worker follows on its next request.

    Raises:
        GenerationError: the generation is not there or not complete.
    """
    if not is_generation_id(generation_id):
        raise GenerationError(f"{generation_id!r} is no generation id")
    Generation.open(generations / generation_id)
    with replacing_file(generations / POINTER) as fresh:
        fresh.write_text(f"{generation_id}\n", "utf-8")
    _flush(generations)


def restore(generations: Path, generation_id: str | None) -> None:
    """Point `CURRENT` where it pointed before; None is nowhere.

    Raises:
        GenerationError: the generation is not there or not complete.
    """
    if generation_id is None:
        (generations / POINTER).unlink(missing_ok=True)
    elif current_id(generations) != generation_id:
        make_current(generations, generation_id)


def write_array(folder: Path, name: str, values: NDArray[Any]) -> None:
    """Write one array as `.npy`, without Python objects."""
    np.save(folder / f"{name}.npy", np.ascontiguousarray(values), allow_pickle=False)


def write_json(folder: Path, name: str, content: Any) -> None:
    """Write one readable JSON document."""
    (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")


def write_reasons(folder: Path, reasons: Iterable[dict[str, Any]]) -> NDArray[np.int64]:
    """Write one JSON line of reasons for each customer; returns where each starts and the last ends, in bytes."""
    offsets = [0]
    with (folder / REASONS).open("wb") as opened:
        for entry in reasons:
            opened.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
            offsets.append(opened.tell())
    return np.array(offsets, dtype=np.int64)


def _remove_old(generations: Path) -> None:
    """Remove what is neither current nor among the newest; what cannot be removed now is tried next time."""
    found = sorted((path for path in generations.iterdir() if is_generation_id(path.name)), key=_age)
    for folder in found[:-KEPT]:
        if folder.name != current_id(generations):
            shutil.rmtree(folder, ignore_errors=True)


def _age(folder: Path) -> tuple[str, int]:
    # ids tell the second; within it the folder's own time, which renaming does not change
    return folder.name.partition("-")[0], folder.stat().st_mtime_ns


def _seal(folder: Path, facts: dict[str, Any]) -> Manifest:
    files: dict[str, FileEntry] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        _flush(path)
        files[path.relative_to(folder).as_posix()] = describe_file(path)
    created_at = datetime.now(UTC)
    listing = "\n".join(f"{entry.sha256} {name}" for name, entry in files.items())
    digest = hashlib.sha256(f"{created_at.isoformat()}\n{listing}".encode()).hexdigest()
    manifest = Manifest(
        schema_version=SCHEMA_VERSION,
        generation=f"{created_at:%Y%m%dT%H%M%SZ}-{digest[:12]}",
        created_at=created_at,
        files=files,
        **facts,
    )
    (folder / NAME).write_text(manifest.model_dump_json(indent=1), "utf-8")
    for path in [folder / NAME, *(path for path in folder.rglob("*") if path.is_dir()), folder]:
        _flush(path)
    return manifest


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
