"""`docs/commands.md` is what the commands are: its options, and the keys of what every verb answers."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import click
import pytest

from cli import documentation
from cli.answers import ANSWERS
from cli.documentation import commands_markdown, pages
from cli.offer_policy import promote_effects
from features.settings import load_settings
from features.workspace import Workspace
from models.named_effects import NamedEffects
from models.offer_effects import OfferEffects
from tests.cli.conftest import ROOT
from tests.features.sentiment.voices import voices, write_feedback

PAGE = ROOT / "docs" / "commands.md"
VERBS = dict(pages())


def test_the_committed_page_is_what_the_commands_generate():
    assert PAGE.read_text("utf-8") == commands_markdown(), (
        "write it anew: see CONTRIBUTING.md, Generated pages"
    )


def test_answers_are_given_for_verbs_that_exist_and_for_all_of_them():
    assert list(VERBS) == list(ANSWERS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_of_a_verb_is_in_its_section(verb):
    section = commands_markdown().split(f"## regulars {verb}\n")[1].split("\n## ")[0]
    options = [one for one in VERBS[verb].params if isinstance(one, click.Option)]
    assert all(f"`{name}`" in section for option in options for name in option.opts)


def test_choices_ranges_and_defaults_are_shown():
    page = commands_markdown()
    assert "| `--top` | whole number from 1 | `20` |" in page
    assert "| `--min-risk` | number from 0 to 1 |" in page
    assert "| `--format` | `table`, `csv`, `json` | `table` |" in page
    assert "| `--truth` | folder |" in page


def test_a_verb_without_an_answer_is_refused_by_name(monkeypatch):
    monkeypatch.setattr(documentation, "ANSWERS", {})
    with pytest.raises(ValueError, match="verb 'init' has no answer; add it to ANSWERS"):
        commands_markdown()


def test_keys_that_are_missing_or_too_many_are_seen():
    keys = {"a": "A list.", "a[].b": "Inside.", "c": "Described whole."}
    assert found({"a": [{"b": 1}, {"b": 2, "x": 3}], "c": {"d": 4}}, keys) == {"a", "a[].b", "a[].x", "c"}
    assert found({"a": []}, keys) == {"a"}


def found(document, keys, place=""):
    """Keys of a document, down to those that are described whole."""
    if isinstance(document, list):
        return set().union(*(found(one, keys, f"{place}[]") for one in document))
    names = set()
    for key, value in document.items():
        name = f"{place}.{key}" if place else key
        names.add(name)
        if any(other.startswith((f"{name}.", f"{name}[")) for other in keys):
            names |= found(value, keys, name)
    return names


@pytest.fixture(scope="module")
def answers(trained_shop, logged_shop, tmp_path_factory):
    """What every verb answers to programs, by verb and options, in the course of one life of a shop."""
    shop = shutil.copytree(trained_shop, tmp_path_factory.mktemp("shops") / "shop")
    place = tmp_path_factory.mktemp("made")
    asked = [
        ("init", "", "init", str(place / "new")),
        ("simulate", "", "simulate", str(place / "simulated"), "--customers", "20", "--months", "3"),
        ("validate", "", "validate"),
        ("features", "", "features"),
        ("audit", "", "audit"),
        ("train", "", "train", "churn"),
        ("evaluate", "", "evaluate", "churn"),
        ("evaluate", "--alias", "evaluate", "churn", "--alias", "champion"),
        ("backtest", "", "backtest", "--origins", "1"),
        ("report", "", "report"),
        ("movement", "", "movement"),
        ("promote", "", "promote", "churn"),
        ("promote", "--sync", "promote", "--sync"),
        ("rollback", "", "rollback", "churn"),
        ("monitor", "", "monitor", "churn"),
        ("retrain", "", "retrain", "churn", "--if-needed"),
        ("score", "", "score"),
        ("score", "--engine spark", "score", "--engine", "spark", "--master", "local[2]"),
        ("at-risk", "", "at-risk"),
        ("offers list", "", "offers", "list"),
        ("suppress", "", "suppress", "c0007"),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGULARS__PROMOTION__MIN_ROWS", "50")  # it is a small shop
        patch.setenv("REGULARS__PROMOTION__MIN_EVENTS", "10")
        got = {(verb, options): answered(shop, *words) for verb, options, *words in asked}
    customer = got["at-risk", ""]["customers"][0]["customer_id"]
    got["offers check", ""] = answered(shop, "offers", "check")
    got["offers decide", ""] = answered(shop, "offers", "decide", customer)
    for verb in ("evaluate", "promote", "measure"):
        got[f"policy {verb}", ""] = answered(logged_shop, "policy", verb, codes=(0, 1))
    promote_assumed(shop)
    got["policy rollback", ""] = answered(shop, "policy", "rollback", "--why", "a test")
    got["uplift", ""] = answered(shop, "uplift", str(write_trial(place)))
    got["offers explain", ""] = answered(shop, "offers", "explain", customer)
    got["campaign", ""] = answered(shop, "campaign", "--budget", "50", "--channel", "email")
    decision = got["offers decide", ""]["slots"][0]["decision_id"]
    got["offers replay", ""] = answered(shop, "offers", "replay", decision)
    for words in (("train", "recommendation"), ("score", "--use-challengers")):
        answered(shop, *words)
    got["offers export", ""] = answered(shop, "offers", "export")
    got["recommend", ""] = answered(shop, "recommend", customer)
    write_feedback(shop / "workspace" / "tables", [row | {"kind": "mention"} for row in voices(5)])
    got["mentions", ""] = answered(shop, "mentions", "--until", "2024-02-01")
    return got


def write_trial(folder):
    """A trial of 400 rows; returns its declaration."""
    rows = range(400)
    lines = [f"{n},{'ab'[n % 2]},{n % 7},{int(n % 3 == 0 or n % 14 == 1)}" for n in rows]
    (folder / "trial.csv").write_text("\n".join(["who,arm,age,visit", *lines]), "utf-8")
    named = {
        "name": "t",
        "table": "trial.csv",
        "id": "who",
        "treatment": "arm",
        "treated": "b",
        "control": "a",
    }
    text = "\n".join(
        f'{key} = "{value}"' for key, value in (named | {"outcome": "visit", "name": "mail"}).items()
    )
    (folder / "trial.toml").write_text(text, "utf-8")
    return folder / "trial.toml"


def promote_assumed(shop):
    """Promote effects of one offer, as they are assumed."""
    types = ("value", "price", "reward", "discount", "occasional")
    effects = OfferEffects.prior([0], [100.0], len(types), order_value=2000.0, margin_share=0.3)
    settings, workspace = load_settings(shop), Workspace(shop / "workspace")
    promote_effects(settings, workspace, NamedEffects(("early-access",), types, effects, (True,)), None, {})


def answered(shop, *words, codes=(0,)):
    """The document and nothing else on standard output, of a process of its own."""
    command = [sys.executable, "-m", "cli.main", "-q", "-C", str(shop), *words, "--json"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode in codes, ended.stderr
    return json.loads(ended.stdout)


DOCUMENTS = [
    (verb, options) for verb, answer in ANSWERS.items() for options in answer.documents if verb != "demo"
]


@pytest.mark.slow
@pytest.mark.parametrize(("verb", "options"), DOCUMENTS, ids=str)
def test_the_keys_on_the_page_are_those_of_the_answer(answers, verb, options):
    keys = ANSWERS[verb].documents[options]
    assert found(answers[verb, options], keys) == set(keys)
