from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest

from cli.demo import FIRST_PORT, SETTINGS, _free_port
from features.settings import load_settings
from tests.cli.conftest import ROOT

FEWER_CUTOFFS = {"REGULARS__TRAINING__CUTOFF_EVERY_DAYS": "28"}


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
def test_from_nothing_to_an_answer_and_the_second_time_from_what_is_there(tmp_path, process):
    environment = os.environ | FEWER_CUTOFFS
    first = process("demo", "--no-serve", "--into", tmp_path / "demo", env=environment)
    assert first.returncode == 0, first.stderr
    for heading in ("About to leave", "Customer ", "Next best offers of "):
        assert heading in first.stdout
    again = process("demo", "--no-serve", "--into", tmp_path / "demo", env=environment)
    assert "boosting" not in again.stderr
    assert _list(again.stdout) == _list(first.stdout)
    _serves_until_it_is_told_to_end(tmp_path)


def _serves_until_it_is_told_to_end(folder):
    command = [sys.executable, "-u", "-m", "cli.main", "demo", "--into", str(folder / "demo")]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as demo:
        url = next(found[1] for line in demo.stdout if (found := re.match(r"Open (\S+) in a browser", line)))
        with urlopen(f"{url}/v1/at-risk?limit=1") as answer:  # noqa: S310 (http on this machine)
            assert json.load(answer)["customers"]
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(60) == 0
    port = int(url.rsplit(":", 1)[1])
    time.sleep(0.1)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def _list(shown):
    """The at-risk list, without addresses and ids that differ from run to run."""
    return shown[shown.index("About to leave") : shown.index("  GET ")]
