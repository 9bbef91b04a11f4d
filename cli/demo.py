"""`regulars demo`: from nothing to an at-risk list and a served offer, on public data."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import click

from cli.context import open_workspace, progress_bar, show_table

if TYPE_CHECKING:
    from features.settings import Settings
    from features.workspace import Workspace

SETTINGS = """\
# A year of a grocer's order lines: the Complete Journey panel, published by 84.51 degrees.
[source]
path = "data"
currency = "USD"

[consent]
basis = "public_data"    # a published panel of anonymous households
"""
FIRST_PORT = 3000
PATIENCE_S = 90


@click.command(epilog="Example:  regulars demo --no-serve")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Folder for everything that the demo makes.",
)
@click.option("--no-serve", is_flag=True, help="Stop after the answers instead of serving on.")
def command(into: Path, no_serve: bool) -> None:
    """Load the Complete Journey panel, train, score, serve and ask.

    What an earlier run made is used again; remove the folder to start anew.
    """
    _load(into)
    settings, workspace = open_workspace(into)
    _prepare(settings, workspace)
    with _service(into, _free_port()) as url:
        _ask(url)
        if no_serve:
            return
        click.echo(f"\nOpen {url} in a browser. Ctrl-C stops the service.")
        with suppress(KeyboardInterrupt):
            signal.pause()


def _load(into: Path) -> None:
    """The panel as contract tables, and settings for it."""
    from datasets import complete_journey
    from features.settings import FILE_NAME

    if not (into / "data").is_dir():
        with progress_bar() as tell:
            tell("load the Complete Journey panel", 0, 1)
            complete_journey.export(into / "data")
            tell("load the Complete Journey panel", 1, 1)
    if not (into / FILE_NAME).is_file():
        (into / FILE_NAME).write_text(SETTINGS, encoding="utf-8")


def _prepare(settings: Settings, workspace: Workspace) -> None:
    """Validate, train and score, each unless it has been done."""
    from cli.score import score
    from cli.train import TASKS, show_judgement
    from cli.validate import show_report
    from features.tables.report import load_report
    from features.tables.validate import validate
    from serving.publishing import current_id
    from training.job import train
    from training.registry import CHAMPION, Registry

    with progress_bar() as tell:
        if (workspace.tables / "report.json").is_file():
            report = load_report(workspace.tables)
        else:
            report = validate(settings, workspace, lambda step: tell(f"validate: {step}", 0, 0))
    report.raise_for_errors()
    show_report(report)
    registry = Registry(workspace)
    for task in TASKS:
        if registry.version_of(task, CHAMPION) is None:
            with progress_bar() as tell:
                show_judgement(task, train(task, settings, workspace, progress=tell).judgement)
    if current_id(workspace.generations) is None:
        with progress_bar() as tell:
            score(settings, workspace, progress=tell)


@contextmanager
def _service(folder: Path, port: int) -> Iterator[str]:
    """The service as a user starts it, stopped at the end; yields its URL once it is ready."""
    url = f"http://127.0.0.1:{port}"
    log = folder / "service.log"
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


def _ask(url: str) -> None:
    """What a marketer and a storefront ask, of the running service."""
    from cli.at_risk import show_at_risk

    customers = _get(f"{url}/v1/at-risk?limit=10")["customers"]
    show_at_risk(customers)
    click.echo(f"  GET {url}/v1/at-risk?limit=10\n")
    customer_id = customers[0]["customer_id"]
    _show_customer(_get(f"{url}/v1/customers/{customer_id}"))
    click.echo(f"  GET {url}/v1/customers/{customer_id}\n")
    asked = {"customer_id": customer_id, "count": 2}
    _show_offers(customer_id, _get(f"{url}/v1/offers", asked))
    click.echo(f"  POST {url}/v1/offers  {json.dumps(asked)}")


def _show_customer(answer: dict[str, Any]) -> None:
    types = sorted(answer["loyalty_probabilities"].items(), key=lambda entry: -entry[1])
    rows = [
        ("probability of leaving", f"{answer['churn_probability']:.0%} within {answer['horizon_days']} days"),
        ("more at risk than", f"{int(answer['percentile'])} % of customers ({answer['band']})"),
        ("loyalty type", ", ".join(f"{name} {share:.0%}" for name, share in types)),
        *(("because", reason["text"]) for reason in answer["reasons"]),
    ]
    show_table(f"Customer {answer['customer_id']}", ("what", "answer"), rows)


def _show_offers(customer_id: str, answer: dict[str, Any]) -> None:
    rows = [
        (offer["offer_id"], offer["name"], offer["mechanism"]) if offer["offer_id"] else ("none", "", "")
        for offer in answer["offers"]
    ]
    show_table(f"Next best offers of {customer_id}", ("offer", "what the customer sees", "mechanism"), rows)
    click.echo(f"recorded as decision {answer['decision_id']}")


def _get(url: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The JSON answer to a GET, or to a POST where there is a body."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"Content-Type": "application/json"})  # noqa: S310 (http on this machine)
    with urlopen(request, timeout=30) as response:  # noqa: S310 (http on this machine)
        answer: dict[str, Any] = json.load(response)
        return answer


def _free_port() -> int:
    for port in range(FIRST_PORT, FIRST_PORT + 50):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise OSError(f"ports {FIRST_PORT} to {FIRST_PORT + 49} are all in use")
