from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from urllib.request import urlopen

import pytest

from cli.answers import ANSWERS
from cli.demo_data import DATA
from tests.cli.conftest import ROOT
from tests.cli.test_documentation import found


def test_data_that_there_are_not_are_wrong_usage_that_names_those_there_are(run):
    told = run("demo", "--data", "weather")
    assert (told.code, told.out) == (2, "")
    assert all(name in told.err for name in DATA)


@pytest.mark.slow
def test_from_nothing_to_a_list_a_prediction_and_an_offer(demo):
    folder, first = demo
    assert first.returncode == 0, first.stderr
    for heading in ("About to leave", "Customer ", "Next best offers of ", "recorded as decision "):
        assert heading in first.stdout
    assert "against what is true" not in first.stdout  # of real customers nobody knows
    assert (folder / "workspace/generations/CURRENT").is_file()


@pytest.mark.slow
def test_a_second_run_gives_the_same_list_out_of_what_is_there(demo, process):
    folder, first = demo
    again = process("demo", folder, "--no-serve")
    assert again.returncode == 0, again.stderr
    assert "boosting" not in again.stderr
    assert _list(again.stdout) == _list(first.stdout)


@pytest.mark.slow
def test_it_serves_until_it_is_told_to_end_and_leaves_no_process(demo):
    command = [sys.executable, "-u", "-m", "cli.main", "demo", str(demo[0])]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as running:
        found = (re.match(r"Open (\S+) in a browser", line) for line in running.stderr)
        url = next(match[1] for match in found if match)
        with urlopen(f"{url}/v1/at-risk?limit=1") as answer:  # noqa: S310 (http on this machine)
            assert json.load(answer)["customers"]
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(url.rsplit(":", 1)[1]))) != 0


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """The folder of a demo on a small simulated shop, and the answers as a document and as people see them."""
    folder = tmp_path_factory.mktemp("demo") / "demo-simulated"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cli.demo_data.CUSTOMERS", 500)
        DATA["simulated"].load(folder, lambda *_: None)
    command = [sys.executable, "-m", "cli.main", "demo", str(folder), "--data", "simulated", "--no-serve"]
    document, shown = (
        subprocess.run([*command, *more], cwd=ROOT, text=True, capture_output=True, check=True).stdout
        for more in (["--json"], [])
    )
    return folder, json.loads(document), shown


@pytest.mark.slow
def test_on_a_simulated_shop_the_models_are_set_beside_the_truth(simulated):
    _, document, shown = simulated
    truth = document["truth"]
    assert 0.5 < truth["auroc"] < truth["auroc_of_truth"] < 1
    assert truth["type_accuracy"] > truth["type_commonest"]
    assert f"against what is true, {truth['customers']:,} scored customers" in shown
    assert f"{truth['auroc']:.3f}" in shown[shown.index("against what is true") :]


@pytest.mark.slow
def test_the_keys_on_the_page_of_commands_are_those_of_the_answer(simulated):
    keys = ANSWERS["demo"].documents[""]
    assert found(simulated[1], keys) == set(keys)


@pytest.mark.slow
def test_all_tables_of_the_simulated_shop_are_validated_and_an_offer_is_made(simulated):
    folder, document, _ = simulated
    brought = {file.name for file in (folder / "data").iterdir()}
    assert len(brought) >= 10
    assert brought <= {file.name for file in (folder / "workspace" / "tables").iterdir()}
    assert document["offers"]["offers"][0]["offer_id"]


def _list(shown):
    """The at-risk list, without addresses and ids that differ from run to run."""
    return shown[shown.index("About to leave") : shown.index("  GET ")]
