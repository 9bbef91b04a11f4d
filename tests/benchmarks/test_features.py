"""What features cost is measured beside a scan and beside other tools, and their answers are compared."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEYS = {
    *("scan_cpu", "build1_cpu", "build12_cpu", "build12_wall_s", "build12_peak_mb", "sort_cpu", "kernel_cpu"),
    *("write_cpu", "duckdb_sql_cpu", "polars_cpu", "pandas_cpu", "streams12_cpu", "live_update_ms"),
    *("values_compared", "mismatches", "spark_wall_s", "spark_mismatches"),
}


@pytest.mark.slow
def test_the_last_line_holds_the_figures_and_no_tool_disagrees(tmp_path):
    chart = tmp_path / "chart.png"
    command = [sys.executable, "-m", "benchmarks.features", "--quick", "--chart", str(chart)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    figures = json.loads(ended.stdout.splitlines()[-1])["figures"]
    assert set(figures) >= KEYS
    assert figures["columns"] >= 92
    assert figures["values_compared"] > 100_000
    assert (figures["mismatches"], figures["spark_mismatches"]) == (0, 0)
    assert chart.read_bytes().startswith(b"\x89PNG")
