"""The workspace folder: where every room keeps its files, and how a file replaces another safely."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Workspace:
    """Paths below one folder, by default `workspace/` beside `regulars.toml`."""

    root: Path

    @property
    def tables(self) -> Path:
        """Validated tables, one Parquet file each, and `report.json`."""
        return self.root / "tables"

    @property
    def extracts(self) -> Path:
        """Copies of the tables of a database, a folder each, to which every validation adds what is new."""
        return self.root / "extracts"

    @property
    def features(self) -> Path:
        """Feature matrices, one Parquet file for each set of cutoffs."""
        return self.root / "features"

    @property
    def sentiment(self) -> Path:
        """What the sentiment model said of texts, and the tables with it filled in."""
        return self.root / "sentiment"

    @property
    def backtests(self) -> Path:
        """The last backtest of each task, one JSON file each."""
        return self.root / "backtests"

    @property
    def reports(self) -> Path:
        """Pages about models, one for each task."""
        return self.root / "reports"

    @property
    def scores(self) -> Path:
        """Scores made by Spark, one folder of Parquet for each cutoff."""
        return self.root / "scores"

    @property
    def mlflow(self) -> Path:
        """The embedded MLflow: `mlflow.db` and `artifacts/`."""
        return self.root / "mlflow"

    @property
    def generations(self) -> Path:
        """Immutable generations and the pointer `CURRENT`."""
        return self.root / "generations"

    @property
    def lists(self) -> Path:
        """Who was scored how at each cutoff, until outcomes are known; one Parquet file a day."""
        return self.root / "lists"

    @property
    def store(self) -> Path:
        """The event and decision store of the embedded default."""
        return self.root / "store.db"

    @property
    def suppression(self) -> Path:
        """The suppression list and its key."""
        return self.root / "suppression"


@contextmanager
def replacing_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the place of `target` when the block ends well.

    When the block raises, `target` is as it was. The swap is two renames: a reader sees the old folder or
    the new one, or for an instant none, never a mixture.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield fresh
        fresh.chmod(0o755)
        if target.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
            target.rename(old / target.name)
            fresh.rename(target)
            shutil.rmtree(old)
        else:
            fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def replacing_file(target: Path) -> Iterator[Path]:
    """Yield a path beside `target` whose file takes its place, flushed to disk, when the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    os.close(handle)
    fresh = Path(name)
    try:
        yield fresh
        with fresh.open("rb+") as written:
            os.fsync(written.fileno())
        fresh.chmod(0o644)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
