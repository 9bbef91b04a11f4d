from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cli.audit import show_audit
from tests.shop import make_shop, validated
from training.audit.check import Audit, Check
from training.audit.windows import check_split
from training.cutoffs import CutoffPlan


@pytest.mark.slow
def test_an_honest_shop_ends_with_code_0_and_a_table(run, shop):
    shown = run("audit", folder=shop)
    assert shown.code == 0, shown.err
    for word in ("later events change no feature", "passed", "no leak found"):
        assert word in shown.out
    assert "audit: with and without the future ..." in shown.err


@pytest.mark.slow
def test_a_failed_check_ends_with_code_1_and_the_whole_document(run, shop):
    (shop / "regulars.toml").write_text((shop / "regulars.toml").read_text() + "max_plausible_auroc = 0.6\n")
    shown = run("audit", "--json", folder=shop)
    assert shown.code == 1
    assert shown.json["passed"] is False
    assert [one["name"] for one in shown.json["checks"] if one["state"] == "failed"] == [
        "no_feature_is_as_good_as_the_model"
    ]


def test_a_check_is_shown_with_what_would_mend_it(capsys):
    at = datetime(2024, 5, 1, tzinfo=UTC)
    check = check_split(CutoffPlan((at,), (at + timedelta(days=10),)), 28, at + timedelta(days=60))
    show_audit(Audit("churn", 28, at, (check, Check("other", "skipped", "nothing there"))))
    shown = capsys.readouterr().out
    for word in ("leave out cutoffs", "split", "failed", "skipped", "nothing there"):
        assert word in shown
    assert "1 of 1 checks failed: no_label_window_overlaps_the_split" in shown


def test_an_audit_before_validation_says_what_to_do_first(run, tmp_path):
    folder = make_shop(tmp_path / "shop", customers=20)
    shown = run("audit", folder=folder)
    assert shown.code == 1
    assert "regulars validate" in shown.err


def test_a_cutoff_that_is_no_date_is_refused(run, tmp_path):
    folder = make_shop(tmp_path / "shop", customers=20)
    validated(folder)
    assert "'soon' is not a date" in run("audit", "--cutoff", "soon", folder=folder).err
