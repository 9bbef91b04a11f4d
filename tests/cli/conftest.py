"""The command line as a user meets it: exit code, standard output, standard error; on one small shop."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest

from cli.main import main
from datasets.simulator.simulate import simulate
from features.catalogue import available
from features.feeders.embedded import Feeder, feature_matrix
from features.matrix import FeatureMatrix
from features.settings import Settings, load_settings
from features.tables.report import load_report
from features.workspace import Workspace
from models.artifact import Model
from models.calibration import Calibration
from models.quantiles import Quantiles
from models.value import Amount, ValueModel
from serving.offers import default_catalogue
from serving.scoring import build_generation
from tests.shop import make_shop, validated

LOYALTY_TYPES = ("value", "price", "reward", "discount", "occasional")
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    """What a run of the command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Run `regulars` in this process, entry point and error handling included."""

    def run_it(*arguments: object, folder: Path | None = None) -> Outcome:
        place = [] if folder is None else ["-C", str(folder)]
        monkeypatch.setattr(sys, "argv", ["regulars", *place, *map(str, arguments)])
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main()
        return Outcome(int(ended.value.code or 0), out.getvalue(), err.getvalue())

    return run_it


@pytest.fixture
def process() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `regulars` as a process of its own."""

    def run_it(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cli.main", *map(str, arguments)]
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        return subprocess.run(command, cwd=ROOT, text=True, check=False, **options)

    return run_it


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The folder of a demo run, and what the run printed; takes minutes."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    command = [sys.executable, "-m", "cli.main", "demo", str(folder), "--no-serve"]
    return folder, subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)


@pytest.fixture(scope="session")
def validated_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with validated tables; not to be changed."""
    folder = make_shop(tmp_path_factory.mktemp("shops") / "validated")
    validated(folder)
    return folder


@pytest.fixture(scope="session")
def scored_shop(validated_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with a generation of real features and two quickly fitted models; not to be changed."""
    folder = tmp_path_factory.mktemp("shops") / "scored"
    shutil.copytree(validated_shop, folder)
    settings, workspace = Settings(consent={"basis": "contract"}), Workspace(folder / "workspace")
    as_of = load_report(workspace.tables).as_of
    with Feeder(workspace.tables) as feeder:
        matrix = feature_matrix(feeder, available(feeder.present), [as_of])
    active = matrix.where(matrix.column("days_since_last_order") <= 60)
    churn = _fitted(active, "churn", ("retained", "churned"), folder)
    loyalty = _fitted(active, "loyalty_type", LOYALTY_TYPES, folder)
    value = _valued(active, folder)
    offers = default_catalogue()
    build_generation(workspace, settings, active, churn, loyalty, offers, as_of, value=value, reason_rows=20)
    return folder


def _valued(matrix: FeatureMatrix, folder: Path) -> Path:
    """A model of value for which last year's spend goes on."""
    spend = np.maximum(matrix.column("total_spend_365d"), 1.0).astype(np.float64)
    parameters = {"objective": "poisson", "min_data_in_leaf": 5, "verbose": -1, "num_threads": 1, "seed": 7}
    label = spend / spend.mean()
    data = lgb.Dataset(matrix.values, label, feature_name=list(matrix.names), params={"verbose": -1})
    booster = lgb.train(parameters, data, 12)
    amount = Amount(booster.model_to_string(), 0.3 * float(spend.mean()), 1.0)
    quantiles = Quantiles.fit(amount.predict(matrix.values.astype(np.float64)), 0.3 * spend)
    ValueModel(matrix.names, amount, None, quantiles, 365, "rate", "1").save(folder / "models" / "value")
    return folder / "models" / "value"


def _fitted(matrix: FeatureMatrix, task: str, labels: tuple[str, ...], folder: Path) -> Path:
    """A model of a rule on two features: which rule does not matter to the command line."""
    since, spend = matrix.column("days_since_last_order"), matrix.column("total_spend_365d")
    outcome = (np.argsort(np.argsort(since + spend / 1e5)) * len(labels)) // len(matrix)
    classes = {} if len(labels) == 2 else {"num_class": len(labels)}
    parameters = {"objective": "multiclass" if classes else "binary", **classes, "min_data_in_leaf": 5}
    data = lgb.Dataset(matrix.values, outcome, feature_name=list(matrix.names), params={"verbose": -1})
    booster = lgb.train(parameters | {"verbose": -1, "num_threads": 1, "seed": 7}, data, 12)
    metadata = {"active_days": 60}
    model = Model(
        task,
        labels,
        matrix.names,
        booster.model_to_string(),
        Calibration.identity(len(labels)),
        28,
        "1",
        metadata,
    )
    model.save(folder / "fitted" / task)
    return folder / "fitted" / task


@pytest.fixture
def shop(validated_shop: Path, tmp_path: Path) -> Path:
    """A shop with validated tables, one's own."""
    return Path(shutil.copytree(validated_shop, tmp_path / "shop"))


@pytest.fixture
def scored(scored_shop: Path, tmp_path: Path) -> Path:
    """A shop with a generation, one's own."""
    return Path(shutil.copytree(scored_shop, tmp_path / "scored"))


@pytest.fixture(scope="session")
def trained_shop(validated_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with a champion of each task in an embedded MLflow; not to be changed."""
    from training.job import TASKS, train

    folder = tmp_path_factory.mktemp("shops") / "trained"
    shutil.copytree(validated_shop, folder)
    settings, workspace = validated(folder)
    for task in TASKS:
        train(task, settings, workspace)
    return folder


@pytest.fixture(scope="session")
def retrained_shop(trained_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a challenger of churn beside its champion; not to be changed."""
    from training.job import train

    folder = tmp_path_factory.mktemp("shops") / "retrained"
    shutil.copytree(trained_shop, folder)
    train("churn", load_settings(folder), Workspace(folder / "workspace"))
    return folder


@pytest.fixture(scope="session")
def logged_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated shop whose offers were logged with their propensities, validated; not to be changed."""
    folder = tmp_path_factory.mktemp("shops") / "logged"
    folder.mkdir()
    simulate(folder / "data", None, customers=1_000, months=14, seed=3)
    source, consent = '[source]\npath = "data"\ncurrency = "EUR"\n', '[consent]\nbasis = "contract"\n'
    settings = f"{source}{consent}[report]\ncontact_cost = 0.02\n"
    (folder / "regulars.toml").write_text(settings, encoding="utf-8")
    validated(folder)
    return folder
