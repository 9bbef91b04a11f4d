from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from urllib.request import urlopen

import pytest

from cli.demo import FIRST_PORT, SETTINGS, _free_port
from features.settings import load_settings
from tests.cli.conftest import ROOT


def test_the_settings_of_the_demo_say_on_which_ground_people_are_profiled(tmp_path):
    (tmp_path / "regulars.toml").write_text(SETTINGS)
    assert load_settings(tmp_path).consent.basis == "public_data"


def test_a_port_that_is_in_use_is_passed_over():
    first = _free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", first))
        other.listen()
        assert FIRST_PORT <= first < _free_port()


@pytest.mark.slow
def test_from_nothing_to_a_list_a_prediction_and_an_offer(demo):
    folder, first = demo
    assert first.returncode == 0, first.stderr
    for heading in ("About to leave", "Customer ", "Next best offers of ", "recorded as decision "):
        assert heading in first.stdout
    assert (folder / "workspace/generations/CURRENT").is_file()


@pytest.mark.slow
def test_a_second_run_gives_the_same_list_out_of_what_is_there(demo, process):
    folder, first = demo
    again = process("demo", "--no-serve", "--into", folder)
    assert again.returncode == 0, again.stderr
    assert "boosting" not in again.stderr
    assert _list(again.stdout) == _list(first.stdout)


@pytest.mark.slow
def test_it_serves_until_it_is_told_to_end_and_leaves_no_process(demo):
    command = [sys.executable, "-u", "-m", "cli.main", "demo", "--into", str(demo[0])]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as running:
        found = (re.match(r"Open (\S+) in a browser", line) for line in running.stdout)
        url = next(match[1] for match in found if match)
        with urlopen(f"{url}/v1/at-risk?limit=1") as answer:  # noqa: S310 (http on this machine)
            assert json.load(answer)["customers"]
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(url.rsplit(":", 1)[1]))) != 0


def _list(shown):
    """The at-risk list, without addresses and ids that differ from run to run."""
    return shown[shown.index("About to leave") : shown.index("  GET ")]
