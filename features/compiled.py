"""Functions over arrays as machine code, kept for the next process where that is possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def compiled(signature: object = None) -> Callable[[F], F]:
    """Compile a function and keep the result beside its file or in the user's cache.

    Args:
        signature: types of arguments and result; the function is then compiled when it is defined, and once for all
            arrays that fit. Without it, at the first call of each combination of types.
    """

    def compile_it(function: F) -> F:
        try:
            made: F = njit(signature, cache=True, nogil=True)(function)
        except (RuntimeError, OSError):  # no folder can be written
            made = njit(signature, nogil=True)(function)
        return made

    return compile_it
