"""Limits hold whatever happens at the same instant: decisions reserve, events settle, time gives back."""

import multiprocessing
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from features.matrix import FeatureMatrix
from serving.arms import HOLDOUT, RANDOM, arm_of
from serving.decisions import DecisionDesk, Request, replay
from serving.generation import Generation
from serving.ledger import OfferGoneError
from serving.record import OfferEvent
from serving.store import Store

NOW = datetime(2026, 3, 2, tzinfo=UTC)
MINUTES = 30


@pytest.fixture
def settings(settings):
    return settings.model_copy(
        update={"offers": settings.offers.model_copy(update={"reserve_minutes": MINUTES})}
    )


@pytest.fixture
def desk(store):
    return DecisionDesk(store)


@pytest.fixture
def decide(desk):
    def ask(generation, customer="anna", count=1, minutes=0.0, **fields):
        now = NOW + timedelta(minutes=minutes)
        return desk.decide(generation, generation.row(customer), Request(count, **fields), now)

    return ask


def report(store, slot, event, minutes=0.0):
    now = NOW + timedelta(minutes=minutes)
    return store.append_event(OfferEvent(slot.decision_id, slot.offer_id, event, slot.customer_id, now), now)


def test_a_decision_holds_the_last_one_until_its_time_is_over(build, decide, an_offer):
    generation = Generation.open(build(offers=[an_offer(capacity=1)]))
    assert decide(generation)[0].offer_id == "o"
    refused = decide(generation, "carl", minutes=MINUTES - 1)[0]
    assert (refused.offer_id, refused.excluded[0]["reason"]) == (None, "all 1 are taken")
    assert decide(generation, "dora", minutes=MINUTES + 1)[0].offer_id == "o"


def test_what_was_shown_is_held_until_it_is_dismissed_or_expires(build, decide, store, an_offer):
    generation = Generation.open(build(offers=[an_offer(capacity=1)]))
    slot = decide(generation)[0]
    report(store, slot, "shown", 5)
    assert decide(generation, "carl", minutes=600)[0].offer_id is None
    report(store, slot, "dismissed", 601)
    assert decide(generation, "dora", minutes=602)[0].offer_id == "o"


def test_what_was_accepted_is_taken_for_good_and_counted_once(build, decide, store, an_offer):
    generation = Generation.open(build(offers=[an_offer(capacity=2)]))
    slot = decide(generation)[0]
    report(store, slot, "accepted", 1)
    report(store, slot, "redeemed", 2)
    assert decide(generation, "carl", minutes=3)[0].offer_id == "o"
    assert decide(generation, "dora", minutes=4)[0].offer_id is None
    assert decide(generation, "dora", minutes=4 + MINUTES)[0].offer_id == "o"


def test_an_acceptance_after_the_time_is_refused_only_where_all_are_taken(build, decide, store, an_offer):
    generation = Generation.open(build(offers=[an_offer(capacity=1)]))
    first = decide(generation)[0]
    second = decide(generation, "carl", minutes=MINUTES + 1)[0]
    with pytest.raises(
        OfferGoneError, match="all 1 are taken, and the reservation ended at 2026-03-02T00:30"
    ):
        report(store, first, "accepted", MINUTES + 2)
    report(store, second, "dismissed", MINUTES + 3)
    assert report(store, first, "accepted", MINUTES + 4)
    assert report(store, first, "redeemed", MINUTES + 5)


@pytest.mark.parametrize("late", ["shown", "dismissed"])
def test_no_late_or_second_thought_takes_what_is_somebody_elses_by_now(build, decide, store, an_offer, late):
    generation = Generation.open(build(offers=[an_offer(capacity=1)]))
    first = decide(generation)[0]
    if late == "dismissed":
        report(store, first, "dismissed", 1)
    second = decide(generation, "carl", minutes=MINUTES + 1)[0]
    if late == "shown":
        report(store, first, "shown", MINUTES + 2)
    with pytest.raises(OfferGoneError):
        report(store, first, "accepted", MINUTES + 3)
    assert report(store, second, "accepted", MINUTES + 4)
    assert decide(generation, "dora", minutes=600)[0].offer_id is None


