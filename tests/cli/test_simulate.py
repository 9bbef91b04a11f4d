from __future__ import annotations


def test_a_simulated_shop_is_ready_to_be_validated(run, tmp_path):
    made = run("simulate", tmp_path / "shop", "--customers", 60, "--months", 6, "--truth", tmp_path / "truth")
    assert made.code == 0
    assert (tmp_path / "truth" / "customers.parquet").is_file()
    checked = run("validate", "--json", folder=tmp_path / "shop")
    assert checked.code == 0
    assert not [found for found in checked.json["findings"] if found["state"] == "error"]


def test_settings_that_are_there_are_kept(run, tmp_path):
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "regulars.toml").write_text("[churn]\nhorizon_days = 14\n")
    shown = run("simulate", shop, "--customers", 20, "--months", 3, "--json")
    assert shown.json["customers"] == 20
    assert "horizon_days = 14" in (shop / "regulars.toml").read_text()


def test_the_truth_must_not_lie_among_the_tables(run, tmp_path):
    told = run(
        "simulate", tmp_path / "shop", "--customers", 20, "--truth", tmp_path / "shop" / "data" / "truth"
    )
    assert told.code == 1
    assert told.err.splitlines()[-1].startswith("error: ")
