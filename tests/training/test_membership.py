"""Contractual churn: who is a member, who is none a horizon later, and what foretells it."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from features.catalogue import available
from features.feeders.embedded import Feeder
from features.matrix import FeatureMatrix
from features.tables.report import load_report
from tests.members import add_memberships
from tests.shop import make_shop, validated
from training.cutoffs import plan_cutoffs
from training.job import train
from training.membership import MEMBERSHIP_END, membership_end
from training.rows import TrainingRows, training_rows
from training.tasks import MembershipChurn

HORIZON = 28


@pytest.fixture(scope="module")
def members(tmp_path_factory):
    """Settings and workspace of a shop with memberships."""
    return validated(add_memberships(make_shop(tmp_path_factory.mktemp("members") / "shop", customers=900)))


@pytest.fixture(scope="module")
def plan(members):
    report = load_report(members[1].tables)
    return plan_cutoffs(report.first_order, report.as_of, HORIZON, every_days=30, most=7)


@pytest.fixture(scope="module")
def rows(members, plan):
    with Feeder(members[1].tables) as feeder:
        return training_rows(MembershipChurn(HORIZON), feeder, available(feeder.present), plan.all)


def _running(events: pd.DataFrame, at: datetime) -> set[str]:
    """Who is a member at an instant: the last event before it is a start whose end has not come."""
    before = events[events["occurred_at"] < at].sort_values("occurred_at").groupby("customer_id").last()
    running = (before["type"] == "membership_start") & ~(before["expires_at"] <= at)
    return set(before.index[running])


def test_members_and_who_of_them_left_are_those_of_the_events(members, plan, rows):
    events = pd.read_parquet(members[1].tables / "loyalty_events.parquet")
    for cutoff in plan.all:
        one = rows.at([cutoff])
        assert set(one.matrix.customer_ids) == _running(events, cutoff)
        still = _running(events, cutoff + timedelta(days=HORIZON))
        left = [customer not in still for customer in one.matrix.customer_ids]
        np.testing.assert_array_equal(one.labels, np.array(left, np.int64))
    assert 0.05 < rows.labels.mean() < 0.8


def test_without_memberships_it_says_what_to_bring():
    matrix = FeatureMatrix(
        np.array(["a"], object), np.zeros(1, "M8[us]"), ("x",), np.zeros((1, 1), np.float32)
    )
    with pytest.raises(ValueError, match="needs loyalty_events with membership_start and membership_end"):
        MembershipChurn(HORIZON).population(matrix)


def test_the_simple_rule_knows_that_what_ends_after_the_horizon_is_safer(rows, plan):
    chance = membership_end(rows.at(plan.train), rows.at(plan.test), HORIZON)
    days = rows.at(plan.test).matrix.column("days_to_membership_end")
    assert chance[days <= HORIZON].mean() > chance[days > HORIZON].mean() + 0.1
    empty = np.full((4, 1), np.nan, np.float32)
    ids, at = np.array(list("abcd"), object), np.zeros(4, "M8[us]")
    unknown = TrainingRows(FeatureMatrix(ids, at, ("days_to_membership_end",), empty), np.array([0, 1, 0, 1]))
    np.testing.assert_allclose(membership_end(unknown, unknown, HORIZON), 0.5, atol=1e-6)


@pytest.mark.slow
def test_a_model_of_memberships_beats_the_rule_and_says_nothing_of_orders(members):
    settings, workspace = members
    trained = train("churn", settings, workspace)
    figures = trained.judgement.figures
    assert figures["auroc"] > figures[f"{MEMBERSHIP_END}_auroc"] + 0.02
    assert trained.model.metadata["kind"] == "contractual"
    assert trained.model.horizons_days == ()
    assert trained.model.spread is not None
    values = np.full((3, len(trained.model.features)), np.nan)
    assert trained.model.order_within(values, np.full(3, 0.5)).shape == (3, 0)
