import subprocess
import sys

CODE = """
import resource
import numpy as np
from features.memory import keep_freed_memory
kept = keep_freed_memory() if {keep} else False
for _ in range(50):
    several = [np.ones(1_000_000 // 8) for _ in range(20)]
    del several
print(kept, resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
"""


def faults(keep):
    """Whether memory was kept, and the pages that the system had to clear, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(keep=keep)], capture_output=True, text=True, check=True
    )
    kept, count = done.stdout.split()
    return kept == "True", int(count)


def test_freed_memory_is_used_again_where_the_c_library_can():
    kept, with_kept = faults(True)
    _, without = faults(False)
    assert not kept or with_kept < without / 2
