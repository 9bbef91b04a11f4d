from __future__ import annotations

import json
import os
import subprocess
import sys

import click
import duckdb
import pytest

from cli.context import as_json
from cli.main import VERBS, _said, main, regulars
from tests.cli.conftest import ROOT

HEAVY = ("mlflow", "bentoml", "lightgbm", "duckdb", "pandas", "numpy", "pyarrow", "sklearn", "matplotlib")
PAGES = [(verb,) for verb in VERBS] + [("offers", "list"), ("offers", "decide")]


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_every_help_ends_in_an_example_of_its_own_verb(run, page):
    shown = run(*page, "--help")
    assert shown.code == 0
    assert shown.out.rstrip().splitlines()[-1].startswith(f"  Example:  regulars {page[0]}")


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_every_option_says_what_it_is_for(page):
    command = regulars
    for name in page:
        command = command.get_command(click.Context(command), name)
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page[0] != "serve"], ids=" ".join)
def test_every_verb_that_ends_has_json(page):
    command = regulars
    for name in page:
        command = command.get_command(click.Context(command), name)
    assert isinstance(command, click.Group) or "--json" in [
        word for parameter in command.params for word in parameter.opts
    ]


def test_the_list_of_verbs_says_each_in_one_whole_line(run):
    lines = run("--help").out.splitlines()
    verbs = lines[lines.index("Commands:") + 1 :][: len(VERBS)]
    assert [line.split()[0] for line in verbs] == list(VERBS)
    assert all(line.endswith(".") and not line.endswith("...") for line in verbs)


@pytest.mark.parametrize("page", [(), *PAGES], ids=lambda page: " ".join(page) or "regulars")
def test_help_imports_nothing_heavy(page):
    program = (
        "import json, sys; from cli.main import main\n"
        f"sys.argv = ['regulars', *{list(page)}, '--help']\n"
        "try: main()\n"
        f"finally: print(json.dumps([name for name in {HEAVY} if name in sys.modules]), file=sys.stderr)"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(found.stderr) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("unheard-of",),
        ("at-risk", "--tpo", "5"),
        ("at-risk", "--top", "0"),
        ("train", "weather"),
        ("suppress",),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2_and_says_so_on_standard_error(run, arguments):
    told = run(*arguments)
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("Usage: regulars")


@pytest.mark.parametrize(
    "command",
    [
        "validate",
        "features",
        "train",
        "evaluate churn",
        "score",
        "at-risk",
        "offers list",
        "offers decide c1",
        "serve",
        "suppress c1",
    ],
)
def test_without_settings_every_verb_fails_in_one_line_that_names_the_mend(run, tmp_path, command):
    told = run(*command.split(), folder=tmp_path)
    said = f"no regulars.toml in {tmp_path}; make one with: regulars init"
    assert (told.code, told.out, told.err) == (1, "", f"error: {said}\n")
    if command != "serve":
        asked = run(*command.split(), "--json", folder=tmp_path)
        assert (asked.code, asked.json, asked.err) == (1, {"error": said}, told.err)


def test_a_list_that_is_asked_for_as_json_by_its_format_fails_as_json(run, tmp_path):
    assert set(run("at-risk", "--format", "json", folder=tmp_path).json) == {"error"}
    assert run("at-risk", "--format", "csv", folder=tmp_path).out == ""


def test_a_misspelt_setting_is_named(run, tmp_path):
    (tmp_path / "regulars.toml").write_text("[churn]\nhorizont_days = 28\n")
    told = run("validate", folder=tmp_path)
    assert told.code == 1
    assert "churn.horizont_days is not a setting" in told.err
    assert told.err.count("\n") == 1


def test_the_version_is_that_of_the_distribution(run):
    from importlib.metadata import version

    assert run("--version").out == f"regulars, version {version('regulars')}\n"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("no key"), "no key"),
        (OSError(), "OSError"),
        (ValueError("two\n  lines\n\n"), "two; lines"),
    ],
)
def test_an_error_is_said_in_plain_words(error, said):
    assert _said(error) == said


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_a_reader_that_has_gone_is_no_traceback(process, scored_shop, form):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = process("-C", scored_shop, "at-risk", "--format", form, stdout=writing)
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, "")


def raising(monkeypatch, error):
    """A verb that does nothing but fail."""

    @click.command("init")
    @as_json
    def command(**_):
        raise error

    monkeypatch.setattr("cli.init.command", command)


def test_an_interrupt_is_one_line_and_the_exit_code_of_a_shell(run, monkeypatch):
    raising(monkeypatch, KeyboardInterrupt())
    told = run("init")
    assert (told.code, told.out, told.err) == (130, "", "error: interrupted\n")
    assert run("init", "--json").json == {"error": "interrupted"}


def test_what_the_database_says_is_an_error_in_one_line(run, monkeypatch):
    raising(monkeypatch, duckdb.OutOfMemoryException("Out of Memory Error\n\nset a limit"))
    told = run("init")
    assert (told.code, told.err) == (1, "error: Out of Memory Error; set a limit\n")


def test_a_mistake_of_ours_shows_where_it_happened(monkeypatch):
    raising(monkeypatch, ZeroDivisionError())
    monkeypatch.setattr(sys, "argv", ["regulars", "init"])
    with pytest.raises(ZeroDivisionError):
        main()


def test_quiet_silences_progress_and_hints_and_nothing_else(run, tmp_path):
    target = tmp_path / "shop"
    loud = run("simulate", target, "--customers", 20, "--months", 3)
    quiet = run("-q", "simulate", target, "--customers", 20, "--months", 3)
    assert loud.err.splitlines() == ["simulate ...", f"next: regulars -C {target} validate"]
    assert (quiet.out, quiet.err) == (loud.out, "")
    assert run("-q", "init", target).err.startswith("error: ")


def test_documents_for_programs_come_alone_on_standard_output(process, scored_shop):
    ended = process("-C", scored_shop, "at-risk", "--json")
    assert set(json.loads(ended.stdout)) == {"generation", "sort", "customers"}
    assert ended.stderr == ""