def test_a_decision_that_was_replaced_takes_nothing_that_is_somebody_elses(build, decide, store, an_offer):
    generation = Generation.open(build(offers=[an_offer(capacity=1)]))
    first = decide(generation, count=1)[0]
    again = decide(generation, count=2, minutes=1)
    assert again[0].offer_id == "o"
    with pytest.raises(OfferGoneError):
        report(store, first, "accepted", 2)
    assert report(store, again[0], "accepted", 3)


def test_asked_again_on_the_same_channel_the_same_decision_is_answered(build, decide):
    generation = Generation.open(build())
    first = decide(generation, count=3, channel="web")
    assert decide(generation, count=3, channel="web", minutes=10) == first
    assert decide(generation, count=2, channel="web", minutes=10) == first[:2]
    assert decide(generation, count=3, channel="email", minutes=10) != first
    assert (
        decide(generation, count=3, channel="web", minutes=MINUTES + 1)[0].decision_id != first[0].decision_id
    )
    again = decide(generation, count=4, channel="web", minutes=MINUTES + 2)
    assert len(again) == 4, "more were asked for than were decided"


def test_after_an_offer_was_dismissed_it_is_decided_anew(build, decide, store):
    generation = Generation.open(build())
    first = decide(generation)[0]
    report(store, first, "dismissed", 1)
    assert decide(generation, minutes=2)[0].decision_id != first.decision_id


def test_a_withdrawn_consent_ends_what_was_decided_with_it(build, decide, write_consents, matrix):
    purposes = ("profiling", "marketing", "personalisation")
    rows = [(customer, purpose, "granted") for customer in matrix.customer_ids for purpose in purposes]
    end = datetime.now(UTC) + timedelta(days=3)
    write_consents(*rows, expires_at=end)
    generation = Generation.open(build())
    before, after = ((end - NOW) / timedelta(minutes=1) + minutes for minutes in (-5, 5))
    assert decide(generation, minutes=before)[0].offer_id
    assert decide(generation, minutes=after)[0].offer_id is None


def test_a_reserved_offer_counts_against_cap_and_cooldown_on_every_channel(build, decide, an_offer):
    for limit in ({"max_per_customer": 1}, {"cooldown_days": 1}):
        generation = Generation.open(build(offers=[an_offer(**limit)]))
        ask = {"generation": generation, "customer": "emil" if "cooldown_days" in limit else "anna"}
        assert decide(channel="web", **ask)[0].offer_id == "o"
        assert decide(channel="email", minutes=1, **ask)[0].offer_id is None


def test_a_decision_is_made_again_from_its_record(build, decide, settings, store):
    busy = {"holdout": 0.2, "random": 0.3, "explore": 0.4}
    for strategy in ("score", "thompson"):
        offers = settings.offers.model_copy(update=busy | {"strategy": strategy})
        generation = Generation.open(build(settings=settings.model_copy(update={"offers": offers})))
        for customer in ("anna", "carl", "dora", "emil", "fay", "gus"):
            slots = decide(generation, customer, count=3, channel=strategy)
            report(store, slots[0], "shown") if slots[0].offer_id else None
            assert replay(generation, store.decision(slots[0].decision_id)) == slots
    other = Generation.open(build())
    with pytest.raises(ValueError, match="was made by"):
        replay(other, slots)


def test_in_every_arm_propensities_are_those_by_which_was_drawn(build, decide, settings, matrix):
    offers = settings.offers.model_copy(update={"holdout": 0.3, "random": 0.3, "explore": 0.2})
    generation = Generation.open(build(settings=settings.model_copy(update={"offers": offers})))
    seen = set()
    for customer in matrix.customer_ids:
        slot = decide(generation, customer)[0]
        seen.add(slot.arm)
        assert slot.arm == arm_of(customer, 0.3, 0.3)
        shares = [entry["propensity"] for entry in slot.eligible]
        if slot.arm == HOLDOUT:
            assert (slot.offer_id, slot.eligible, slot.propensity) == (None, [], 1.0)
            assert "arm" in {entry["stage"] for entry in slot.excluded}
            continue
        own = next(entry for entry in slot.eligible if entry["offer_id"] == slot.offer_id)
        assert own["propensity"] == slot.propensity
        assert sum(shares) == pytest.approx(1)
        if slot.arm == RANDOM:
            assert len(set(shares)) == 1
        else:
            assert min(shares) == pytest.approx(0.2 / len(shares))
    assert len(seen) == 3


