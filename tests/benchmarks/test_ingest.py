"""The cost of validation is measured beside a plain scan of the same lines."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_last_line_holds_the_figures_and_every_line_was_used():
    command = [sys.executable, "-m", "benchmarks.ingest", "--quick"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    figures = json.loads(printed.splitlines()[-1])["figures"]
    assert {"rows_per_s", "peak_mb", "scan_cpu", "validate_cpu"} <= set(figures)
    assert figures["rows_used"] == figures["rows"] == 100_000
    assert figures["validate_cpu"] > 0


def test_an_unknown_size_is_a_usage_error_that_names_those_there_are():
    command = [sys.executable, "-m", "benchmarks.ingest", "--size", "huge"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "10m" in ended.stderr
