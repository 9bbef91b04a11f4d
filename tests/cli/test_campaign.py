from __future__ import annotations

import csv

import pytest

from serving.store import Store


def plan(run, folder, *more, budget=40):
    asked = ("campaign", "--budget", budget, "--channel", "email", "--contact-cost", 0.1, *more, "--json")
    told = run(*asked, folder=folder)
    assert told.code == 0, told.err
    return told.json


def test_who_is_contacted_is_recorded_and_exported(run, scored, tmp_path):
    file = tmp_path / "contacts.csv"
    told = plan(run, scored, "--holdout", "0.2", "--out", str(file))
    rows = list(csv.DictReader(file.open(encoding="utf-8")))
    assert len(rows) == told["contacted"] > 0
    assert sum(float(row["cost"]) for row in rows) == pytest.approx(
        told["expected_cost"], abs=0.01 * len(rows)
    )
    assert told["expected_cost"] <= 40
    store = Store.open(scored / "workspace/store.db")
    for row in rows[:5]:
        (slot,) = store.decision(row["decision_id"])
        assert (slot.customer_id, slot.offer_id, slot.channel) == (
            row["customer_id"],
            row["offer_id"],
            "email",
        )
        assert (slot.arm, slot.policy, slot.propensity) == ("policy", "campaign@1", 1.0)
    everybody = [row for rows in store.rows(_decisions()) for row in rows]
    store.close()
    arms = [row["arm"] for row in everybody]
    assert (arms.count("policy"), arms.count("holdout")) == (told["contacted"], told["held_out"])
    assert all(row["offer_id"] is None for row in everybody if row["arm"] == "holdout")


def _decisions():
    from serving.store_tables import DECISIONS

    return DECISIONS


def test_a_dry_run_records_nothing_and_more_money_reaches_more(run, scored):
    little = plan(run, scored, "--dry-run")
    told = plan(run, scored, "--dry-run", budget=4000)
    assert little["recorded"] is told["recorded"] is False
    assert told["contacted"] >= little["contacted"]
    store = Store.open(scored / "workspace/store.db")
    assert list(store.rows(_decisions())) == []
    store.close()


def test_whoever_was_contacted_waits_for_the_cooldown(run, scored):
    first = plan(run, scored, "--holdout", "0")
    second = plan(run, scored, "--holdout", "0", "--dry-run")
    assert first["contacted"] > 0
    assert second["contacted"] < first["contacted"] or set(second["offers"]) != set(first["offers"])


def test_the_table_says_what_it_would_bring(run, scored):
    shown = run("campaign", "--budget", "40", "--channel", "email", "--dry-run", folder=scored)
    assert shown.code == 0, shown.err
    for words in ("Campaign, not recorded", "expected margin", "held out to compare", "wait until measured"):
        assert words in shown.out
