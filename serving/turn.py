"""Taking turns at writing a SQLite file, over threads and processes.

SQLite lets one write at a time; whoever finds the file locked sleeps, up to a tenth of a second, and asks again.
A file lock wakes the next writer at once, and the system releases it when its holder is killed.
"""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path
from types import TracebackType


class Turn:
    """A context manager that one thread of one process holds at a time."""

    def __init__(self, database: Path) -> None:
        """The lock is a file beside the database."""
        self._thread_turn = threading.Lock()
        self._handle = os.open(f"{database}-turn", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)

    def __enter__(self) -> None:
        self._thread_turn.acquire()
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX)
        except OSError:
            self._thread_turn.release()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        fcntl.flock(self._handle, fcntl.LOCK_UN)
        self._thread_turn.release()

    def close(self) -> None:
        """Give the lock file back."""
        os.close(self._handle)
