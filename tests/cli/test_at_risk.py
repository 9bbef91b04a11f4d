from __future__ import annotations

import csv
import io

import pytest

from features.suppression import Suppression


@pytest.mark.parametrize("sort", ["value_at_risk", "churn_probability"])
def test_the_highest_come_first_with_reasons(run, scored, sort):
    document = run("at-risk", "--top", 10, "--sort", sort, "--json", folder=scored).json
    listed = document["customers"]
    found = [customer[sort] for customer in listed]
    assert document["sort"] == sort
    assert (len(listed), found) == (10, sorted(found, reverse=True))
    assert [customer["rank"] for customer in listed] == list(range(1, 11))
    assert all(1 <= len(customer["reasons"]) <= 3 for customer in listed)


def test_every_form_lists_the_same_customers(run, scored):
    wanted = [
        customer["customer_id"] for customer in run("at-risk", "--json", folder=scored).json["customers"]
    ]
    rows = list(csv.DictReader(io.StringIO(run("at-risk", "--format", "csv", folder=scored).out)))
    table = run("at-risk", folder=scored)
    assert [row["customer_id"] for row in rows] == wanted
    assert [line.split()[0] for line in table.out.splitlines() if line.startswith(" c0")] == wanted
    assert table.err == ""


def test_nobody_below_the_lowest_risk_and_only_the_type_that_was_asked_for(run, scored):
    everybody = run("at-risk", "--top", 500, "--json", folder=scored).json["customers"]
    asked = run(
        "at-risk", "--top", 500, "--min-risk", 0.5, "--loyalty-type", "reward", "--json", folder=scored
    )
    assert asked.json["customers"] == [
        one for one in everybody if one["churn_probability"] >= 0.5 and one["loyalty_type"] == "reward"
    ]


def test_an_unknown_loyalty_type_is_answered_with_those_there_are(run, scored):
    told = run("at-risk", "--loyalty-type", "gold", folder=scored)
    assert told.code == 1
    assert (
        told.err
        == "error: no loyalty type 'gold'; there are: value, price, reward, discount, occasional, unclear\n"
    )


def test_before_anything_is_scored_it_says_what_to_run(run, shop):
    told = run("at-risk", folder=shop)
    assert (told.code, told.out) == (1, "")
    assert told.err.rstrip().endswith("run: regulars score")


def test_a_suppressed_customer_is_off_the_list_at_once(run, scored):
    first = run("at-risk", "--top", 1, "--json", folder=scored).json["customers"][0]["customer_id"]
    Suppression.open(scored / "workspace/suppression").add(first)
    assert first not in run("at-risk", "--top", 500, "--format", "csv", folder=scored).out
