import numpy as np
import pytest

from models.reasons import driver_importance
from training.report.evidence import _draws, importance
from training.segments import TENURE


def test_every_interval_holds_the_figure_of_the_judgement(evidence):
    figures = evidence.judgement.figures
    assert set(evidence.intervals) == {"model", *evidence.judgement.baselines}
    for name, by_figure in evidence.intervals.items():
        for key, bounds in by_figure.items():
            prefix = "" if name == "model" else f"{name}_"
            assert bounds.estimate == pytest.approx(figures[prefix + key])
            assert bounds.low <= bounds.estimate <= bounds.high


def test_the_lead_is_over_the_strongest_rule_on_the_same_draws(evidence):
    name, best = evidence.judgement.strongest_baseline
    assert evidence.lead.estimate == pytest.approx(evidence.judgement.figures["auroc"] - best)
    alone = evidence.intervals["model"]["auroc"].high - evidence.intervals["model"]["auroc"].low
    rule = evidence.intervals[name]["auroc"].high - evidence.intervals[name]["auroc"].low
    assert evidence.lead.high - evidence.lead.low < alone + rule


def test_without_a_value_a_leaver_is_worth_the_spend_of_one_horizon(evidence):
    place = evidence.model.features.index("total_spend_365d")
    yearly = evidence.judgement.values[:, place].astype(float).mean() / 100
    assert evidence.economics.is_turnover
    assert evidence.economics.value_saved == pytest.approx(yearly * 28 / 365)


def test_the_drivers_are_those_of_reasons_and_groups_average_to_everybody(evidence):
    values = evidence.judgement.values
    expected = driver_importance(evidence.model, values)
    assert evidence.importance.overall == pytest.approx(expected)
    groups = evidence.importance.by_group[TENURE]
    sizes = {one.group: one.rows for one in evidence.slices[TENURE]}
    assert set(groups) == set(sizes)
    for driver, size in expected.items():
        mean = sum(groups[name][driver] * rows for name, rows in sizes.items()) / sum(sizes.values())
        assert mean == pytest.approx(size, abs=1e-9)


def test_of_many_rows_a_part_is_explained(evidence, monkeypatch):
    monkeypatch.setattr("training.report.evidence.IMPORTANCE_ROWS", 40)
    found = importance(evidence.model, evidence.judgement.values, {})
    assert found.rows == 40
    assert found.by_group == {}


def test_a_task_of_several_labels_has_no_money_and_no_fairness(type_evidence):
    assert not type_evidence.is_binary
    assert type_evidence.economics is None
    assert type_evidence.capacities == ()
    assert type_evidence.fairness == {}
    assert set(type_evidence.intervals["model"]) == {"macro_auroc", "log_loss"}


def test_fewer_draws_are_made_of_many_rows_and_never_too_few():
    assert _draws(100) == 1_000
    assert 200 < _draws(50_000) < 1_000
    assert _draws(10**7) == 200
    assert np.all(np.diff([_draws(rows) for rows in (100, 10_000, 40_000, 80_000)]) <= 0)
