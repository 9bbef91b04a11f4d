"""Claims about what a worker holds, and how it is told."""

from datetime import UTC, datetime, timedelta

import pytest

from features.suppression import Suppression
from serving.problems import ProblemError
from serving.state import ServingState, configuration, environment


def test_settings_and_workspace_reach_a_worker_unchanged(settings, workspace):
    found, where = configuration(environment(settings, workspace))
    assert found == settings
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


def test_before_the_first_generation_there_is_a_503(settings, workspace):
    opened = ServingState.open(settings, workspace)
    with pytest.raises(ProblemError, match="nothing is scored yet; run: regulars score"):
        opened.generation()
    opened.close()
