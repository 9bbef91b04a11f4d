"""Claims about the mounted endpoints, asked through the whole service in this process."""

import csv
import io
import json
import sqlite3
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from features.suppression import Suppression
from serving import store
from serving.schemas import CustomerAnswer


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch):
    """A locked store is given up soon."""
    monkeypatch.setattr(store, "BUSY_TIMEOUT_MS", 50)


@pytest.fixture
def offer(client):
    """Ask for offers and return the decision."""

    def ask(customer_id="zoë 1", **fields):
        answer = client.post("/v1/offers", json={"customer_id": customer_id} | fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


@pytest.mark.parametrize("path", ["anna", "ben/2", "ben%2F2", "zo%C3%AB%201", "%3Cjo%3E", "=1+1"])
def test_a_customer_is_found_whatever_the_id_looks_like(client, path):
    answer = client.get(f"/v1/customers/{path}")
    assert answer.status_code == 200
    assert len(answer.json()["reasons"]) == 3
    CustomerAnswer.model_validate(answer.json())


def test_a_customer_has_the_scores_of_the_generation(client, generation):
    found = client.get("/v1/customers/anna").json()
    row = generation.row("anna")
    assert found["churn_probability"] == pytest.approx(generation.churn_probability[row], abs=1e-6)
    assert sum(found["loyalty_probabilities"].values()) == pytest.approx(1, abs=1e-4)
    assert (found["as_of"], found["horizon_days"]) == ("2026-03-01T00:00:00+00:00", 28)


@pytest.mark.parametrize("path", ["/v1/customers/anna", "/v1/at-risk"])
def test_an_answer_tells_the_cutoff_beside_the_end_of_the_data(client, build, matrix, path):
    cutoffs = np.full_like(matrix.cutoffs, np.datetime64("2026-02-01"))
    built = build(matrix=replace(matrix, cutoffs=cutoffs)).name
    assert _until(lambda: client.get(path).json()["generation"] == built)
    found = client.get(path).json()
    assert (found["cutoff"][:10], found["as_of"][:10]) == ("2026-02-01", "2026-03-01")


def test_a_cursor_into_a_generation_that_was_removed_is_410(client, build, problem):
    cursor = client.get("/v1/at-risk?limit=1").json()["next_cursor"]
    for _ in range(3):
        build()
    last = build().name
    assert _until(lambda: client.get("/v1/at-risk").json()["generation"] == last)
    problem(client.get("/v1/at-risk", params={"cursor": cursor}), 410, "cursor-gone")


def test_the_list_can_be_paged_to_its_end(client, matrix):
    seen, cursor = [], None
    while True:
        page = client.get("/v1/at-risk", params={"limit": 5} | ({"cursor": cursor} if cursor else {})).json()
        seen += page["customers"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(customer["customer_id"] for customer in seen) == sorted(matrix.customer_ids)
    assert [customer["rank"] for customer in seen] == list(range(1, 13))


def test_a_list_goes_on_in_the_generation_in_which_it_began(client, build):
    first = client.get("/v1/at-risk", params={"limit": 5}).json()
    newer = build().name
    _until(lambda: client.get("/v1/at-risk").json()["generation"] == newer)
    second = client.get("/v1/at-risk", params={"limit": 5, "cursor": first["next_cursor"]}).json()
    assert second["generation"] == first["generation"]


def test_a_list_whose_generation_is_gone_says_so(client, problem):
    from serving.atrisk import Cursor

    gone = Cursor("20200101T000000Z-000000000000", 5).encode()
    problem(client.get("/v1/at-risk", params={"cursor": gone}), 410, "cursor-gone")


def test_a_new_generation_is_served_without_a_restart(client, build):
    newer = build().name
    assert _until(lambda: client.get("/v1/customers/anna").json()["generation"] == newer)


def test_the_list_as_csv_opens_in_a_spreadsheet(client):
    answer = client.get("/v1/at-risk?limit=12", headers={"accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert {"'=1+1", "zoë 1"} <= {row["customer_id"] for row in rows}


def test_a_csv_list_goes_on_by_its_header(client):
    accept = {"accept": "text/csv"}
    first = client.get("/v1/at-risk?limit=10", headers=accept)
    rest = client.get("/v1/at-risk", params={"cursor": first.headers["x-next-cursor"]}, headers=accept)
    assert len(rest.text.splitlines()) == 1 + 2
    assert "x-next-cursor" not in rest.headers


def test_only_as_much_risk_as_was_asked_for(client):
    found = client.get("/v1/at-risk?min_risk=0.5").json()["customers"]
    assert found
    assert all(customer["churn_probability"] >= 0.5 for customer in found)


def test_only_the_type_that_was_asked_for(client):
    found = client.get("/v1/at-risk?loyalty_type=occasional").json()["customers"]
    assert {customer["loyalty_type"] for customer in found} == {"occasional"}


def test_an_offer_comes_with_its_terms(offer):
    decision = offer(count=2)
    assert [made["slot"] for made in decision["offers"]] == [0, 1]
    assert all(made["name"] and made["type"] and made["terms"] for made in decision["offers"])
    assert sum(decision["excluded"].values()) > 0


def test_the_same_request_is_answered_with_the_same_decision(offer):
    assert offer(request_id="r", count=3) == offer(request_id="r", count=3)


def test_a_number_is_an_id_too(client, problem):
    problem(client.post("/v1/offers", json={"customer_id": 42}), 404, "unknown-customer")


def test_an_event_reported_twice_is_one_event(client, offer):
    decision = offer()
    path = f"/v1/offers/{decision['decision_id']}/events"
    event = {"offer_id": decision["offers"][0]["offer_id"], "event": "shown"}
    answers = [client.post(path, json=event).json()["recorded"] for _ in range(2)]
    assert answers == [True, False]


def test_an_event_of_an_unknown_decision_or_offer_is_404(client, offer, problem):
    decision = offer()
    event = {"offer_id": "something else", "event": "shown"}
    problem(client.post(f"/v1/offers/{32 * '0'}/events", json=event), 404, "unknown-decision")
    problem(client.post(f"/v1/offers/{decision['decision_id']}/events", json=event), 404, "unknown-offer")


@pytest.mark.parametrize("decision", ["%00", "nothing", "0" * 31, "0" * 31 + "%00", "A" * 32])
def test_what_cannot_be_a_decision_id_never_reaches_the_store(client, problem, decision):
    event = {"offer_id": "o", "event": "shown"}
    problem(client.post(f"/v1/offers/{decision}/events", json=event), 422, "invalid-request")


@pytest.mark.parametrize(
    ("value", "status"), [(10**15 - 1, 200), (1 - 10**15, 200), (10**15, 422), (-(10**15), 422)]
)
def test_a_value_is_one_that_can_be_read_back_from_the_export(client, offer, value, status):
    decision = offer()
    event = {"offer_id": decision["offers"][0]["offer_id"], "event": "redeemed", "value": value}
    assert client.post(f"/v1/offers/{decision['decision_id']}/events", json=event).status_code == status


@pytest.mark.parametrize("moment", [timedelta(days=1), timedelta(days=-1)])
def test_an_event_before_its_decision_or_in_the_future_is_refused(client, offer, problem, moment):
    decision = offer()
    when = (datetime.now(UTC) + moment).isoformat()
    event = {"offer_id": decision["offers"][0]["offer_id"], "event": "shown", "occurred_at": when}
    problem(client.post(f"/v1/offers/{decision['decision_id']}/events", json=event), 422)


def test_a_suppressed_customer_is_gone_at_once_from_every_answer(client, offer, problem, workspace):
    decision = offer()
    Suppression.open(workspace.suppression).add("zoë 1")
    event = {"offer_id": decision["offers"][0]["offer_id"], "event": "shown"}
    problem(client.get("/v1/customers/zoë 1"), 404, "unknown-customer")
    problem(client.post("/v1/offers", json={"customer_id": "zoë 1"}), 404, "unknown-customer")
    problem(client.post("/predict", json={"ids": ["zoë 1"]}), 404, "unknown-customer")
    problem(client.post(f"/v1/offers/{decision['decision_id']}/events", json=event), 404, "unknown-decision")
    assert "zoë 1" not in client.get("/v1/at-risk?limit=100").text
    assert "zoë 1" not in client.get("/").text


def test_before_the_first_generation_answers_are_503(empty_client, problem):
    for path in ("/v1/customers/anna", "/v1/at-risk"):
        problem(empty_client.get(path), 503, "no-generation")
    problem(empty_client.post("/v1/offers", json={"customer_id": "anna"}), 503, "no-generation")
    assert "regulars score" in empty_client.get("/").text


def test_the_page_for_people_shows_the_top_of_the_list(client):
    answer = client.get("/")
    assert "&lt;jo&gt;" in answer.text
    assert "googletagmanager" not in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_the_api_reference_loads_its_scripts_from_this_service(client):
    page = client.get("/docs").text
    for part in ("static_content/swagger-ui-bundle.js", "static_content/swagger-initializer.js"):
        assert part in page
        assert client.get(f"/{part}").status_code == 200


def test_metrics_do_not_grow_with_ids(client):
    def series():
        return {line.rsplit(" ", 1)[0] for line in client.get("/metrics").text.splitlines()}

    for path in ("/v1/customers/0", "/v1/offers/0/events", "/strange/0", "/v1/at-risk?limit=1"):
        client.get(path)
    series()
    before = series()
    for number in range(1, 50):
        client.get(f"/v1/customers/{number}")
        client.get(f"/v1/customers/anna?x={number}")
        client.get(f"/v1/offers/{number}/events")
        client.get(f"/strange/{number}")
    assert series() - before <= {
        'regulars_requests_total{method="GET",route="/v1/customers/{customer_id}",status="200"}'
    }


def test_what_cannot_be_given_is_406(client, problem):
    problem(client.get("/v1/at-risk", headers={"accept": "image/png"}), 406, "not-acceptable")


def test_a_decision_that_cannot_be_recorded_is_not_answered(client, problem, workspace):
    with sqlite3.connect(workspace.store, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        problem(client.post("/v1/offers", json={"customer_id": "anna"}), 503, "store-unavailable")
        other.execute("ROLLBACK")
    assert client.post("/v1/offers", json={"customer_id": "anna"}).status_code == 200


def test_a_failure_inside_is_a_500_that_tells_nothing(client, problem, monkeypatch):
    from serving.generation import Generation

    monkeypatch.setattr(Generation, "row", lambda *_: 1 / 0)
    for answer in (client.get("/v1/customers/anna"), client.post("/predict", json={"ids": ["anna"]})):
        details = problem(answer, 500)
        assert "division" not in json.dumps(details)


def _until(condition):
    for _ in range(500):
        if condition():
            return True
        time.sleep(0.01)
    return False


def test_the_list_is_sorted_as_asked_and_a_cursor_keeps_its_order(client, problem):
    by_value, by_churn = (
        client.get("/v1/at-risk", params={"limit": 3} | sort).json()
        for sort in ({}, {"sort": "churn_probability"})
    )
    assert (by_value["sort"], by_churn["sort"]) == ("value_at_risk", "churn_probability")
    for answer, key in ((by_value, "value_at_risk"), (by_churn, "churn_probability")):
        following = client.get("/v1/at-risk", params={"limit": 9, "cursor": answer["next_cursor"]}).json()
        found = [customer[key] for customer in answer["customers"] + following["customers"]]
        assert len(found) == 12
        assert found == sorted(found, reverse=True)
    both = {"cursor": by_value["next_cursor"], "sort": "churn_probability"}
    details = problem(client.get("/v1/at-risk", params=both), 422)
    assert "goes on by value_at_risk" in json.dumps(details)
