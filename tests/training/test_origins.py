from dataclasses import replace
from datetime import UTC, datetime

import pytest

from features.workspace import Workspace
from training.origins import Backtest, Origin, save, saved


def _origin(day, auroc, rule):
    figures = {"auroc": auroc, "recency_auroc": rule}
    return Origin(datetime(2024, 1, day, tzinfo=UTC), 5, ("recency",), figures, auroc > rule)


TWO = Backtest("churn", 28, "f" * 64, (_origin(1, 0.8, 0.7), _origin(29, 0.7, 0.75)), {})


def test_mean_and_spread_are_over_the_origins():
    own = TWO.spread("auroc")
    assert (own.mean, own.least, own.most) == (pytest.approx(0.75), 0.7, 0.8)
    assert own.deviation == pytest.approx(0.05 * 2**0.5)
    assert TWO.ahead == 1
    assert TWO.verdict.endswith("ahead of every baseline at 1 of 2")


def test_one_origin_has_no_deviation():
    alone = replace(TWO, origins=TWO.origins[:1])
    assert alone.to_json()["summary"]["auroc"]["deviation"] is None
    assert "±" not in alone.verdict


def test_what_is_kept_comes_back_as_it_was(tmp_path):
    workspace = Workspace(tmp_path)
    save(TWO, workspace)
    assert saved(workspace, "churn", TWO.fingerprint) == TWO


def test_a_later_backtest_takes_the_place_of_the_last(tmp_path):
    workspace = Workspace(tmp_path)
    save(TWO, workspace)
    save(replace(TWO, origins=TWO.origins[1:]), workspace)
    assert len(saved(workspace, "churn", TWO.fingerprint).origins) == 1
