"""Claims about the service as a user starts it: checks before the start, then one real server."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import bentoml
import psutil
import pytest

from features.settings import ServingSettings
from serving.manifest import GenerationError
from serving.run import serve
from serving.store import Store

ROOT = Path(__file__).parents[2]
CONFIGURATION = '[consent]\nbasis = "contract"\n'


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def serving(settings, free_port):
    def made(**fields):
        chosen = ServingSettings(**({"port": free_port} | fields))
        return settings.model_copy(update={"serving": chosen})

    return made


def test_without_a_generation_the_message_says_what_to_run(serving, workspace):
    with pytest.raises(GenerationError, match=r"nothing to serve in .*generations; run: regulars score"):
        serve(serving(), workspace)


def test_a_damaged_generation_is_not_started_with(serving, workspace, build):
    (build() / "ids.npy").unlink()
    with pytest.raises(GenerationError, match=r"lacks ids\.npy"):
        serve(serving(), workspace)


def test_a_taken_port_is_named(serving, workspace, build, free_port):
    build()
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port))
        other.listen()
        with pytest.raises(OSError, match=rf"port {free_port} of 127\.0\.0\.1 cannot be used"):
            serve(serving(), workspace)


def test_an_unknown_host_is_named(serving, workspace, build):
    build()
    with pytest.raises(ValueError, match=r"host is 'no-such-host\.invalid', which no address was found for"):
        serve(serving(host="no-such-host.invalid"), workspace)


@pytest.fixture
def server(tmp_path, build, free_port):
    """A server started by the command line in a folder with a scored workspace."""
    build()
    (tmp_path / "regulars.toml").write_text(CONFIGURATION)
    command = [sys.executable, "-m", "cli.main", "-C", str(tmp_path), "serve", "--port", str(free_port)]
    log = tmp_path / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"HOME": str(tmp_path)},
        )
    try:
        _until(lambda: _status(free_port, "GET", "/readyz") == 200, process, log)
        yield process, free_port, log
    finally:
        _stop(process)


@pytest.mark.slow
def test_killing_a_worker_loses_no_acknowledged_decision(server, workspace):
    process, port, _ = server
    _until(lambda: len(psutil.Process(process.pid).children()) == 2)
    acknowledged, stop = [], threading.Event()
    customers = [threading.Thread(target=_keep_asking, args=(port, acknowledged, stop)) for _ in range(4)]
    for customer in customers:
        customer.start()
    _until(lambda: len(acknowledged) > 100)
    psutil.Process(process.pid).children()[0].send_signal(signal.SIGKILL)
    before = len(acknowledged)
    _until(lambda: len(acknowledged) > before + 100)
    stop.set()
    for customer in customers:
        customer.join()
    store = Store.open(workspace.store)
    for decision_id in acknowledged:
        assert [slot.slot for slot in store.decision(decision_id)] == [0, 1, 2]


@pytest.mark.slow
def test_a_real_server_counts_over_both_workers_answers_bentoml_clients_and_stops_when_told(server, tmp_path):
    process, port, log = server
    _until(lambda: len(psutil.Process(process.pid).children()) == 2)
    for _ in range(60):
        assert _status(port, "GET", "/v1/customers/anna") == 200
    metrics = _ask(port, "GET", "/metrics")[1].decode()
    assert (
        'regulars_requests_total{method="GET",route="/v1/customers/{customer_id}",status="200"} 60.0'
        in metrics
    )
    with bentoml.SyncHTTPClient(f"http://127.0.0.1:{port}") as client:
        assert client.predict({"ids": ["anna"]})["predictions"][0]["customer_id"] == "anna"
    workers = psutil.Process(process.pid).children()
    process.terminate()
    assert process.wait(30) == 0
    assert not [worker for worker in workers if worker.is_running()]
    assert "anna" not in log.read_text()
    assert not (tmp_path / "bentoml").exists()


def _ask(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, {"content-type": "application/json"} if body else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _status(port, method, path):
    try:
        return _ask(port, method, path)[0]
    except OSError:
        return None


def _keep_asking(port, acknowledged, stop):
    while not stop.is_set():
        try:
            status, body = _ask(port, "POST", "/v1/offers", json.dumps({"customer_id": "anna", "count": 3}))
        except (OSError, http.client.HTTPException):
            continue
        if status == 200:
            acknowledged.append(json.loads(body)["decision_id"])


def _until(condition, process=None, log=None):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if condition():
            return
        if process is not None and process.poll() is not None:
            pytest.fail(f"the server ended with {process.returncode}: {log.read_text()}")
        time.sleep(0.05)
    pytest.fail("nothing happened for a minute")


def _stop(process):
    children = psutil.Process(process.pid).children() if process.poll() is None else []
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
    for child in children:
        if child.is_running():
            child.kill()
