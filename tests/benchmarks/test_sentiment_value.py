"""What texts add to churn is measured on rows that are the same for every model."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODELS = ("without", "service", "sentiment", "oracle")


@pytest.mark.slow
def test_the_last_line_holds_every_model_and_the_intervals_of_their_differences():
    command = [sys.executable, "-m", "benchmarks.sentiment_value", "--quick"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    figures = json.loads(ended.stdout.splitlines()[-1])["figures"]
    assert all(0.6 < figures[f"{model}_auroc"] < 0.98 for model in MODELS)
    assert figures["without_features"] < figures["service_features"] < figures["sentiment_features"]
    assert figures["sentiment_features"] == figures["oracle_features"]
    for name in ("service_over_without", "sentiment_over_service", "oracle_over_service"):
        assert figures[f"{name}_low"] <= figures[name] <= figures[f"{name}_high"]