CAPACITY, ASKED = 50, 200


@pytest.fixture
def crowd(matrix):
    """As many customers as ask."""
    ids = np.array([f"c{number:03d}" for number in range(ASKED)], object)
    rows = np.resize(matrix.values, (ASKED, matrix.values.shape[1]))
    return FeatureMatrix(ids, np.full(ASKED, matrix.cutoffs[0]), matrix.names, rows)


def _ask_and_accept(folder, url, customers):
    """What a worker does: decide for its customers, many at once, and report that each accepted."""
    generation, store = Generation.open(folder), Store.open(url)
    desk = DecisionDesk(store)

    def one(customer):
        slot = desk.decide(generation, generation.row(customer), Request(1), NOW)[0]
        if slot.offer_id:
            store.append_event(OfferEvent(slot.decision_id, slot.offer_id, "accepted", customer), NOW)
        return slot.offer_id is not None

    with ThreadPoolExecutor(8) as pool:
        taken = sum(pool.map(one, customers))
    store.close()
    return taken


def _two_workers(folder, url, crowd):
    halves = (crowd.customer_ids[::2].tolist(), crowd.customer_ids[1::2].tolist())
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        return sum(pool.starmap(_ask_and_accept, [(folder, url, half) for half in halves]))


@pytest.mark.slow
def test_two_hundred_at_once_over_two_workers_take_fifty_of_fifty(build, crowd, an_offer, tmp_path):
    folder = build(matrix=crowd, offers=[an_offer(capacity=CAPACITY)])
    assert _two_workers(folder, f"sqlite:///{tmp_path / 'crowd.db'}", crowd) == CAPACITY


@pytest.mark.slow
def test_the_same_on_postgres(build, crowd, an_offer, postgres_url):
    engine = sa.create_engine(sa.make_url(postgres_url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE IF EXISTS decisions, offer_events, reservations"))
    engine.dispose()
    folder = build(matrix=crowd, offers=[an_offer(budget=CAPACITY * 100, cost=100)])
    assert _two_workers(folder, postgres_url, crowd) == CAPACITY


def _decide_until_killed(folder, url, ready):
    generation, store = Generation.open(folder), Store.open(url)
    desk = DecisionDesk(store)
    for row in range(generation.manifest.rows):
        slot = desk.decide(generation, row, Request(1), NOW)[0]
        ready.put(slot.decision_id)


@pytest.mark.slow
def test_a_killed_worker_loses_no_answered_decision_and_gives_its_reservations_back(
    build, crowd, an_offer, tmp_path
):
    folder, file = build(matrix=crowd, offers=[an_offer(capacity=CAPACITY)]), tmp_path / "killed.db"
    context = multiprocessing.get_context("spawn")
    ready = context.Queue()
    worker = context.Process(target=_decide_until_killed, args=(folder, f"sqlite:///{file}", ready))
    worker.start()
    answered = [ready.get(timeout=60) for _ in range(20)]
    worker.kill()
    worker.join()
    kept = sqlite3.connect(file).execute("SELECT decision_id, count(*) FROM decisions GROUP BY 1").fetchall()
    assert set(answered) <= {decision for decision, _ in kept}
    assert {count for _, count in kept} == {1}
    generation, store = Generation.open(folder), Store.open(file)
    later = NOW + timedelta(minutes=MINUTES + 1)
    rows = range(generation.manifest.rows - 1, generation.manifest.rows - 1 - CAPACITY, -1)
    slots = [DecisionDesk(store).decide(generation, row, Request(1), later)[0] for row in rows]
    assert all(slot.offer_id for slot in slots)
    store.close()
