"""The copy of one table of a database: files that never change, and a state that names those which count.

A file is written beside, flushed and renamed; then the state that names it replaces the state before in one step;
only then is what the new state does not name removed. Stopped at any moment, the copy is the one before or after.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from features.workspace import replacing_file

STATE = "state.json"
_VERSION = 1


@dataclass
class Parts:
    """What is held of one table.

    Attributes:
        folder: where the files are.
        origin: which database, table and columns they were copied from.
        names: the files, in the order of their rows.
        following: number of the next file.
        end: end of the data, as it was when they were copied last; None where it could not be told.
        changed: what of `origin` differs from that of an older copy, which therefore does not count.
    """

    folder: Path
    origin: dict[str, Any]
    names: tuple[str, ...] = ()
    following: int = 1
    end: datetime | None = None
    changed: tuple[str, ...] = ()

    @classmethod
    def open(cls, folder: Path, origin: Mapping[str, Any]) -> Parts:
        """Read the state of a folder and remove what an interrupted run has left.

        A copy from elsewhere, or one that cannot be read, holds nothing.
        """
        folder.mkdir(parents=True, exist_ok=True)
        origin = dict(origin)
        found = cls(folder, origin)
        state = _read(folder / STATE)
        if state is None and (folder / STATE).exists():
            return cls(folder, origin, changed=("state.json",))
        if state is not None:
            if changed := tuple(name for name in origin if state["origin"].get(name) != origin[name]):
                # its files stay until the new state is there
                return cls(folder, origin, following=state["following"], changed=changed)
            end = None if state["end"] is None else datetime.fromisoformat(state["end"])
            found = cls(folder, origin, tuple(state["parts"]), state["following"], end)
        found._sweep()
        return found

    @property
    def files(self) -> list[Path]:
        """The files that count."""
        return [self.folder / name for name in self.names]

    @contextmanager
    def writing(self) -> Iterator[Path]:
        """Yield a path for the next file, whose name is then `last`; it counts once it has been committed."""
        with replacing_file(self.folder / f"{self.following:06d}.parquet") as fresh:
            yield fresh
        self.following += 1

    @property
    def last(self) -> str:
        """Name of the file written last."""
        return f"{self.following - 1:06d}.parquet"

    def commit(self, names: tuple[str, ...], end: datetime | None) -> None:
        """From now on these files count, in one step; the others are removed."""
        state = {
            "version": _VERSION,
            "origin": self.origin,
            "parts": names,
            "following": self.following,
            "end": None if end is None else end.isoformat(),
        }
        _flush(self.folder)
        with replacing_file(self.folder / STATE) as fresh:
            fresh.write_text(json.dumps(state, indent=1) + "\n", encoding="utf-8")
        _flush(self.folder)
        self.names, self.end = names, end
        self._sweep()

    def _sweep(self) -> None:
        counted = {*self.names, STATE}
        for file in self.folder.iterdir():
            if file.name not in counted:
                file.unlink()


def _read(file: Path) -> dict[str, Any] | None:
    """The state, where it is whole and every file that it names is there."""
    try:
        state = json.loads(file.read_text(encoding="utf-8"))
        whole = state["version"] == _VERSION and all(
            (file.parent / name).is_file() for name in state["parts"]
        )
        return {name: state[name] for name in ("origin", "parts", "following", "end")} if whole else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _flush(folder: Path) -> None:
    """Bring renames to disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
