from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from cli.backtest import show_backtest
from training.origins import Backtest, Origin


def _origin(month, auroc):
    figures = {"auroc": auroc, "recency_auroc": 0.7, "rows": 1200.0}
    return Origin(datetime(2024, month, 1, tzinfo=UTC), 5, ("recency",), figures, True)


@pytest.mark.slow
def test_the_document_is_what_is_kept_for_the_report(run, shop):
    shown = run("backtest", "--origins", "2", "--json", folder=shop)
    assert shown.code == 0, shown.err
    kept = json.loads((shop / "workspace" / "backtests" / "churn.json").read_text())
    assert shown.json == kept
    assert len(kept["origins"]) == 2
    assert "churn: origins ..." in shown.err


def test_each_origin_has_a_row_and_the_verdict_comes_last(capsys):
    show_backtest(
        Backtest("churn", 28, "", (_origin(3, 0.8), _origin(4, 0.9)), {"2024-02-01": "too few leavers"})
    )
    shown = capsys.readouterr().out
    for word in (
        "2024-03-01",
        "5 cutoffs",
        "1,200",
        "0.800",
        "0.850 ± 0.071",
        "2024-02-01 could not be judged",
    ):
        assert word in shown
    assert shown.splitlines()[-1].startswith("AUROC 0.850 ± 0.071 over 2 origins")


def test_no_origin_at_all_is_wrong_usage(run, shop):
    assert run("backtest", "--origins", "0", folder=shop).code == 2
