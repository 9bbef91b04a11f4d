"""Following `CURRENT`: one `stat` a request; a new generation is checked, then swapped in; a torn never."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from serving.generation import Generation
from serving.manifest import GenerationError, is_generation_id
from serving.publishing import POINTER, current_id

RETRY_SECONDS = 5.0
_LOG = logging.getLogger("regulars.serving")
_Seen = tuple[int, int, int] | None


class GenerationWatcher:
    """Holds the last good generation of a folder; safe to share between threads."""

    def __init__(
        self,
        generations: Path,
        on_refused: Callable[[], None] = lambda: None,
        on_served: Callable[[Generation], None] = lambda _: None,
    ) -> None:
        """Nothing is read before `refresh` or `current`; the calls tell of each generation tried."""
        self._generations = generations
        self._pointer = str(generations / POINTER)
        self._on_refused = on_refused
        self._on_served = on_served
        self._held: Generation | None = None
        self._earlier: Generation | None = None
        self._seen: _Seen = None
        self._retry_at = 0.0
        self._loading = threading.Lock()

    def current(self) -> Generation | None:
        """The generation to answer from, without waiting: a newer one is loaded beside it and swapped in."""
        if self._is_new() and not self._loading.locked():
            threading.Thread(target=self.refresh, name="generation-loader", daemon=True).start()
        return self._held

    def refresh(self) -> Generation | None:
        """Load the generation that `CURRENT` names if it is new, waiting for it; return the one to use."""
        with self._loading:
            if self._is_new():
                self._load(_stat(self._pointer))
        return self._held

    def pinned(self, generation_id: str) -> Generation | None:
        """The generation of that id if it is still there and whole: a list stays with it page by page."""
        held, earlier = self._held, self._earlier
        if held is not None and held.id == generation_id:
            return held
        if not is_generation_id(generation_id) or not (self._generations / generation_id).is_dir():
            return None
        if earlier is None or earlier.id != generation_id:
            try:
                earlier = self._opened(generation_id)
            except (GenerationError, OSError, ValueError):
                return None
            self._earlier = earlier
        return earlier

    def _opened(self, generation_id: str) -> Generation:
        found = Generation.open(self._generations / generation_id)
        found.verify()
        found.warm()
        return found

    def _is_new(self) -> bool:
        if _stat(self._pointer) != self._seen:
            return True
        return 0.0 < self._retry_at <= time.monotonic()

    def _load(self, seen: _Seen) -> None:
        self._retry_at = 0.0
        try:
            generation_id = current_id(self._generations)
            if generation_id is not None and (self._held is None or self._held.id != generation_id):
                self._swap(generation_id)
        except (GenerationError, OSError, ValueError) as error:
            _LOG.warning("generation refused, the last good one stays: %s", error)
            self._on_refused()
            self._retry_at = time.monotonic() + RETRY_SECONDS
        self._seen = seen

    def _swap(self, generation_id: str) -> None:
        fresh = self._opened(generation_id)
        self._earlier, self._held = self._held, fresh
        self._on_served(fresh)
        _LOG.info("serving generation %s with %d customers", fresh.id, fresh.manifest.rows)


def _stat(pointer: str) -> _Seen:
    try:
        found = os.stat(pointer)  # noqa: PTH116 (a third of the time of Path.stat, on every request)
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
