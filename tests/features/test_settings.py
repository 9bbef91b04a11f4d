from __future__ import annotations

from pathlib import Path

import pytest

from features.settings import FILE_NAME, Settings, load_settings


@pytest.fixture
def folder(tmp_path):
    def write(text):
        (tmp_path / FILE_NAME).write_text(text)
        return tmp_path

    return write


def test_an_empty_file_gives_the_defaults(folder):
    settings = load_settings(folder(""))
    assert settings.source == Settings().source
    assert settings.consent.basis is None


def test_a_folder_without_the_file_says_how_to_make_one(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no regulars.toml in .*; make one with: regulars init"):
        load_settings(tmp_path)


def test_the_file_is_read(folder):
    settings = load_settings(
        folder(
            '[source]\ntimezone = "Europe/Berlin"\n'
            '[tables.order_lines]\nfile = "till.csv"\ncolumns = { order_id = "bon" }\n'
            '[consent]\nbasis = "contract"\n'
        )
    )
    assert settings.source.timezone == "Europe/Berlin"
    assert settings.tables["order_lines"].columns == {"order_id": "bon"}
    assert settings.consent.basis == "contract"


def test_the_environment_wins_over_the_file_and_arguments_over_both(folder, monkeypatch):
    root = folder("[churn]\nhorizon_days = 10\nactive_days = 11\n[loyalty]\nmin_orders = 3\n")
    monkeypatch.setenv("REGULARS__CHURN__HORIZON_DAYS", "28")
    settings = load_settings(root, loyalty={"min_orders": 9})
    assert (settings.churn.horizon_days, settings.churn.active_days, settings.loyalty.min_orders) == (
        28,
        11,
        9,
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[churn]\nhorizon = 28\n", r"churn.horizon is not a setting; see docs/configuration.md"),
        ("[churn]\nhorizon_days = 0\n", r"churn.horizon_days is 0: .*greater than or equal to 1"),
        ('[source]\ntimezone = "Berlin"\n', r"source.timezone is 'Berlin': .*IANA time zone database"),
        ("[source]\nminor_digits = 5\n", r"source.minor_digits is 5"),
        ("[source]\nmax_quarantined_share = 1.5\n", r"source.max_quarantined_share is 1.5"),
        ('[consent]\nbasis = "hope"\n', r"consent.basis is 'hope'"),
        ("[source\n", r"regulars.toml is not valid TOML"),
        ('[source]\nmemory_limit = "much"\n', r"source.memory_limit is 'much': .*such as 2GB, 500 MB or 80%"),
        ('[source]\nmemory_limit = "2GB\'; DROP"\n', r"source.memory_limit is .*such as 2GB"),
        ('[source]\nmemory_limit = "0GB"\n', r"source.memory_limit is '0GB'"),
        ('[source]\nmemory_limit = "150%"\n', r"source.memory_limit is '150%'"),
    ],
)
def test_a_wrong_setting_is_named_with_what_was_found(folder, text, message):
    with pytest.raises(ValueError, match=message):
        load_settings(folder(text))


@pytest.mark.parametrize("limit", ["2GB", "500 MB", "1.5gb", "512 MiB", "80%", "100%"])
def test_a_memory_limit_is_an_amount_or_a_share(folder, limit):
    assert load_settings(folder(f'[source]\nmemory_limit = "{limit}"\n')).source.memory_limit == limit


@pytest.mark.parametrize("name", ["CHRUN__HORIZON_DAYS", "CHURN_HORIZON_DAYS", "ROOT"])
def test_a_variable_of_no_section_is_refused_by_name(folder, monkeypatch, name):
    monkeypatch.setenv(f"REGULARS__{name}", "28")
    with pytest.raises(
        ValueError, match=rf"variable REGULARS__{name} names no section; the sections are source,"
    ):
        load_settings(folder(""))


@pytest.mark.parametrize("name", ["REGULARS__TABLES", "REGULARS__TABLES__ORDER_LINES__COLUMNS"])
def test_a_variable_that_is_no_json_is_named_without_its_content(folder, monkeypatch, name):
    monkeypatch.setenv(name, "notjson")
    with pytest.raises(ValueError, match=rf"variable {name} is not valid JSON") as caught:
        load_settings(folder(""))
    assert "notjson" not in str(caught.value)


def test_a_relative_source_is_read_from_where_the_file_is(folder, tmp_path):
    assert load_settings(folder('[source]\npath = "till"\n')).source_folder == tmp_path / "till"
    assert load_settings(folder('[source]\npath = "/till"\n')).source_folder == Path("/till")


def test_settings_cannot_be_changed_in_flight(folder):
    with pytest.raises(ValueError, match="frozen"):
        load_settings(folder("")).source.timezone = "Europe/Berlin"
