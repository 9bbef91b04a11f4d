"""Claims about taking turns."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from serving.turn import Turn

HOLD = """
import sys, time
from pathlib import Path
from serving.turn import Turn
with Turn(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def turn(tmp_path):
    made = Turn(tmp_path / "s.db")
    yield made
    made.close()


def test_one_thread_at_a_time_is_inside(turn):
    inside, most = [], []

    def work():
        with turn:
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.001)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 20


def test_another_process_is_waited_for_and_its_death_ends_its_turn(turn, tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path / "s.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as other:
        assert other.stdout.readline() == b"held\n"
        entered = threading.Event()
        waiting = threading.Thread(target=lambda: _enter(turn, entered))
        waiting.start()
        assert not entered.wait(0.2)
        other.kill()
        assert entered.wait(20)
        waiting.join()


def test_an_error_inside_ends_the_turn(turn):
    with pytest.raises(KeyError, match="x"), turn:
        raise KeyError("x")
    with turn:
        pass


def _enter(turn, entered):
    with turn:
        entered.set()
