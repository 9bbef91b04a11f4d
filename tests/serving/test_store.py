"""Claims about the decision and event store, in SQLite and on a real Postgres server."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from serving import store as module
from serving.record import OfferEvent
from serving.store import Store
from serving.store_errors import StoreUnavailableError

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def any_store(request, tmp_path):
    if request.param == "sqlite":
        opened = Store.open(tmp_path / "any.db")
    else:
        url = request.getfixturevalue("postgres_url")
        engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
        with engine.begin() as connection:
            connection.execute(sa.text("DROP TABLE IF EXISTS decisions, offer_events, reservations"))
        engine.dispose()
        opened = Store.open(url)
    yield opened
    opened.close()


def test_a_decision_comes_back_as_it_was_written(any_store, a_decision):
    slots = [a_decision(decision_id="d"), a_decision(1, decision_id="d", offer_id=None, terms=None)]
    any_store.append_decision(slots)
    assert any_store.decision("d") == slots


def test_an_unknown_decision_has_no_slots(any_store):
    assert any_store.decision("nothing") == []


def test_text_of_every_language_comes_back(any_store, a_decision):
    slot = a_decision(customer_id="zoë 😀", terms={"name": "Größe 'quoted' \u2028"})
    any_store.append_decision([slot])
    assert any_store.decision(slot.decision_id) == [slot]


def test_times_come_back_in_utc_whatever_zone_they_were_given_in(any_store, a_decision):
    moment = datetime(2026, 3, 1, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    slot = a_decision(decided_at=moment)
    any_store.append_decision([slot])
    found = any_store.decision(slot.decision_id)[0].decided_at
    assert (found, found.utcoffset()) == (moment, timedelta(0))


def test_a_time_without_zone_is_refused(any_store, a_decision):
    with pytest.raises(sa.exc.StatementError, match="has no time zone"):
        any_store.append_decision([a_decision(decided_at=datetime(2026, 3, 1))])


def test_a_request_asked_twice_has_one_answer(any_store, a_decision):
    first = any_store.append_decision([a_decision(request_id="r")])
    second = any_store.append_decision([a_decision(request_id="r", offer_id="another")])
    assert second == first == any_store.answered("anna", "r")


def test_request_ids_of_different_customers_do_not_meet(any_store, a_decision):
    any_store.append_decision([a_decision(request_id="r")])
    other = any_store.append_decision([a_decision(request_id="r", customer_id="carl")])
    assert other[0].customer_id == "carl"


def test_requests_without_id_are_all_answered_anew(any_store, a_decision):
    ids = {any_store.append_decision([a_decision()])[0].decision_id for _ in range(3)}
    assert len(ids) == 3
    assert any_store.answered("anna", None) == []


def test_many_at_once_get_one_answer_to_one_request(any_store, a_decision):
    def ask(_):
        return any_store.append_decision([a_decision(request_id="r"), a_decision(1, request_id="r")])

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(40)))
    assert len({answer[0].decision_id for answer in answers}) == 1


def test_a_failed_slot_leaves_no_part_of_the_decision(any_store, a_decision):
    twice = a_decision(decision_id="d")
    with pytest.raises(sa.exc.IntegrityError):
        any_store.append_decision([twice, twice])
    assert any_store.decision("d") == []


def test_the_same_event_twice_is_one_event(any_store):
    event = OfferEvent("d", "o", "shown", "anna", NOW, 5)
    assert any_store.append_event(event, NOW)
    assert not any_store.append_event(event, NOW + timedelta(hours=1))
    assert any_store.shown("anna")["o"].count == 1


def test_an_event_without_time_happens_once(any_store):
    event = OfferEvent("d", "o", "shown", "anna")
    assert any_store.append_event(event, NOW)
    assert not any_store.append_event(event, NOW + timedelta(hours=1))
    assert any_store.shown("anna")["o"].last == NOW


def test_the_same_instant_in_another_zone_is_the_same_event(any_store):
    local = NOW.astimezone(timezone(timedelta(hours=5)))
    assert any_store.append_event(OfferEvent("d", "o", "shown", "anna", NOW), NOW)
    assert not any_store.append_event(OfferEvent("d", "o", "shown", "anna", local), NOW)


def test_shown_counts_decisions_and_keeps_the_last_time(any_store):
    for decision, hours in (("d1", 1), ("d1", 2), ("d2", 0)):
        any_store.append_event(OfferEvent(decision, "o", "shown", "anna", NOW + timedelta(hours=hours)), NOW)
    any_store.append_event(OfferEvent("d3", "o", "accepted", "anna", NOW), NOW)
    any_store.append_event(OfferEvent("d4", "o", "shown", "carl", NOW), NOW)
    found = any_store.shown("anna")["o"]
    assert (found.count, found.last) == (2, NOW + timedelta(hours=2))


def test_taken_counts_decisions_in_which_an_offer_was_accepted_or_redeemed(any_store):
    for decision, kind in (("d1", "accepted"), ("d1", "redeemed"), ("d2", "redeemed"), ("d3", "shown")):
        any_store.append_event(OfferEvent(decision, "o", kind, "anna", NOW), NOW)
    assert any_store.taken() == {"o": 2}


def test_what_was_written_is_there_after_opening_again(tmp_path, a_decision):
    first = Store.open(tmp_path / "s.db")
    first.append_decision([a_decision(decision_id="d")])
    first.close()
    assert Store.open(tmp_path / "s.db").decision("d")


def test_sqlite_waits_for_the_disk_before_it_acknowledges(store):
    with store._engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}


def test_many_workers_may_open_a_new_store_at_once(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda _: Store.open(tmp_path / "new.db"), range(16)))
    tables = sqlite3.connect(tmp_path / "new.db").execute(
        "SELECT count(*) FROM sqlite_master WHERE type = 'table'"
    )
    assert tables.fetchone() == (3,)
    for opened in stores:
        opened.close()


def test_error_messages_hold_no_customer(store, a_decision):
    twice = a_decision(decision_id="d", customer_id="a-person")
    with pytest.raises(sa.exc.IntegrityError) as caught:
        store.append_decision([twice, twice])
    assert "a-person" not in str(caught.value)


def test_a_store_that_stays_locked_is_unavailable_and_acknowledges_nothing(tmp_path, monkeypatch, a_decision):
    monkeypatch.setattr(module, "BUSY_TIMEOUT_MS", 10)
    opened = Store.open(tmp_path / "s.db")
    with sqlite3.connect(tmp_path / "s.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailableError, match="does not answer"):
            opened.append_decision([a_decision(decision_id="d")])
        other.execute("ROLLBACK")
    assert opened.decision("d") == []


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_store_in_memory_is_an_error(url):
    with pytest.raises(ValueError, match="store_url names no file; decisions must outlive the process"):
        Store.open(url)


def test_another_kind_of_database_is_an_error():
    with pytest.raises(ValueError, match="store_url is of 'mysql'; use sqlite or postgresql"):
        Store.open("mysql://somewhere/db")
