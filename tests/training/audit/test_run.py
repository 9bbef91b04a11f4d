from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.settings import FeatureSettings
from training import job
from training.audit import run
from training.audit.run import SCORE, audit
from training.job import train


@pytest.fixture
def own(copy_workspace):
    return copy_workspace()


@pytest.fixture
def filled_in_later(own, shop):
    """A customers table whose tier is changed in place once somebody has stayed away; nothing says since when."""
    lines = pq.read_table(own.tables / "order_lines.parquet", columns=["customer_id", "ordered_at"])
    last = lines.group_by("customer_id").aggregate([("ordered_at", "max")])
    gone = pc.less(
        last["ordered_at_max"], pa.scalar(shop.as_of - timedelta(days=28), pa.timestamp("us", "UTC"))
    )
    tier = pc.if_else(gone, "former", "gold")
    pq.write_table(
        pa.table({"customer_id": last["customer_id"], "tier": tier}), own.tables / "customers.parquet"
    )
    return shop.settings.model_copy(update={"features": FeatureSettings(allow_without_history=("tier",))})


@pytest.mark.usefixtures("quick")
def test_an_honest_shop_passes_every_check_and_the_canaries_are_caught(shop, own):
    found = audit("churn", shop.settings, own, canary=True)
    assert [check.state for check in found.checks] == ["passed"] * 7
    assert found.verdict.startswith("no leak found")
    assert not own.mlflow.exists()
    assert not list(own.root.glob(".audit-*"))


@pytest.mark.usefixtures("quick")
def test_a_feature_that_looks_past_its_cutoff_fails_two_checks(shop, own, monkeypatch, peeking):
    clean = job.available_features
    for module in (job, run):
        monkeypatch.setattr(module, "available_features", lambda feeder: (*clean(feeder), peeking))
    failed = {check.name: check for check in audit("churn", shop.settings, own).failed}
    assert set(failed) == {"later_events_change_no_feature", SCORE}
    assert failed[SCORE].details["suspect"] == "days_to_next_line"


@pytest.mark.usefixtures("quick")
def test_a_column_changed_in_place_after_the_outcome_is_the_suspect(filled_in_later, own):
    [failed] = audit("churn", filled_in_later, own).failed
    assert failed.name == SCORE
    assert failed.details["suspect"] == "tier_key"
    assert "--accept-score" in failed.mend


@pytest.mark.usefixtures("quick")
def test_such_a_column_stops_training_by_name(filled_in_later, own):
    with pytest.raises(ValueError, match="probably tier_key knows the future: tier_key alone reaches AUROC"):
        train("churn", filled_in_later, own)


@pytest.mark.usefixtures("quick")
def test_the_cutoff_of_an_audit_can_be_chosen(shop, own):
    at = datetime(2025, 8, 1, tzinfo=UTC)
    assert audit("churn", shop.settings, own, cutoff=at).cutoff == at


@pytest.mark.slow
def test_loyalty_types_are_audited_but_for_labels_that_are_no_count(shop, own):
    states = {check.name: check.state for check in audit("loyalty_type", shop.settings, own).checks}
    assert states.pop("labels_begin_at_the_cutoff") == "skipped"
    assert set(states.values()) == {"passed"}
