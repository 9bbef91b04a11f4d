"""The whole way from training to a rolled-back champion with a real MLflow server on a real Postgres."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from http.client import HTTPConnection

import pytest

from features.workspace import Workspace
from training.registry import CHAMPION, PREVIOUS, Registry

pytestmark = pytest.mark.slow
PATIENCE_S = 180


@pytest.fixture(scope="module")
def server(postgres_url, tmp_path_factory):
    """The address of a tracking server that keeps everything in Postgres and artifacts in a folder of its own."""
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    store = postgres_url.replace("postgresql://", "postgresql+psycopg://")
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    command += [
        "--backend-store-uri",
        store,
        "--artifacts-destination",
        str(folder / "artifacts"),
        "--workers",
        "1",
    ]
    quiet = os.environ | {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    with (folder / "log").open("w") as log, running(command, log, folder, quiet):
        address = f"http://127.0.0.1:{port}"
        give_up = time.monotonic() + PATIENCE_S
        while not answers(port):
            assert time.monotonic() < give_up, (folder / "log").read_text()[-2000:]
            time.sleep(0.5)
        yield address


@contextmanager
def running(command, log, folder, environment):
    process = subprocess.Popen(
        command, stdout=log, stderr=log, cwd=folder, env=environment, start_new_session=True
    )
    try:
        yield
    finally:
        os.killpg(process.pid, 15)
        process.wait(30)


def answers(port):
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def test_training_promotion_and_rollback_work_on_a_server_on_postgres(
    run, validated_shop, server, tmp_path, monkeypatch
):
    shop = shutil.copytree(validated_shop, tmp_path / "shop")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    monkeypatch.setenv("REGULARS__PROMOTION__MIN_ROWS", "50")
    monkeypatch.setenv("REGULARS__PROMOTION__MIN_EVENTS", "10")
    for task in ("churn", "loyalty_type", "churn"):
        told = run("train", task, folder=shop)
        assert told.code == 0, told.err
    promoted = run("promote", "churn", "--json", folder=shop)
    assert promoted.code == 0, promoted.err
    registry = Registry(Workspace(shop / "workspace"))
    assert (registry.uri, registry.version_of("churn", CHAMPION)) == (server, "2")
    assert registry.tags("churn", "2")["gate_auroc_not_inferior"] == "passed"
    assert run("monitor", "churn", folder=shop).code in (0, 3)
    told = run("rollback", "churn", "--json", folder=shop)
    assert told.json["version"] == registry.version_of("churn", CHAMPION) == "1"
    assert registry.version_of("churn", PREVIOUS) is None
    assert not (shop / "workspace" / "mlflow" / "mlflow.db").exists()
