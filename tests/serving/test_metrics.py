"""Claims about metrics."""

import os
import subprocess
import sys
from pathlib import Path

from serving import metrics

ROOM = Path(__file__).parents[2]
COUNT = """
from serving import metrics
metrics.observe_request("GET", "/v1/at-risk", 200, 0.01)
metrics.CREATED.set(5)
"""


def test_a_strange_method_is_not_a_label_of_its_own():
    metrics.observe_request("FOO123", "/x", 200, 0.01)
    text = metrics.exposition().decode()
    assert "FOO123" not in text
    assert 'method="other",route="/x"' in text


def test_counts_of_several_processes_are_summed(tmp_path):
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": str(ROOM)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", COUNT], env=environment, check=True)
    show = "from serving import metrics; print(metrics.exposition().decode())"
    shown = subprocess.run(
        [sys.executable, "-c", show], env=environment, check=True, capture_output=True, text=True
    ).stdout
    assert 'regulars_requests_total{method="GET",route="/v1/at-risk",status="200"} 2.0' in shown
    assert "regulars_generation_created_timestamp_seconds 5.0" in shown
