"""A shop of members, from its tables to the list of those who are about to give their membership up."""

from __future__ import annotations

import pytest

from tests.members import add_memberships
from tests.shop import make_shop

pytestmark = pytest.mark.slow


def test_members_are_assessed_trained_valued_scored_watched_and_served(run, tmp_path):
    shop = add_memberships(make_shop(tmp_path / "shop", customers=900))
    told = run("validate", "--json", folder=shop)
    assert told.code == 0, told.err
    churn = told.json["readiness"]["tasks"]["churn"]
    assert churn["grade"] != "not possible"
    assert churn["rule"] == {"members": 1}
    for task in ("churn", "loyalty_type", "value"):
        trained = run("train", task, folder=shop)
        assert trained.code == 0, trained.err
    assert run("score", "--use-challengers", folder=shop).code == 0
    listed = run("at-risk", "--top", "1", "--json", folder=shop)
    assert listed.code == 0, listed.err
    entry = listed.json["customers"][0]
    assert entry["order_within"] == {}
    assert 0 <= entry["churn_probability"] <= 1
    assert entry["value_at_risk"] is not None
    assert run("monitor", "churn", folder=shop).code in (0, 3)
    assert run("audit", "churn", folder=shop).code == 0


def test_without_memberships_it_says_what_to_bring(run, shop, monkeypatch):
    monkeypatch.setenv("REGULARS__CHURN__KIND", "contractual")
    told = run("train", "churn", folder=shop)
    assert told.code == 1
    assert "needs loyalty_events with membership_start and membership_end" in told.err
