"""Each offer says what it would do to a customer, or why it is not made; asking changes nothing."""

from datetime import UTC, datetime

import pytest

from models.verdicts import VERDICTS
from serving.arms import HOLDOUT, arm_of
from serving.decisions import DecisionDesk, Request
from serving.explaining import explain_offers
from serving.generation import Generation
from serving.store_tables import DECISIONS
from tests.serving.test_gains import promote, spending  # noqa: F401 (fixtures)

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def explained(store):
    def ask(generation, row=0, channel=None):
        with store.counting() as ledger:
            return explain_offers(generation, ledger, row, channel, NOW)

    return ask


def test_every_offer_is_either_eligible_or_says_which_stage_keeps_it_out(build, explained):
    generation = Generation.open(build())
    found = explained(generation)
    names = [one.offer.offer_id for one in found.offers]
    assert sorted(names) == sorted(offer.offer_id for offer in generation.catalogue.offers)
    eligible = [one.refused is None for one in found.offers]
    assert eligible == sorted(eligible, reverse=True)
    assert all(one.refused.reason for one in found.offers if one.refused)


def test_the_verdict_of_an_assumed_effect_is_open_and_of_a_measured_one_is_not(
    build,
    spending,  # noqa: F811
    promote,  # noqa: F811
    an_offer,
    explained,
):
    promote(won=0.9, harms=-0.4)
    offers = [an_offer("won"), an_offer("harms"), an_offer("new")]
    generation = Generation.open(build(matrix=spending, offers=offers))
    row = int(generation.churn_probability.argmax())
    said = {one.offer.offer_id: one.effect for one in explained(generation, row).offers}
    assert said["new"].verdict == "undecided"
    assert not said["new"].measured
    assert said["harms"].verdict == "do not disturb"
    assert said["won"].verdict in ("persuadable", "lost cause")
    for effect in said.values():
        assert 0 <= effect.order_without <= 1
        assert 0 <= effect.order_with <= 1
        assert effect.verdict in VERDICTS
    assert said["won"].expected_margin > 0 > said["harms"].expected_margin


def test_the_held_out_are_told_apart(build, settings, explained, matrix):
    offers = settings.offers.model_copy(update={"holdout": 0.5})
    generation = Generation.open(build(settings=settings.model_copy(update={"offers": offers})))
    rows = [row for row in range(len(matrix)) if arm_of(generation.customer_id(row), 0.5, 0) == HOLDOUT]
    assert rows
    for row in rows:
        found = explained(generation, row)
        assert found.arm == HOLDOUT
        assert all(one.refused for one in found.offers)
        assert "arm" in {one.refused.stage for one in found.offers}


def test_nothing_is_recorded(build, explained, store):
    explained(Generation.open(build()))
    assert list(store.rows(DECISIONS)) == []


def test_without_consent_to_personalisation_no_effect_is_told(build, write_consents, explained):
    write_consents(*(("anna", purpose, "granted") for purpose in ("profiling", "marketing")))
    generation = Generation.open(build())
    found = explained(generation, generation.row("anna"))
    assert all(one.effect is None for one in found.offers)


def test_the_service_answers_the_same_and_404_where_nobody_is_known(client, problem):
    answer = client.get("/v1/customers/ben%2F2/offers")
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document["arm"] == "policy"
    assert {"eligible", "stage", "reason", "effect", "offer_id"} <= set(document["offers"][0])
    problem(client.get("/v1/customers/nobody/offers"), 404, "unknown-customer")
    problem(client.get("/v1/customers/anna/offers?chanel=web"), 422)


def test_where_chance_chooses_what_would_not_pay_may_be_made_and_is_told_so(
    build,
    spending,  # noqa: F811
    settings,
    an_offer,
    explained,
    store,
):
    offers = settings.offers.model_copy(update={"random": 0.9999, "holdout": 0})
    by_chance = settings.model_copy(update={"offers": offers})
    dear = [an_offer("dear", cost=900)]
    weighed = Generation.open(build(matrix=spending, offers=dear, value=None))
    row = int(weighed.churn_probability.argmin())
    (one,) = explained(weighed, row).offers
    assert (one.refused.stage, one.effect.expected_margin < 0) == ("value", True)
    tried = Generation.open(build(matrix=spending, offers=dear, value=None, settings=by_chance))
    assert explained(tried, row).offers[0].refused is None
    (slot,) = DecisionDesk(store).decide(tried, row, Request(1), NOW)
    assert (slot.arm, slot.offer_id, slot.propensity) == ("random", "dear", 1.0)
    assert slot.eligible[0]["expected_margin"] == one.effect.expected_margin


def test_without_consent_to_personalisation_no_margin_is_recorded(
    build,
    spending,  # noqa: F811
    an_offer,
    write_consents,
    store,
):
    write_consents(*(("anna", purpose, "granted") for purpose in ("profiling", "marketing")))
    generation = Generation.open(build(matrix=spending, offers=[an_offer("o", mechanism="any")]))
    (slot,) = DecisionDesk(store).decide(generation, generation.row("anna"), Request(1), NOW)
    assert slot.eligible == [{"offer_id": "o", "propensity": 1.0, "expected_margin": None}]


def test_an_empty_catalogue_makes_no_offer(build, spending, explained, store):  # noqa: F811
    generation = Generation.open(build(matrix=spending, offers=[]))
    assert explained(generation).offers == ()
    (slot,) = DecisionDesk(store).decide(generation, 0, Request(1), NOW)
    assert slot.offer_id is None
