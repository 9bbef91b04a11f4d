from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.cli.conftest import ROOT
from tests.shop import make_shop


def test_counts_go_to_standard_output_and_progress_to_standard_error(run, tmp_path):
    shown = run("validate", folder=make_shop(tmp_path / "shop", customers=20))
    assert shown.code == 0
    assert "order_lines" in shown.out
    assert "as of 2026-03-01T00:00:00+00:00 (from daily lines)" in shown.out
    assert "reading order_lines ..." in shown.err
    assert "assessing readiness ..." in shown.err
    assert "..." not in shown.out


def test_json_is_the_report_that_is_saved_with_readiness_beside_it(run, shop):
    shown = run("validate", "--json", folder=shop).json
    saved = json.loads((shop / "workspace/tables/report.json").read_text())
    readiness = shown.pop("readiness")
    assert {name: value for name, value in shown.items() if name != "findings"} == {
        name: value for name, value in saved.items() if name != "findings"
    }
    assert [one for one in shown["findings"] if one["step"] != "readiness"] == saved["findings"]
    assert set(readiness["tasks"]) == {"churn", "loyalty_type"}
    assert all(c["rows_in"] == c["rows_used"] + c["rows_quarantined"] for c in shown["tables"].values())


def test_each_task_has_its_grade_and_what_would_lift_it_on_the_terminal(run, shop):
    shown = run("validate", folder=shop)
    table = shown.out[shown.out.index("Readiness") :]
    for word in ("task", "grade", "what would lift it", "churn", "loyalty_type", "more to be"):
        assert word in table


def test_the_last_line_on_standard_error_says_where_the_page_is(run, shop):
    shown = run("validate", folder=shop)
    page = shop / "workspace" / "readiness.html"
    assert shown.err.splitlines()[-1] == f"readiness report: {page}"
    assert page.read_text("utf-8").startswith("<!doctype html>")


def test_the_verdict_is_the_same_on_terminal_page_and_json(run, shop):
    verdict = run("validate", "--json", folder=shop).json["readiness"]["verdict"]
    assert run("validate", folder=shop).out.splitlines()[-1] == verdict
    assert verdict in (shop / "workspace/readiness.html").read_text("utf-8")


def test_with_an_error_it_exits_with_1_and_the_last_good_tables_stay(run, shop):
    before = (shop / "workspace/tables/report.json").read_text()
    (shop / "data/order_lines.parquet").write_bytes(b"not a table")
    told = run("validate", "--json", folder=shop)
    assert told.code == 1
    assert told.json["findings"][0]["state"] == "error"
    assert told.json["readiness"] is None
    assert (shop / "workspace/tables/report.json").read_text() == before
    assert (shop / "workspace/tables/order_lines.parquet").is_file()


def test_with_an_error_the_page_shows_the_error_and_no_old_grade(run, shop):
    run("validate", folder=shop)
    (shop / "data/order_lines.parquet").write_bytes(b"not a table")
    told = run("validate", folder=shop)
    page = (shop / "workspace/readiness.html").read_text("utf-8")
    assert "The tables cannot be used yet: 1 error to mend first." in page
    assert "Loyalty types" not in page
    assert "Readiness" not in told.out


@pytest.mark.parametrize("days", [1, 3, 40])
def test_data_that_cannot_be_trained_on_are_no_failure_of_the_command(run, tmp_path, days):
    (tmp_path / "regulars.toml").write_text('[consent]\nbasis = "contract"\n')
    lines = [f"o{day},c{day % 2},{2024 if day < 31 else 2025}-01-{1 + day % 31:02},5" for day in range(days)]
    (tmp_path / "data").mkdir()
    csv = "\n".join(["order_id,customer_id,ordered_at,amount", *lines])
    (tmp_path / "data/order_lines.csv").write_text(csv)
    told = run("validate", folder=tmp_path)
    assert told.code == 0, told.err
    assert "not possible" in told.out
    assert "Traceback" not in told.err


def test_without_ground_for_profiling_it_says_which_setting_to_set(run, shop):
    settings = (shop / "regulars.toml").read_text()
    (shop / "regulars.toml").write_text(settings.replace('basis = "contract"', ""))
    told = run("validate", "--json", folder=shop)
    assert told.code == 1
    assert "[consent] basis" in " ".join(finding["mend"] for finding in told.json["findings"])


def test_it_needs_no_model_library(shop):
    heavy = ("mlflow", "lightgbm", "sklearn", "matplotlib", "bentoml")
    program = (
        "import json, sys; from cli.main import main\n"
        f"sys.argv = ['regulars', '-C', {str(shop)!r}, 'validate']\n"
        "try: main()\n"
        f"except SystemExit: print(json.dumps([name for name in {heavy} if name in sys.modules]))"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(found.stdout.splitlines()[-1]) == []
