from __future__ import annotations

import json

from tests.shop import make_shop


def test_counts_go_to_standard_output_and_progress_to_standard_error(run, tmp_path):
    shown = run("validate", folder=make_shop(tmp_path / "shop", customers=20))
    assert shown.code == 0
    assert "order_lines" in shown.out
    assert "as of 2026-03-01T00:00:00+00:00 (from daily lines)" in shown.out
    assert "reading order_lines ..." in shown.err
    assert "..." not in shown.out


def test_json_is_the_report_that_is_saved(run, shop):
    shown = run("validate", "--json", folder=shop)
    assert shown.json == json.loads((shop / "workspace/tables/report.json").read_text())
    assert all(c["rows_in"] == c["rows_used"] + c["rows_quarantined"] for c in shown.json["tables"].values())


def test_with_an_error_it_exits_with_1_and_the_last_good_tables_stay(run, shop):
    before = (shop / "workspace/tables/report.json").read_text()
    (shop / "data/order_lines.parquet").write_bytes(b"not a table")
    told = run("validate", "--json", folder=shop)
    assert told.code == 1
    assert told.json["findings"][0]["state"] == "error"
    assert (shop / "workspace/tables/report.json").read_text() == before
    assert (shop / "workspace/tables/order_lines.parquet").is_file()


def test_without_ground_for_profiling_it_says_which_setting_to_set(run, shop):
    settings = (shop / "regulars.toml").read_text()
    (shop / "regulars.toml").write_text(settings.replace('basis = "contract"', ""))
    told = run("validate", "--json", folder=shop)
    assert told.code == 1
    assert "[consent] basis" in " ".join(finding["mend"] for finding in told.json["findings"])
