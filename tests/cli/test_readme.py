"""What the README shows is what happens: its commands, the shape of their answers, its figures, its links."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import click
import duckdb
import pytest

from cli.main import regulars
from features.settings import load_settings
from features.workspace import Workspace
from tests.cli.conftest import ROOT
from tests.shop import SETTINGS, make_shop

README = (ROOT / "README.md").read_text("utf-8")
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
DEMO_CUSTOMER = "2348"
QUICK = ("at-risk", "offers", "features")
FREE_KEYS = (
    *("features", "excluded", "loyalty_probabilities", "order_within", "churn_interval"),
    *("evidence", "reasons_against"),
)


class Shown(NamedTuple):
    command: str
    output: str


def console(text: str) -> Iterator[Shown]:
    """Commands of console blocks, without their comments, and what is shown below each."""
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for part in re.split(r"(?m)^\$ ", block)[1:]:
            command, _, output = part.partition("\n")
            yield Shown(re.sub(r"\s+# .*", "", command), output)


SHOWN = list(console(README))
VERBS = [shown for shown in SHOWN if shown.command.startswith("regulars ")]
CURLS = [shown for shown in SHOWN if shown.command.startswith("curl ")]


def test_there_is_something_to_test():
    assert len(VERBS) >= 8
    assert len(CURLS) == 3


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_that_is_shown_exists(page):
    targets = re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text())
    text = page.read_text("utf-8")
    named = [shown.command.split()[1] for shown in console(text) if shown.command.startswith("make ")]
    named += re.findall(r"`make ([a-z]+)", text)
    assert set(named) <= set(targets)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    text = page.read_text("utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        target, _, anchor = link.partition("#")
        if not target.startswith(("http://", "https://")):
            assert not target or (page.parent / target).exists(), link
            assert not anchor or f"## {anchor.replace('-', ' ')}" in text.lower(), link


@pytest.mark.parametrize("shown", VERBS, ids=lambda shown: shown.command)
def test_every_command_is_one_that_regulars_understands(shown):
    context, command, words = None, regulars, shlex.split(shown.command)[1:]
    while isinstance(command, click.Group):
        context = command.make_context(command.name or "regulars", words, parent=context)
        name, command, words = command.resolve_command(context, [*context._protected_args, *context.args])
        assert command is not None, name
    command.make_context(name, words, parent=context)


@pytest.mark.parametrize(
    "shown",
    [one for one in VERBS if any(f" {verb} " in one.command for verb in QUICK)],
    ids=lambda one: one.command,
)
def test_the_answer_has_the_columns_that_are_shown(run, scored, tmp_path, monkeypatch, shown):
    command = shown.command.replace("-C demo ", "").replace(DEMO_CUSTOMER, most_at_risk(run, scored))
    words = shlex.split(command.replace("2017-10-01", "2025-10-01"))
    monkeypatch.chdir(tmp_path)
    answered = run(*words[1:], folder=scored)
    assert answered.code == 0, answered.err
    if shown.output:
        assert columns(answered.out) == columns(shown.output)


def most_at_risk(run, folder):
    return run("at-risk", "--top", 1, "--json", folder=folder).json["customers"][0]["customer_id"]


def columns(output: str) -> list[str]:
    """Names of the columns of a CSV or a drawn table, which is above its rule."""
    lines = [line.strip() for line in output.splitlines()]
    rules = [number for number, line in enumerate(lines) if line.startswith("──")]
    return re.split(r"\s{2,}", lines[rules[0] - 1]) if rules else next(csv.reader(lines))


@pytest.fixture
def client(scored, monkeypatch):
    from starlette.testclient import TestClient

    from serving.service import Regulars
    from serving.state import environment

    for name, value in environment(load_settings(scored), Workspace(scored / "workspace")).items():
        monkeypatch.setenv(name, value)
    with TestClient(Regulars.to_asgi()) as opened:
        yield opened


def test_the_service_answers_as_is_shown(run, client, scored):
    customer, decision, offer = most_at_risk(run, scored), "", ""
    for shown in CURLS:
        sent = json.loads(shown.output)
        answer = asked(client, shown.command, customer, sent.get("decision_id"), decision, offer)
        assert shape(answer) == shape(sent)
        decision = answer.get("decision_id", "")
        offer = answer["offers"][0]["offer_id"] if answer.get("offers") else ""


def asked(client, command, customer, shown_decision, decision, offer):
    """The answer to a curl command, about a customer and a decision of the tiny shop."""
    if decision:
        command = command.replace(shown_decision, decision).replace("second-order", offer)
    words = shlex.split(command.replace(DEMO_CUSTOMER, customer))
    options = dict(pairwise(words))
    path = next(word for word in words if word.startswith("http")).removeprefix("http://127.0.0.1:3000")
    if "-d" not in options:
        answer = client.get(path)
    else:
        name, _, value = options["-H"].partition(": ")
        answer = client.post(path, content=options["-d"], headers={name: value})
    assert answer.status_code == 200, answer.text
    return answer.json()


def shape(document):
    """Names and nesting of a JSON document, without its values."""
    if isinstance(document, dict):
        return {key: shape(value) if key not in FREE_KEYS else None for key, value in document.items()}
    return [shape(document[0])] if isinstance(document, list) and document else None


@pytest.mark.slow
def test_ones_own_data_become_a_list_by_the_commands_that_are_shown(run, tmp_path, monkeypatch):
    shop = make_shop(tmp_path / "made")
    monkeypatch.chdir(tmp_path)
    names = "* RENAME (order_id AS receipt, customer_id AS card, ordered_at AS date, amount AS net)"
    with duckdb.connect() as connection:
        lines = connection.read_parquet(str(shop / "data/order_lines.parquet")).project(names)
        lines.write_csv("orders.csv")
    for shown in VERBS[[one.command for one in VERBS].index("regulars init my-shop") :]:
        told = run(*shlex.split(shown.command)[1:])
        assert told.code == 0, told.err
        if " init " in shown.command:
            settle(tmp_path / "my-shop", shop)
    assert run("at-risk", folder=tmp_path / "my-shop").code == 0


def settle(folder, shop):
    """Bring the tables, and write into the settings what the README says to write."""
    shutil.copy("orders.csv", folder / "data/order_lines.csv")
    shutil.copy(shop / "data/products.parquet", folder / "data")
    given = re.search(r"```toml\n(.*?)```", README, re.DOTALL)[1]
    template = (folder / "regulars.toml").read_text().replace("[consent]", "").replace("[churn]", "")
    windows_of_a_small_shop = SETTINGS[SETTINGS.index("[churn]") :]
    (folder / "regulars.toml").write_text(template + given + windows_of_a_small_shop)


@pytest.mark.slow
def test_the_figures_are_those_of_the_demo(run, demo):
    rows = re.findall(
        r"(?m)^\| ([a-zA-Z/ ]+) \| ([0-9.]+) \| ([0-9.]+) \| ([0-9.]+) \| ([0-9.]+) \|$", README
    )
    prefixes = ["", "rfm_logistic_", "paretonbd_", "bgnbd_", "recency_", "cadence_"]
    recorded = run("evaluate", "churn", "--json", folder=demo[0]).json["versions"][-1]["figures"]
    for prefix, (_, *written) in zip(prefixes, rows, strict=True):
        keys = ("auroc", "average_precision", "brier", "lift_at_10pct")
        measured = [recorded[prefix + key] for key in keys]
        assert [float(number) for number in written] == pytest.approx(measured, abs=0.051)
        assert float(written[0]) == pytest.approx(measured[0], abs=0.0051)
