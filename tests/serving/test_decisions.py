"""Claims about deciding and the record that is kept of it."""

from datetime import UTC, datetime, timedelta

import pytest

from serving.decisions import DecisionDesk, Request, new_decision_id, promised_terms
from serving.generation import Generation
from serving.record import OfferEvent

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def desk(store):
    return DecisionDesk(store)


@pytest.fixture
def decide(desk, generation):
    def ask(customer="anna", count=1, now=NOW, generation=generation, **fields):
        return desk.decide(generation, generation.row(customer), Request(count, **fields), now)

    return ask


def test_a_decision_is_in_the_store_when_it_is_answered(decide, store):
    slots = decide(count=3)
    assert store.decision(slots[0].decision_id) == slots


def test_every_slot_that_was_asked_for_is_recorded(decide, generation):
    slots = decide(count=20)
    offered = [slot.offer_id for slot in slots if slot.offer_id]
    assert [slot.slot for slot in slots] == list(range(20))
    assert 0 < len(offered) == len(set(offered)) <= len(generation.catalogue.offers)
    assert all(slot.terms is None for slot in slots if slot.offer_id is None)


def test_each_slot_is_chosen_from_what_the_slots_before_left(decide):
    slots = decide(count=3)
    for slot in slots:
        chosen = [entry["offer_id"] for entry in slot.eligible if entry["propensity"] == 1.0]
        assert chosen == [slot.offer_id]
        assert not {earlier.offer_id for earlier in slots[: slot.slot]} & {
            entry["offer_id"] for entry in slot.eligible
        }


def test_every_offer_is_in_the_record_of_the_first_slot(decide, generation):
    first = decide()[0]
    named = [entry["offer_id"] for entry in [*first.eligible, *first.excluded]]
    assert sorted(named) == sorted(offer.offer_id for offer in generation.catalogue.offers)


def test_the_record_says_by_which_policy_and_generation(decide, generation):
    slot = decide(channel="web", request_id="r")[0]
    assert (slot.policy, slot.arm, slot.propensity) == ("expected-margin@3+score/0", "policy", 1.0)
    assert (slot.generation, slot.channel, slot.request_id) == (generation.id, "web", "r")


def test_the_same_request_gets_the_same_decision_later(decide):
    first = decide(request_id="r", count=2)
    assert decide(request_id="r", count=5, now=NOW + timedelta(days=1)) == first


def test_the_same_situation_gives_the_same_offers(decide):
    first, second = decide(count=3), decide(count=3)
    assert [slot.offer_id for slot in first] == [slot.offer_id for slot in second]
    assert first[0].decision_id != second[0].decision_id


def test_a_shown_offer_waits_for_its_cooldown(build, decide, store, an_offer):
    generation = Generation.open(build(offers=[an_offer(cooldown_days=7)]))
    first = decide(generation=generation)[0]
    store.append_event(OfferEvent(first.decision_id, "o", "shown", "anna", NOW), NOW)
    soon, later = (decide(generation=generation, now=NOW + timedelta(days=days))[0] for days in (6, 7))
    assert (soon.offer_id, later.offer_id) == (None, "o")
    assert soon.counters["shown"] == {"o": {"count": 1, "last": NOW.isoformat()}}


def test_a_taken_capacity_is_seen(build, desk, store, an_offer):
    generation = Generation.open(build(offers=[an_offer(capacity=1)]))
    request, row = Request(1), generation.row("anna")
    first = desk.decide(generation, row, request, NOW)[0]
    store.append_event(OfferEvent(first.decision_id, "o", "redeemed", "anna", NOW), NOW)
    second = desk.decide(generation, row, request, NOW)[0]
    assert (first.offer_id, second.offer_id) == ("o", None)
    assert second.excluded == [{"offer_id": "o", "stage": "stock", "reason": "all 1 are taken"}]


def test_without_consent_to_marketing_the_answer_is_no_offer(build, write_consents, decide, matrix):
    write_consents(*[(customer, "profiling", "granted") for customer in matrix.customer_ids])
    slot = decide(generation=Generation.open(build()))[0]
    assert slot.offer_id is None
    assert {entry["stage"] for entry in slot.excluded} == {"consent"}


def test_a_consent_that_ends_is_not_used_after_its_end(build, write_consents, decide, matrix):
    purposes = ("profiling", "marketing", "personalisation")
    rows = [(customer, purpose, "granted") for customer in matrix.customer_ids for purpose in purposes]
    end = datetime.now(UTC) + timedelta(days=30)
    write_consents(*rows, expires_at=end)
    generation = Generation.open(build())
    before, after = (decide(generation=generation, now=now)[0] for now in (end - timedelta(seconds=1), end))
    assert before.offer_id
    assert after.offer_id is None


def test_an_offer_that_has_ended_is_never_promised(build, decide, an_offer):
    generation = Generation.open(build(offers=[an_offer(ends_at=NOW)]))
    assert decide(generation=generation, now=NOW)[0].offer_id is None


def test_the_terms_are_kept_as_they_were_promised(an_offer):
    terms = promised_terms(an_offer(value=500, ends_at=NOW, terms="One an order."))
    assert terms["ends_at"] == "2026-03-02T00:00:00+00:00"
    assert (terms["name"], terms["value"], terms["terms"]) == ("A thing", 500, "One an order.")


def test_decision_ids_sort_by_time_and_never_repeat():
    ids = [new_decision_id(NOW + timedelta(milliseconds=step)) for step in range(50)]
    assert ids == sorted(ids)
    assert len({new_decision_id(NOW) for _ in range(50)}) == 50
