from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.usage import measured

BLOCK_MB = 200


def hold(folder: Path) -> None:
    """Hold memory for a while, and leave a word."""
    block = bytearray(BLOCK_MB << 20)
    for _ in range(40):
        block[:: 1 << 10] = b"x" * len(block[:: 1 << 10])
    (folder / "done").write_text(str(len(block)))


def fail(folder: Path) -> None:
    raise ValueError(folder)


@pytest.mark.slow
def test_work_is_measured_in_a_process_of_its_own(tmp_path):
    usage = measured(hold, tmp_path)
    assert (tmp_path / "done").read_text() == str(BLOCK_MB << 20)
    assert usage.peak_mb > BLOCK_MB
    assert usage.cpu > 0
    assert usage.wall_s > 0


@pytest.mark.slow
def test_work_that_fails_is_no_measurement(tmp_path):
    with pytest.raises(RuntimeError, match="fail ended with exit code 1"):
        measured(fail, tmp_path)
