"""The estimators run on logs in the form of the Open Bandit Dataset, and find the rate of a policy they never saw."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.open_bandit import ESTIMATES, judged

ROOT = Path(__file__).parents[2]
DATA = os.environ.get("REGULARS_BENCHMARK_DATA")
ITEMS, PLACES = 10, 3


def log_of(probabilities, rows=20_000, seed=1):
    """A log whose clicks depend on the item; every place has the same policy."""
    random = np.random.default_rng(seed)
    item = random.choice(ITEMS, rows, p=probabilities)
    rate = 0.05 + 0.02 * item
    return pd.DataFrame(
        {
            "timestamp": np.arange(rows),
            "item_id": item,
            "position": random.integers(1, PLACES + 1, rows),
            "click": (random.random(rows) < rate).astype(int),
            "propensity_score": np.asarray(probabilities)[item],
        }
    )


@pytest.mark.parametrize("turn", [1, -1], ids=["from the random log", "from the log of the other"])
def test_each_log_tells_the_click_rate_of_the_other_policy(turn):
    greedy = np.linspace(0.02, 0.18, ITEMS)
    logs = [log_of(np.full(ITEMS, 1 / ITEMS)), log_of(greedy, seed=2)][::turn]
    true = float(((0.05 + 0.02 * np.arange(ITEMS)) * [greedy, np.full(ITEMS, 1 / ITEMS)][::turn][0]).sum())
    found = judged(*logs)
    assert tuple(found) == ESTIMATES
    for name in ("ips", "snips", "doubly_robust"):
        half = (found[name].high - found[name].low) / 2
        assert abs(found[name].value - true) < 1.5 * half
        assert half < 0.03


@pytest.mark.skipif(DATA is None, reason="REGULARS_BENCHMARK_DATA names no folder with the logs")
def test_the_published_logs_run_through_the_same_estimators():
    command = [sys.executable, "-m", "benchmarks.open_bandit", "--data", str(DATA)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    figures = json.loads(ended.stdout.splitlines()[-1])["figures"]
    for name, other in (("random", "bts"), ("bts", "random")):
        low, high = (figures[f"{other}_from_{name}_doubly_robust_{end}"] for end in ("low", "high"))
        rate = figures[f"{other}_click_rate"]
        error = (rate / 10_000) ** 0.5  # forty clicks are uncertain themselves
        assert low - 2 * error <= rate <= high + 2 * error
