"""Functions over arrays as machine code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile at the first call; later processes read it from a cache, where one can be written."""
    try:
        made: F = njit(cache=True, nogil=True)(function)
    except RuntimeError:  # neither the folder of the source nor the user's is writable
        made = njit(nogil=True)(function)
    return made
