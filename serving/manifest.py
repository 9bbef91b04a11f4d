"""The manifest of a generation: what it was made from, and every file with its size and hash."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

SCHEMA_VERSION = 3
NAME = "manifest.json"
BANDS = ("low", "medium", "high")
UNCLEAR, UNCLEAR_CODE = "unclear", 255
"""A loyalty type that is not probable enough to be called one."""
_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{12}")
_CHUNK = 1 << 20


class GenerationError(ValueError):
    """A generation is incomplete, foreign or not what its manifest says; the last good one stays."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileEntry(_Frozen):
    """One file as it was written: hexadecimal SHA-256 and size in bytes."""

    sha256: str
    size: int


class Manifest(_Frozen):
    """What a generation holds; `files` lists everything in the folder but the manifest itself."""

    schema_version: int
    generation: str
    created_at: datetime
    as_of: datetime
    cutoff: datetime
    horizon_days: int
    horizons_days: tuple[int, ...]
    rows: int
    reason_rows: int
    features: tuple[str, ...]
    feature_hash: str
    loyalty_types: tuple[str, ...]
    margin_from: str | None
    bands: tuple[str, ...]
    models: dict[str, str]
    files: dict[str, FileEntry]


def is_generation_id(text: str) -> bool:
    """Whether `text` is a generation id: UTC time, a dash, twelve hexadecimal digits; never a path."""
    return _ID.fullmatch(text) is not None


def describe_file(path: Path) -> FileEntry:
    """Read a file once for its size and hash."""
    digest = hashlib.sha256()
    with path.open("rb") as opened:
        while block := opened.read(_CHUNK):
            digest.update(block)
        return FileEntry(sha256=digest.hexdigest(), size=opened.tell())


def read_manifest(folder: Path) -> Manifest:
    """Read and check the manifest of a generation folder.

    Raises:
        GenerationError: no manifest, not JSON, fields missing or unknown, or written by another version.
    """
    file = folder / NAME
    try:
        manifest = Manifest.model_validate_json(file.read_bytes())
    except FileNotFoundError as error:
        raise GenerationError(f"{folder.name} has no {NAME}; build it again with: regulars score") from error
    except ValidationError as error:
        where = ", ".join(".".join(map(str, item["loc"])) or "the text" for item in error.errors())
        raise GenerationError(f"{file} cannot be read ({where}); build it again") from error
    if manifest.schema_version != SCHEMA_VERSION:
        raise GenerationError(
            f"{folder.name} has schema version {manifest.schema_version}, this program reads "
            f"{SCHEMA_VERSION}; build it again with: regulars score"
        )
    return manifest


def check_sizes(folder: Path, manifest: Manifest) -> None:
    """Compare every listed file's size with the folder, one `stat` each.

    Raises:
        GenerationError: a file is missing or has another size.
    """
    for name, entry in manifest.files.items():
        try:
            size = (folder / name).stat().st_size
        except FileNotFoundError as error:
            raise GenerationError(f"{folder.name} lacks {name}; build it again") from error
        if size != entry.size:
            raise GenerationError(f"{folder.name}/{name} has {size} bytes, its manifest says {entry.size}")


def check_hashes(folder: Path, manifest: Manifest) -> None:
    """Read every listed file and compare its hash.

    Raises:
        GenerationError: a file's content is not what was written.
    """
    check_sizes(folder, manifest)
    for name, entry in manifest.files.items():
        if describe_file(folder / name).sha256 != entry.sha256:
            raise GenerationError(f"{folder.name}/{name} was changed after it was written; build it again")
