from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.feeders.embedded import Feeder
from features.matrix import FeatureMatrix
from features.permission import profiling_permit
from features.settings import ChurnSettings, LoyaltySettings
from features.suppression import Suppression
from features.workspace import Workspace
from training import job
from training.cutoffs import CutoffPlan
from training.fit import folds_by_time, missing_label
from training.job import build_rows, evaluate, fit_and_judge, make_task, train
from training.registry import CHALLENGER, CHAMPION, Registry
from training.rows import TrainingRows
from training.tasks import Churn, LoyaltyType


def _quiet(*_):
    pass


@pytest.fixture
def own(copy_workspace):
    return copy_workspace()


@pytest.fixture
def customers_in_rows(shop, plan):
    """The customers of all training rows of a workspace."""

    def read(workspace):
        with Feeder(workspace.tables) as feeder:
            rows = build_rows(Churn(28, 60), feeder, plan, shop.settings, workspace, _quiet)
        return set(rows.matrix.customer_ids)

    return read


def _consents(workspace, *answers):
    customers, purposes, statuses = zip(*answers, strict=True)
    said = pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * len(answers), pa.timestamp("us", "UTC"))
    columns = {"customer_id": customers, "purpose": purposes, "status": statuses, "changed_at": said}
    pq.write_table(pa.table(columns), workspace.tables / "consents.parquet")


def test_customers_on_the_suppression_list_are_in_no_training_row(own, customers_in_rows):
    everybody = customers_in_rows(own)
    gone = set(sorted(everybody)[5:8])
    for customer in gone:
        Suppression.open(own.suppression).add(customer)
    assert everybody - customers_in_rows(own) == gone


def test_customers_who_did_not_grant_profiling_are_in_no_training_row(own, customers_in_rows):
    everybody = sorted(customers_in_rows(own))
    granted = [(customer, "profiling", "granted") for customer in everybody[:80]]
    refused = [(everybody[0], "profiling", "revoked"), (everybody[1], "profiling", "denied")]
    other_purpose = [(customer, "marketing", "granted") for customer in everybody[80:90]]
    _consents(own, *granted, *refused, *other_purpose)
    assert customers_in_rows(own) == set(everybody[2:80])


def test_without_consents_and_without_a_ground_nobody_may_be_profiled(shop, own):
    settings = shop.settings.model_copy(update={"consent": type(shop.settings.consent)()})
    with pytest.raises(ValueError, match=r"no consents table in .* and no basis"):
        profiling_permit(settings, own)


def test_training_twice_with_one_seed_gives_the_same_model_to_the_last_letter(trained):
    first, second = trained.first.model, trained.second.model
    assert first.booster_text == second.booster_text
    assert first.calibration == second.calibration
    assert trained.first.judgement.figures == trained.second.judgement.figures


def test_the_first_model_that_beats_the_baselines_becomes_champion(trained):
    registry = Registry(trained.workspace)
    assert trained.first.judgement.beats_baselines
    assert trained.first.champion
    assert registry.version_of("churn", CHAMPION) == trained.first.registered.version == "1"


def test_a_second_model_becomes_challenger_and_leaves_the_champion(trained):
    registry = Registry(trained.workspace)
    assert not trained.second.champion
    assert registry.version_of("churn", CHALLENGER) == trained.second.registered.version == "2"
    assert registry.version_of("churn", CHAMPION) == "1"


def test_a_first_model_that_a_rule_equals_is_registered_but_not_champion(shop, own, trained, monkeypatch):
    judgement = trained.first.judgement
    as_good = replace(judgement, probability=judgement.baselines["rfm_logistic"])
    monkeypatch.setattr(job, "fit_and_judge", lambda *_, **__: (trained.first.model, as_good))
    result = train("churn", shop.settings, own)
    assert "baseline is as good" in result.to_json()["verdict"]
    assert result.to_json()["alias"] == CHALLENGER
    assert Registry(own).version_of("churn", CHAMPION) is None


