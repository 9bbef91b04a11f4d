from __future__ import annotations

from datetime import datetime

import pytest

from serving.offers import default_catalogue
from serving.store import Store


@pytest.fixture
def customer(run, scored):
    return run("at-risk", "--top", 1, "--json", folder=scored).json["customers"][0]["customer_id"]


def test_the_list_is_the_catalogue_of_the_generation(run, scored):
    listed = run("offers", "list", "--json", folder=scored).json["offers"]
    assert [offer["offer_id"] for offer in listed] == [offer.offer_id for offer in default_catalogue()]
    assert all(offer["offer_id"] in run("offers", "list", folder=scored).out for offer in listed)


def test_a_decision_is_in_the_store_before_it_is_shown(run, scored, customer):
    slots = run("offers", "decide", customer, "--count", 2, "--json", folder=scored).json["slots"]
    store = Store.open(scored / "workspace/store.db")
    kept = store.decision(slots[0]["decision_id"])
    store.close()
    assert [slot["offer_id"] for slot in slots] == [slot.offer_id for slot in kept]
    assert datetime.fromisoformat(slots[0]["decided_at"]) == kept[0].decided_at
    assert slots[0]["customer_id"] == customer


def test_the_table_names_offer_and_decision(run, scored, customer):
    shown = run("offers", "decide", customer, folder=scored)
    assert shown.code == 0
    assert f"Next best offers of {customer}" in shown.out


@pytest.mark.parametrize("suppress", [False, True], ids=["unknown", "suppressed"])
def test_a_customer_who_may_not_be_scored_gets_one_answer_whatever_the_cause(run, scored, customer, suppress):
    asked = customer if suppress else "nobody"
    if suppress:
        run("suppress", customer, folder=scored)
    told = run("offers", "decide", asked, folder=scored)
    assert (told.code, told.out) == (1, "")
    assert told.err == f"error: no customer '{asked}' was scored\n"


def test_a_catalogue_is_checked_before_it_is_published(run, scored, tmp_path):
    own = tmp_path / "own.toml"
    offer = '[[offers]]\noffer_id = "{}"\nname = "A"\ntype = "points"\nmechanism = "any"\n{}\n'
    text = offer.format("all", "") + offer.format("high", 'capacity = 5\naudience = [["band", "==", "high"]]')
    own.write_text(text, "utf-8")
    found = run("offers", "check", "--offers", own, "--json", folder=scored).json
    everybody, high = found["offers"]
    assert (everybody["customers"], everybody["refused"], everybody["most"]) == (found["customers"], {}, None)
    assert high["customers"] + high["refused"]["audience"] == found["customers"]
    assert high["most"] == 5
    shown = run("offers", "check", "--offers", own, folder=scored).out
    assert f"audience {high['refused']['audience']}" in shown
    own.write_text(offer.format("odd", 'audience = [["no_such_field", ">", 1]]'), "utf-8")
    refused = run("offers", "check", "--offers", own, folder=scored)
    assert refused.code == 1
    assert "'no_such_field' is no feature of this generation" in refused.err


def test_a_decision_is_made_again_from_its_record(run, scored, customer):
    slots = run("offers", "decide", customer, "--count", 3, "--json", folder=scored).json["slots"]
    again = run("offers", "replay", slots[0]["decision_id"], folder=scored)
    assert (again.code, again.err) == (0, "")
    assert "the same, byte for byte" in again.out
    policy = next((scored / "workspace/generations").glob("2*/policy.json"))
    policy.write_text(policy.read_text().replace('"holdout": 0.05', '"holdout": 0.99'))
    changed = run("offers", "replay", slots[0]["decision_id"], folder=scored)
    assert changed.code == 1
    assert run("offers", "replay", "0" * 32, folder=scored).code == 1


def test_each_offer_says_what_it_would_do_or_why_it_is_not_made(run, scored, customer):
    told = run("offers", "explain", customer, "--json", folder=scored).json
    assert [one["offer_id"] for one in told["offers"] if one["eligible"]]
    for one in told["offers"]:
        assert bool(one["reason"]) is not one["eligible"]
        assert one["effect"]["verdict"] == "undecided"
        assert one["effect"]["measured"] is False
    margins = [one["effect"]["expected_margin"] for one in told["offers"] if one["eligible"]]
    assert margins == sorted(margins, reverse=True)
    assert min(margins) >= 0
    shown = run("offers", "explain", customer, folder=scored).out
    assert "undecided (assumed)" in shown
    assert run("offers", "explain", "nobody", folder=scored).code == 1


def test_what_was_decided_becomes_a_table_that_is_read_with_the_others(run, scored, customer):
    run("offers", "decide", customer, "--count", 2, folder=scored)
    told = run("offers", "export", "--json", folder=scored).json
    assert told["rows"] == {"decisions": 2, "offer_events": 0}
    assert run("validate", folder=scored).code == 0
    assert (scored / "workspace" / "tables" / "decisions.parquet").is_file()
    nowhere = scored / "nowhere"
    refused = run("offers", "export", "--out", nowhere, folder=scored)
    assert (refused.code, refused.err) == (1, f"error: {nowhere} is not a folder; name one: --out FOLDER\n")
