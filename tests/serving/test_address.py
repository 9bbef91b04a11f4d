"""Claims about the address of the decision store."""

from pathlib import Path

import pytest

from features.settings import ServingSettings
from serving.address import parse_address, shown_address, store_address


@pytest.fixture
def at(settings, workspace, tmp_path):
    def made(url):
        serving = ServingSettings(store_url=url)
        return store_address(settings.model_copy(update={"serving": serving, "root": tmp_path}), workspace)

    return made


@pytest.mark.parametrize("relative", ["decisions.db", "below/decisions.db"])
def test_a_relative_file_is_that_of_the_settings_wherever_a_worker_runs(at, tmp_path, monkeypatch, relative):
    monkeypatch.chdir("/")
    assert at(f"sqlite:///{relative}").database == str(tmp_path / relative)


def test_a_relative_root_is_read_from_where_the_command_was_started(
    settings, workspace, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    serving = ServingSettings(store_url="sqlite:///decisions.db")
    found = store_address(settings.model_copy(update={"serving": serving, "root": Path("shop")}), workspace)
    assert found.database == str(tmp_path / "shop/decisions.db")


def test_an_absolute_file_and_another_database_stay_as_they_are(at):
    assert at("sqlite:////var/decisions.db").database == "/var/decisions.db"
    assert at("postgresql://user@host/shop").database == "shop"


def test_without_an_address_the_store_is_in_the_workspace(at, workspace):
    assert at(None).database == str(workspace.store.resolve())


@pytest.mark.parametrize("text", ["decisions", "postgresql://h:hush/db"])
def test_what_is_no_address_is_an_error_that_does_not_repeat_it(text):
    with pytest.raises(
        ValueError, match=r"store_url is not the address of a database; write sqlite"
    ) as caught:
        parse_address(text)
    assert text.rpartition(":")[2] not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_password_is_never_shown():
    shown = shown_address(parse_address("postgresql://me:hush@host/db?password=hush"))
    assert "hush" not in shown
    assert "me:***@host/db" in shown