def test_a_result_as_json_names_version_alias_horizon_and_figures(trained):
    result = trained.first.to_json()
    assert (result["task"], result["version"], result["alias"]) == ("churn", "1", CHAMPION)
    assert result["horizon_days"] == 28
    assert result["figures"] == trained.first.judgement.figures


def test_the_model_remembers_its_cutoffs_data_and_figures(trained, plan):
    metadata = trained.first.model.metadata
    assert metadata["last_cutoff"] == plan.train[-1].isoformat()
    assert metadata["test_cutoff"] == plan.test[0].isoformat()
    assert metadata["figures"] == trained.first.judgement.figures
    assert len(metadata["fingerprint"]) == 64


@pytest.fixture
def leak(monkeypatch, peeking):
    """Add a feature that knows the future to those of the catalogue."""
    clean = job.available_features
    monkeypatch.setattr(job, "available_features", lambda feeder: (*clean(feeder), peeking))


@pytest.mark.usefixtures("leak")
def test_a_feature_that_knows_the_future_stops_the_run_before_anything_is_registered(shop, own):
    with pytest.raises(
        ValueError, match=r"AUROC 1\.000 is above 0\.98: probably days_to_next_line knows the future"
    ):
        train("churn", shop.settings, own)
    assert not own.mlflow.exists()


@pytest.mark.slow
@pytest.mark.usefixtures("leak")
def test_a_score_accepted_with_a_reason_is_registered_with_the_reason(shop, own):
    result = train("churn", shop.settings, own, accept_score="a made-up shop")
    run = Registry(own)._client.get_run(result.registered.run_id)
    assert result.judgement.figures["auroc"] > 0.98
    assert run.data.params["accepted_score"] == "a made-up shop"
    assert result.model.metadata["accepted_score"] == "a made-up shop"


def test_without_the_leak_the_score_is_plausible(trained):
    assert 0.7 < trained.first.judgement.figures["auroc"] < 0.95
    assert "accepted_score" not in trained.first.model.metadata


@pytest.mark.usefixtures("quick")
def test_history_for_one_cutoff_only_is_judged_across_customers(shop, plan, churn_rows):
    single = replace(plan, train=plan.test, test=())
    model, judgement = fit_and_judge(Churn(28, 60), churn_rows.at(plan.test), single, shop.settings, _quiet)
    assert judgement.design.startswith("one cutoff, 5 folds by customer")
    assert len(judgement.outcome) == model.metadata["rows"] == len(churn_rows.at(plan.test))


@pytest.mark.usefixtures("quick")
def test_the_model_is_fitted_on_no_row_of_the_test_cutoff(shop, plan, churn_rows):
    test = churn_rows.matrix.cutoffs == churn_rows.at(plan.test).matrix.cutoffs[0]
    flipped = replace(churn_rows, labels=np.where(test, 1 - churn_rows.labels, churn_rows.labels))
    one, other = (
        fit_and_judge(Churn(28, 60), rows, plan, shop.settings, _quiet)[0] for rows in (churn_rows, flipped)
    )
    assert one == other
    assert one.metadata["folds"] == len(folds_by_time(churn_rows.at(plan.train), 28))


def test_a_churn_horizon_that_is_not_set_is_chosen_from_the_gaps_between_orders(shop, feeder):
    settings = shop.settings.model_copy(update={"churn": ChurnSettings()})
    task = make_task("churn", settings, feeder, shop.as_of)
    assert (task.horizon_days, task.active_days) == (28, 90)


def test_a_task_takes_its_windows_from_the_settings(shop, feeder):
    assert make_task("churn", shop.settings, feeder, shop.as_of) == Churn(28, 60)
    assert make_task("loyalty_type", shop.settings, feeder, shop.as_of) == LoyaltyType(90, 3, 0.5)


def test_an_unknown_task_is_refused_with_those_that_there_are(shop, own):
    with pytest.raises(ValueError, match="no task 'spend'; there are: churn, loyalty_type"):
        train("spend", shop.settings, own)


