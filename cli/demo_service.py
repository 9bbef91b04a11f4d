"""The service of the demo: started as a user starts it, asked over HTTP, stopped at the end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from cli.context import progress_bar

FIRST_PORT, PORTS = 3000, 50
PATIENCE_S = 90


@contextmanager
def service(folder: Path) -> Iterator[str]:
    """The service of a folder on a free port, stopped at the end; yields its URL once it is ready.

    Raises:
        OSError: no port is free, or the service ended or was not ready in time; its log is named.
    """
    port = free_port()
    url, log = f"http://127.0.0.1:{port}", folder / "service.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 (our own command line)
            [sys.executable, "-m", "cli.main", "-C", str(folder), "serve", "--port", str(port)],
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        for sign in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, _interrupt)
        _wait_ready(process, url, log)
        yield url
    finally:
        _stop(process)


def ask(url: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The JSON answer to a GET, or to a POST where there is a body."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"Content-Type": "application/json"})  # noqa: S310 (http on this machine)
    with urlopen(request, timeout=30) as response:  # noqa: S310 (http on this machine)
        answer: dict[str, Any] = json.load(response)
        return answer


def free_port() -> int:
    """The first of PORTS ports from FIRST_PORT on that nobody listens on.

    Raises:
        OSError: all of them are in use.
    """
    last = FIRST_PORT + PORTS - 1
    for port in range(FIRST_PORT, last + 1):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise OSError(f"ports {FIRST_PORT} to {last} are all in use; stop what listens on one of them")


def _interrupt(*_: object) -> None:
    """Being told to end is Ctrl-C: the service, in a session of its own, would outlive us otherwise."""
    raise KeyboardInterrupt


def _wait_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    with progress_bar() as tell:
        for waited in range(4 * PATIENCE_S):
            tell("start the service", waited // 4, PATIENCE_S)
            if process.poll() is not None:
                raise OSError(f"the service stopped with exit code {process.returncode}; see {log}")
            try:
                with urlopen(f"{url}/readyz", timeout=2):  # noqa: S310 (http on this machine)
                    return
            except (URLError, OSError):
                time.sleep(0.25)
    raise OSError(f"the service did not become ready within {PATIENCE_S} s; see {log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the whole process group to stop, then insist."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, sign)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            continue
