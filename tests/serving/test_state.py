"""Claims about what a worker holds, and how it is told."""

from datetime import UTC, datetime, timedelta

import pytest

from features.suppression import Suppression
from serving.problems import ProblemError
from serving.state import ServingState, configuration, environment


def test_settings_and_workspace_reach_a_worker_in_another_folder(settings, workspace, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    variables = environment(settings, workspace)
    monkeypatch.chdir("/")
    found, where = configuration(variables)
    assert found == settings.model_copy(update={"root": tmp_path.resolve()})
    assert where.root == workspace.root.resolve()


def test_without_the_variable_the_configuration_file_is_read(tmp_path, monkeypatch):
    (tmp_path / "regulars.toml").write_text("[serving]\nport = 4000\n")
    monkeypatch.chdir(tmp_path)
    settings, workspace = configuration({})
    assert settings.serving.port == 4000
    assert workspace.root.name == "workspace"


@pytest.fixture
def state(build, settings, workspace):
    build()
    opened = ServingState.open(settings, workspace)
    yield opened
    opened.close()


def test_unknown_and_suppressed_customers_are_refused_in_the_same_words(state, workspace):
    Suppression.open(workspace.suppression).add("anna")
    words = []
    for customer in ("anna", "nobody"):
        with pytest.raises(ProblemError, match="no customer with this id was scored") as caught:
            state.row(state.generation(), customer)
        words.append(caught.value.response().body)
    assert words[0] == words[1]


def test_a_consent_that_has_ended_since_hides_the_customer(
    build, write_consents, matrix, settings, workspace
):
    end = datetime.now(UTC) + timedelta(days=1)
    write_consents(*[(customer, "profiling", "granted") for customer in matrix.customer_ids], expires_at=end)
    build()
    opened = ServingState.open(settings, workspace)
    generation = opened.generation()
    assert not opened.hidden(generation)("anna")
    assert opened.hidden(generation, now=end)("anna")
    opened.close()


def test_a_refusal_in_the_newer_generation_hides_the_customer_in_the_earlier_one(
    build, write_consents, matrix, settings, workspace
):
    granted = [(customer, "profiling", "granted") for customer in matrix.customer_ids]
    write_consents(*granted)
    first = build().name
    write_consents(*granted, ("anna", "profiling", "revoked"))
    build()
    opened = ServingState.open(settings, workspace)
    is_hidden = opened.hidden(opened.pinned(first))
    assert (is_hidden("anna"), is_hidden("carl")) == (True, False)
    opened.close()


def test_workers_and_commands_in_different_folders_open_one_store(settings, workspace, tmp_path, monkeypatch):
    serving = settings.serving.model_copy(update={"store_url": "sqlite:///decisions.db"})
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    variables = environment(settings.model_copy(update={"serving": serving}), workspace)
    monkeypatch.chdir(tmp_path / "elsewhere")
    ServingState.open(*configuration(variables)).close()
    assert (tmp_path / "decisions.db").is_file()
    assert not list((tmp_path / "elsewhere").iterdir())


def test_before_the_first_generation_there_is_a_503(settings, workspace):
    opened = ServingState.open(settings, workspace)
    with pytest.raises(ProblemError, match="nothing is scored yet; run: regulars score"):
        opened.generation()
    opened.close()