def test_tables_that_were_not_validated_cannot_be_trained_on(shop, tmp_path):
    with pytest.raises(FileNotFoundError, match="regulars validate"):
        train("churn", shop.settings, Workspace(tmp_path))


def test_a_horizon_that_is_too_long_for_the_history_is_refused(shop, own):
    settings = shop.settings.model_copy(update={"churn": ChurnSettings(horizon_days=300, active_days=365)})
    with pytest.raises(
        ValueError, match=r"a horizon of 300 days needs 600 days of history.* bring \d+ days more"
    ):
        train("churn", settings, own)


def test_a_champion_judged_on_the_same_tables_gets_the_figures_of_its_training(shop, trained):
    judgement = evaluate("churn", CHAMPION, shop.settings, trained.workspace).judgement
    assert judgement.figures == trained.first.judgement.figures


@pytest.mark.parametrize("task", ["churn", "loyalty_type"])
def test_a_model_is_judged_as_it_was_trained_whatever_the_settings_say_now(shop, trained, task):
    other = {
        "churn": ChurnSettings(horizon_days=14, active_days=30),
        "loyalty": LoyaltySettings(window_days=60, min_orders=2, min_past_orders=2, threshold=1.0),
    }
    settings = shop.settings.model_copy(update=other)
    judgement = evaluate(task, CHALLENGER, settings, trained.workspace).judgement
    expected = trained.second if task == "churn" else trained.types
    assert judgement.figures == expected.judgement.figures


def test_a_model_that_saw_the_outcomes_of_the_test_cutoff_is_not_judged_on_them(shop, trained, own):
    report = own.tables / "report.json"
    earlier = (shop.as_of - timedelta(days=20)).isoformat()
    report.write_text(report.read_text().replace(shop.as_of.isoformat(), earlier))
    own.mlflow.symlink_to(trained.workspace.mlflow)
    with pytest.raises(
        ValueError, match="churn 1 was fitted on outcomes up to 2026-02-01; the newest cutoff"
    ):
        evaluate("churn", CHAMPION, shop.settings, own)


def _monthly(labels_of_month, people=60):
    """Rows of the same customers at monthly cutoffs; the label of each month's customers as given."""
    months = [datetime(2024, month, 1) for month in range(1, 1 + len(labels_of_month))]
    cutoffs = np.repeat(np.array(months, "datetime64[us]"), people)
    ids = np.array([f"c{n:03}" for n in range(people)] * len(months), object)
    labels = np.concatenate([np.resize(given, people) for given in labels_of_month]).astype(np.int64)
    values = np.random.default_rng(5).normal(size=(len(ids), 2)).astype(np.float32)
    return TrainingRows(FeatureMatrix(ids, cutoffs, ("a", "b"), values), labels, labels)


def test_a_label_that_early_months_lack_is_learnt_with_folds_by_customer(shop):
    rows = _monthly([[0], [0], [0], [0], [0, 1], [0, 1], [0, 1]])
    months = [month.item().replace(tzinfo=UTC) for month in np.unique(rows.matrix.cutoffs)]
    task = LoyaltyType(30, 2, 0.5, labels=("value", "occasional"))
    assert missing_label(task, rows.at(months[:-1]), folds_by_time(rows.at(months[:-1]), 30))
    plan = CutoffPlan(tuple(months[:-1]), (months[-1],))
    model, judgement = fit_and_judge(task, rows, plan, shop.settings, lambda *_: None)
    assert model.metadata["folds"] == 5
    assert len(judgement.outcome) == 60


def test_a_type_is_rare_by_customers_of_the_training_cutoffs_and_not_by_rows():
    price, others = 1, [0] * 11
    rows = _monthly([[price, *others]] * 10)  # 5 customers of 60 in 10 months: 50 rows
    months = [month.item().replace(tzinfo=UTC) for month in np.unique(rows.matrix.cutoffs)]
    fewer, relabelled = job.with_enough_of_each(
        LoyaltyType(30, 2, 0.5), rows, CutoffPlan(tuple(months[:-1]), (months[-1],))
    )
    assert "price" not in fewer.labels
    assert not relabelled.labels.any()
