from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from features.settings import ChurnSettings, Settings, TrainingSettings
from training import backtest as module
from training.backtest import backtest, lay_origins
from training.job import lay_plan
from training.origins import save, saved
from training.tasks import Churn

FIRST, AS_OF = datetime(2023, 1, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC)


def _plans(horizon=28, **training):
    settings = Settings(training=TrainingSettings(**training))
    return lay_origins(Churn(horizon, 3 * horizon), settings, FIRST, AS_OF)


@pytest.fixture(scope="module")
def found(shop, copy_workspace):
    """Three origins of the small shop, with every baseline."""
    workspace = copy_workspace()
    return workspace, backtest("churn", shop.settings, workspace, most=3)


@pytest.mark.parametrize("horizon", [28, 30, 90])
def test_at_no_origin_does_a_training_label_reach_into_the_test(horizon):
    for plan in _plans(horizon):
        assert plan.train[-1] + timedelta(days=horizon) <= plan.test[0]
        assert plan.test[0] + timedelta(days=horizon) <= AS_OF


@pytest.mark.parametrize("horizon", [28, 30, 90])
def test_no_outcome_is_judged_twice_and_the_latest_is_judged(horizon):
    tests = [plan.test[0] for plan in _plans(horizon)]
    assert tests[-1] == AS_OF - timedelta(days=horizon)
    assert all(later - earlier >= timedelta(days=horizon) for earlier, later in pairwise(tests))


def test_the_origins_are_all_that_history_allows():
    step = timedelta(days=28)
    earliest = _plans()[0]
    assert earliest.train[-1] - earliest.train[0] >= step
    assert earliest.test[0] - step < FIRST + 3 * step + timedelta(days=7)


def test_all_origins_share_one_grid_of_cutoffs():
    cutoffs = sorted({cutoff for plan in _plans(90) for cutoff in plan.all})
    assert not any((later - earlier) % timedelta(days=11) for earlier, later in pairwise(cutoffs))


@pytest.mark.parametrize("horizon", [28, 56])
def test_the_newest_origin_is_the_split_of_training_where_its_distance_divides_the_horizon(horizon):
    assert _plans(horizon)[-1] == lay_plan(Churn(horizon, 3 * horizon), Settings(), FIRST, AS_OF)


def test_an_origin_trains_on_no_more_cutoffs_than_training_would():
    assert max(len(plan.train) for plan in _plans(max_cutoffs=6)) == 6


def test_history_for_no_origin_is_refused_with_what_it_would_take():
    settings = Settings(churn=ChurnSettings(horizon_days=180))
    with pytest.raises(ValueError, match=r"a horizon of 180 days needs 742 days of history, there are 547"):
        lay_origins(Churn(180, 365), settings, FIRST, AS_OF)


def test_only_as_many_origins_as_asked_are_judged_the_latest(found):
    _, result = found
    assert len(result.origins) == 3
    assert [one.cutoff for one in result.origins] == sorted(one.cutoff for one in result.origins)


def test_a_kept_backtest_comes_back_for_the_same_tables_only(found):
    workspace, result = found
    save(result, workspace)
    assert saved(workspace, "churn", result.fingerprint) == result
    assert saved(workspace, "churn", "other tables") is None
    assert saved(workspace, "loyalty_type", result.fingerprint) is None


@pytest.mark.usefixtures("quick")
def test_an_origin_that_cannot_be_judged_is_named_with_the_reason(shop, copy_workspace, monkeypatch):
    fit, calls = module.fit_and_judge, iter(range(9))

    def first_fails(*given, **named):
        if next(calls) == 0:
            raise ValueError("too few")
        return fit(*given, **named)

    monkeypatch.setattr(module, "fit_and_judge", first_fails)
    result = backtest("churn", shop.settings, copy_workspace(), most=2)
    assert len(result.origins) == 1
    assert list(result.skipped.values()) == ["too few"]


@pytest.mark.usefixtures("quick")
def test_each_origin_is_told_while_it_is_judged(shop, copy_workspace):
    steps = []
    backtest("churn", shop.settings, copy_workspace(), most=2, progress=lambda *step: steps.append(step))
    assert [step for step in steps if step[0] == "churn: origins"] == [
        ("churn: origins", n, 2) for n in range(3)
    ]
