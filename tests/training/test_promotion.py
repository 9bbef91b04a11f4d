from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from features.settings import PromotionSettings
from models.calibration import Calibration
from training import promotion as module
from training.promotion import Decision, compare, decide, groups_of
from training.registry import CHALLENGER, CHAMPION, WITHDRAWN_AT, Registry
from training.segments import segments_of
from training.unseen import Unseen, predicted

LIMITS = PromotionSettings(min_rows=50, min_events=10)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rows(feeder, churn_rows, plan, shop):
    test = churn_rows.at(plan.test)
    return Unseen(test, segments_of(feeder, test.matrix, shop.settings.loyalty))


@pytest.fixture(scope="module")
def model(trained):
    return trained.first.model


def _failed(champion, challenger, rows, limits=LIMITS):
    return [check.name for check in compare(champion, challenger, rows, limits) if check.state == "failed"]


def test_a_model_is_not_inferior_to_itself(model, rows):
    assert _failed(model, model, rows) == []


def test_a_challenger_that_ranks_at_random_is_refused(model, rows):
    reversed_order = replace(model, calibration=replace(model.calibration, slope=-model.calibration.slope))
    assert {"auroc_not_inferior", "log_loss"} <= set(_failed(model, reversed_order, rows))


def test_a_challenger_that_ranks_alike_and_is_not_true_is_refused(model, rows):
    louder = replace(model, calibration=Calibration(3 * model.calibration.slope, (0.0, 2.0)))
    failed = _failed(model, louder, rows)
    assert "auroc_not_inferior" not in failed
    assert {"log_loss", "calibration"} <= set(failed)


def test_a_challenger_that_is_much_slower_is_refused(model, rows):
    assert "speed" in _failed(model, model, rows, LIMITS.model_copy(update={"max_slowdown": 0.1}))


def test_groups_are_those_of_the_report_and_how_often_a_customer_orders(rows):
    found = groups_of(rows)
    assert set(found) == {*rows.segments, "order days in 90 days"}
    assert all(len(groups) == len(rows) for groups in found.values())
    assert {"hardly orders", "orders often"} <= set(found["order days in 90 days"])


def test_a_challenger_that_fails_one_group_is_refused_by_its_name(model, rows):
    feature = rows.rows.matrix.names.index("order_day_count_90d")
    values = rows.rows.matrix.values.copy()
    often = values[:, feature] >= 6
    blind = [place for place, name in enumerate(rows.rows.matrix.names) if name in model.features]
    values[np.ix_(often, blind)] = np.nan
    worse = replace(rows.rows, matrix=replace(rows.rows.matrix, values=values))
    labels = model.labels
    old, new = (predicted(model, seen, labels) for seen in (rows.rows, worse))
    lost = module._groups(rows, old, new, LIMITS)
    assert lost.state == "failed"
    assert "order days in 90 days: orders often" in lost.said


def test_a_version_that_was_rolled_back_is_not_promoted_again(shop, copy_workspace, trained):
    workspace = copy_workspace()
    registry = Registry(workspace)
    for _ in range(2):
        recorded = registry.record(trained.first.model, parameters={}, figures={}, plots={}, card="")
    registry.set_alias("churn", CHAMPION, "1")
    registry.tag("churn", recorded.version, {WITHDRAWN_AT: "2026-02-01T00:00:00+00:00"})
    decision = decide("churn", shop.settings, workspace)
    assert [(check.name, check.state) for check in decision.checks] == [("not_withdrawn", "failed")]
    assert "was rolled back on 2026-02-01" in decision.checks[0].said
    registry.untag("churn", recorded.version, WITHDRAWN_AT, "never_there")
    assert WITHDRAWN_AT not in registry.tags("churn", recorded.version)


def test_with_too_few_outcomes_it_says_how_long_to_wait(trained, shop):
    promotion = PromotionSettings(min_rows=10_000)
    settings = shop.settings.model_copy(update={"promotion": promotion})
    decision = decide("churn", settings, trained.workspace)
    assert [check.name for check in decision.checks] == ["enough_outcomes"]
    assert not decision.passed
    assert decision.checks[0].details["wait_days"] > 7
    assert "10000 and 25 are needed; wait about" in decision.checks[0].said


def test_while_no_outcome_is_new_to_both_it_says_when_the_first_will_be(trained, shop, monkeypatch):
    def later(model):
        return datetime.fromisoformat(model.metadata["as_of"]) + timedelta(days=10)

    monkeypatch.setattr("training.unseen.labels_end", later)
    decision = decide("churn", shop.settings, trained.workspace)
    assert (decision.rows, decision.passed) == (0, False)
    assert "the first will be in 38 days" in decision.checks[0].said


def test_the_same_training_twice_passes_every_check(trained, shop):
    settings = shop.settings.model_copy(update={"promotion": LIMITS})
    decision = decide("churn", settings, trained.workspace)
    document = decision.to_json()
    assert (document["champion"], document["challenger"], document["passed"]) == ("1", "2", True)
    assert [check["name"] for check in document["checks"]] == [
        "enough_outcomes",
        "auroc_not_inferior",
        "log_loss",
        "calibration",
        "groups",
        "speed",
    ]


def test_without_a_champion_the_rules_have_to_be_beaten(shop, copy_workspace, trained):
    workspace = copy_workspace()
    registry = Registry(workspace)
    for gate, passed in (("false", False), ("true", True)):
        registry.record(
            trained.first.model,
            parameters={},
            figures={},
            plots={},
            card="",
            gates={"gate_beats_baselines": gate},
        )
        decision = decide("churn", shop.settings, workspace)
        assert decision == Decision("churn", None, decision.challenger, 0, decision.checks)
        assert decision.passed == passed


def test_a_challenger_that_is_champion_already_is_not_compared_with_itself(shop, copy_workspace, trained):
    workspace = copy_workspace()
    registry = Registry(workspace)
    with pytest.raises(LookupError, match="there is no challenger of churn; train one with"):
        decide("churn", shop.settings, workspace)
    recorded = registry.record(trained.first.model, parameters={}, figures={}, plots={}, card="")
    registry.set_alias("churn", CHAMPION, recorded.version)
    assert CHALLENGER in recorded.aliases
    with pytest.raises(LookupError, match="version 1 of churn is champion already"):
        decide("churn", shop.settings, workspace)


def test_models_of_different_horizons_are_not_compared(shop, copy_workspace, trained):
    workspace = copy_workspace()
    registry = Registry(workspace)
    first = registry.record(trained.first.model, parameters={}, figures={}, plots={}, card="")
    registry.set_alias("churn", CHAMPION, first.version)
    longer = replace(trained.first.model, horizon_days=56)
    registry.record(longer, parameters={}, figures={}, plots={}, card="")
    with pytest.raises(ValueError, match="horizon_days 28, the challenger 56; they foretell different"):
        decide("churn", shop.settings, workspace)
