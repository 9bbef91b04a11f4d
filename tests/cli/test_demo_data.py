from __future__ import annotations

import pytest

from cli.demo_data import COMPLETE_JOURNEY_SETTINGS, DATA
from features.settings import load_settings


def silent(*_):
    """Progress that nobody watches."""


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """A simulated shop as the demo loads it, but smaller."""
    folder = tmp_path_factory.mktemp("demo") / "demo-simulated"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cli.demo_data.CUSTOMERS", 60)
        DATA["simulated"].load(folder, silent)
    return folder


def test_the_settings_of_the_panel_say_on_which_ground_people_are_profiled(tmp_path):
    (tmp_path / "regulars.toml").write_text(COMPLETE_JOURNEY_SETTINGS)
    assert load_settings(tmp_path).consent.basis == "public_data"


def test_the_truth_lies_apart_from_the_tables_of_the_simulated_shop(simulated):
    assert DATA["simulated"].truth(simulated) == simulated / "truth"
    assert (simulated / "truth" / "customers.parquet").is_file()
    assert load_settings(simulated).source_folder == simulated / "data"


def test_churn_is_looked_for_as_far_ahead_as_the_truth_is_known(simulated):
    assert load_settings(simulated).churn.horizon_days == 28


def test_what_is_there_is_used_again(simulated):
    before = (simulated / "data" / "order_lines.parquet").stat().st_mtime_ns
    DATA["simulated"].load(simulated, silent)
    assert (simulated / "data" / "order_lines.parquet").stat().st_mtime_ns == before


def test_each_set_of_data_has_a_folder_of_its_own_and_only_one_has_a_truth(tmp_path):
    assert len({one.folder for one in DATA.values()}) == len(DATA)
    assert [name for name, one in DATA.items() if one.truth(tmp_path)] == ["simulated"]
