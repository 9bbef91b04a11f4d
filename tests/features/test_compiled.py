import numpy as np
from numba import int64

from features import compiled as module
from features.compiled import compiled


def total(numbers):
    found = 0
    for at in range(len(numbers)):
        found += numbers[at]
    return found


def test_a_compiled_function_gives_what_the_plain_one_does():
    numbers = np.arange(10)
    assert compiled()(total)(numbers) == total(numbers) == 45
    assert compiled(int64(int64[::1]))(total)(numbers) == 45


def test_without_a_folder_for_the_cache_functions_are_compiled_all_the_same(monkeypatch):
    real = module.njit

    def without_cache(signature, **options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return real(signature, **options)

    monkeypatch.setattr(module, "njit", without_cache)
    assert compiled()(total)(np.arange(4)) == 6
