import numpy as np
import pytest

from features.feeders.embedded import Feeder
from training.audit.canary import CANARY, WRONG, check_column, check_late_window, late_window, with_column
from training.audit.suspect import alone_later, suspect_of
from training.audit.truncated import truncated_tables
from training.job import fit_and_judge
from training.tasks import Churn


def _quiet(*_):
    pass


def test_a_window_that_ends_a_horizon_late_is_caught_by_name(shop, feeder, plan, tmp_path):
    at = plan.train[0]
    with Feeder(shop.workspace.tables, instead=truncated_tables(feeder.files, at, tmp_path)) as truncated:
        found = check_late_window(feeder, truncated, late_window(28, at, feeder.ids), at)
    assert found.state == "passed"
    assert found.details["feature"] == CANARY
    assert found.details["truncated"] == 0


def test_a_canary_that_nothing_follows_is_not_seen_and_the_check_says_so(feeder, shop):
    found = check_late_window(feeder, feeder, late_window(28, shop.as_of, feeder.ids), shop.as_of)
    assert found.state == "failed"
    assert "--cutoff" in found.mend


def test_the_column_is_the_outcome_but_for_a_few_rows(churn_rows):
    filled = with_column(churn_rows).matrix.column(CANARY)
    assert np.mean(filled != churn_rows.labels) == pytest.approx(WRONG, abs=0.01)


@pytest.mark.usefixtures("quick")
def test_a_column_filled_in_later_becomes_the_suspect(churn_rows, plan, shop):
    def judge(rows):
        _, judgement = fit_and_judge(Churn(28, 60), rows, plan, shop.settings, _quiet)
        return suspect_of(judgement, alone_later(rows.at(plan.train), rows.at(plan.test), 2))

    found = check_column(churn_rows, judge)
    assert found.state == "passed"
    assert found.details["auroc_alone"] > 0.95


def test_a_gate_that_suspects_nobody_fails_the_check(churn_rows):
    assert "nobody was suspected" in check_column(churn_rows, lambda _: None).found
