"""What a piece of work costs, measured in a process of its own: CPU seconds, wall clock, peak memory."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.figures import cpu_seconds

EVERY_S = 0.05
"""Memory is looked at so often."""


@dataclass(frozen=True)
class Usage:
    """Cost of some work, without the start of its process.

    Attributes:
        cpu: user and system seconds, ended children included.
        wall_s: seconds on the clock.
        peak_mb: largest resident memory of the process and its children together, in 2**20 bytes; pages that
            they share count once.
    """

    cpu: float
    wall_s: float
    peak_mb: float


def measured(work: Callable[[Path], object], folder: Path) -> Usage:
    """Run `work(folder)` in a fresh process and return what it took.

    Args:
        work: a function of a module; what it imports at its top is loaded before the measuring begins.
        folder: its argument.

    Raises:
        RuntimeError: the work ended in an error, which the process has printed.
    """
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_report, args=(work, folder, sending))
    process.start()
    sending.close()
    peak = _Peak(process.pid or 0)
    process.join()
    peak.stop()
    if process.exitcode != 0:
        raise RuntimeError(f"{work.__name__} ended with exit code {process.exitcode}")
    cpu, wall_s = receiving.recv()
    return Usage(cpu, wall_s, peak.mb)


def _report(work: Callable[[Path], object], folder: Path, sending: Connection) -> None:
    cpu, wall = cpu_seconds(), time.monotonic()
    work(folder)
    sending.send((cpu_seconds() - cpu, time.monotonic() - wall))


class _Peak:
    """Looks at the memory of a process and its children until it is stopped."""

    def __init__(self, pid: int) -> None:
        self.mb = 0.0
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(EVERY_S):
            self.mb = max(self.mb, sum(_proportional_kb(pid) for pid in set(_tree(self._pid))) / 1024)


def _tree(pid: int) -> Iterator[int]:
    """A process and all that descend from it."""
    yield pid
    try:
        threads = Path(f"/proc/{pid}/task").iterdir()
        children = [(thread / "children").read_text() for thread in threads]
    except OSError:
        return
    for child in " ".join(children).split():
        yield from _tree(int(child))


def _proportional_kb(pid: int) -> int:
    """Resident memory in kB, shared pages divided by those who share them; 0 of a process that is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
