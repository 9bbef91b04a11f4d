"""Benchmarks print a table, then one JSON object with the figures that others rely on."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
BASELINES = ("recency", "cadence", "rfm_logistic", "bgnbd", "paretonbd")
CHURN = {
    *("auroc", "average_precision", "brier", "calibration_error", "calibration_excess", "lift_at_10pct"),
    *(f"{name}_auroc" for name in BASELINES),
    *("rows", "churn_rate", "train_seconds"),
}
LOYALTY = {
    *("macro_f1", "macro_auroc", "log_loss", "persistence_macro_f1", "transition_macro_auroc"),
    *("transition_log_loss", "calibration_error", "calibration_excess", "rows"),
    *(f"f1_{name}" for name in ("value", "price", "reward", "discount", "occasional")),
}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "keys"), [("churn_quality", CHURN), ("loyalty_quality", LOYALTY)])
def test_the_last_line_holds_the_figures_and_the_model_is_ahead(name, keys):
    command = [sys.executable, "-m", f"benchmarks.{name}", "--dataset", "complete_journey", "--quick"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    document = json.loads(printed.splitlines()[-1])
    figures = document["figures"]
    assert document["benchmark"] == name
    assert keys <= set(figures)
    assert document["versions"]["lightgbm"]
    own = figures.get("auroc", figures.get("macro_auroc"))
    baselines = [
        value
        for key, value in figures.items()
        if key.endswith("_auroc") and key != "macro_auroc" and not key.startswith("within_")
    ]
    assert own > max(baselines)


@pytest.mark.slow
def test_recommendations_are_measured_beside_every_rule_with_intervals():
    command = [sys.executable, "-m", "benchmarks.recommendations", "--quick"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    figures = json.loads(printed.splitlines()[-1])["figures"]
    for prefix in ("", "popular_", "personal_", "als_", "ease_"):
        for part in ("products_all", "products_new", "types_all", "types_new"):
            for key in ("recall10", "ndcg10"):
                name = f"{prefix}{part}_{key}"
                assert figures[f"{name}_low"] <= figures[name] <= figures[f"{name}_high"]
    assert figures["products_all_ndcg10"] > figures["personal_products_all_ndcg10"]


@pytest.mark.slow
def test_a_policy_is_measured_beside_simple_ones_by_the_truth():
    command = [sys.executable, "-m", "benchmarks.policy", "--quick"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    figures = json.loads(printed.splitlines()[-1])["figures"]
    assert figures["share_of_oracle"] > figures["random_share"]
    assert 0.85 <= figures["dr_coverage"] <= 1
    assert figures["confounded_refused"] == 1
    assert figures["loyalty_type_macro_f1"] > 0.6


@pytest.mark.slow
def test_uplift_is_measured_on_a_trial_with_three_arms(tmp_path):
    random = np.random.default_rng(1)
    count = 9_000
    arm = random.integers(0, 3, count)
    womens = random.integers(0, 2, count)
    chance = 0.1 + 0.15 * ((arm == 1) & (womens == 1)) + 0.1 * (arm == 2)
    rows = {
        "recency": random.integers(1, 13, count),
        "history": random.uniform(30, 500, count),
        "mens": 1 - womens,
        "womens": womens,
        "newbie": random.integers(0, 2, count),
        "zip_code": random.choice(["Urban", "Rural"], count),
        "channel": random.choice(["Web", "Phone"], count),
        "segment": np.array(["No E-Mail", "Womens E-Mail", "Mens E-Mail"])[arm],
        "visit": (random.random(count) < chance).astype(int),
    }
    pd.DataFrame(rows).to_parquet(tmp_path / "hillstrom.parquet")
    command = [sys.executable, "-m", "benchmarks.uplift", "--quick", "--data", str(tmp_path)]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    figures = json.loads(printed.splitlines()[-1])["figures"]
    for prefix in ("", "tlearner_", "response_", "rule_"):
        assert -1 <= figures[f"{prefix}mens_visit_qini"] <= 1
    assert figures["womens_visit_qini"] > 0.05


def test_an_unknown_data_set_is_a_usage_error_that_names_those_there_are():
    command = [sys.executable, "-m", "benchmarks.churn_quality", "--dataset", "weather"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "complete_journey" in ended.stderr
