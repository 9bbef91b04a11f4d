"""The decision and event store: one schema for SQLite and Postgres; no other module opens it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.schema import CreateIndex, CreateTable

from serving.address import IN_MEMORY, parse_address
from serving.ledger import TAKING, Ledger
from serving.policy import Shown
from serving.record import Decision, OfferEvent
from serving.store_errors import answering, opening
from serving.store_tables import DECISIONS, METADATA, OFFER_EVENTS
from serving.turn import Turn

BUSY_TIMEOUT_MS = 5000
# any number that every worker agrees on; it serialises the creation of tables
_SCHEMA_LOCK = 0x7265_6775_6C61_7273
_LIMITS_LOCK, _CUSTOMERS_SEED = _SCHEMA_LOCK + 1, _SCHEMA_LOCK + 2


# statements are built once: building one costs more than running it
_DECISIONS_OF = {
    name: sa.select(DECISIONS).where(condition).order_by(DECISIONS.c.slot)
    for name, condition in {
        "decision": DECISIONS.c.decision_id == sa.bindparam("decision"),
        "request": (DECISIONS.c.customer_id == sa.bindparam("customer"))
        & (DECISIONS.c.request_id == sa.bindparam("request")),
    }.items()
}


class _Insert(Protocol):
    def on_conflict_do_nothing(self) -> sa.Insert: ...


class Store:
    """Decisions and what became of them. Methods block; every write is on disk when it returns."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = Turn(Path(str(engine.url.database))) if engine.dialect.name == "sqlite" else None
        dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
        insert: _Insert = dialect.insert(OFFER_EVENTS)
        # a row comes back only where one was written; row counts differ between drivers
        self._insert_event = insert.on_conflict_do_nothing().returning(OFFER_EVENTS.c.decision_id)

    @classmethod
    def open(cls, url: str | Path | sa.URL) -> Store:
        """Open a SQLite file (a path or `sqlite:///...`) or a `postgresql://` address; create missing tables.

        Raises:
            ValueError: the address is none, is of another kind of database or of one in memory, or what is
                there cannot be used as a store.
            StoreUnavailableError: the database cannot be reached.
        """
        address = parse_address(url)
        with opening(address):
            engine = _engine(address)
            _create_tables(engine)
        return cls(engine)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()
        if self._turn:
            self._turn.close()

    @contextmanager
    def deciding(self, customer_id: str, *, limited: bool) -> Iterator[Ledger]:
        """One decision about a customer: what was counted cannot change before it is written.

        Everything happens in one transaction that ends with the block. Decisions about one customer, and all those
        that count limited offers, wait for each other over threads, processes and machines.

        Args:
            limited: whether an offer is limited over all customers.
        """
        with self._writing() as connection:
            if connection.dialect.name == "postgresql":
                for key in (_LIMITS_LOCK,) if limited else ():
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
                own = sa.func.hashtextextended(customer_id, _CUSTOMERS_SEED)
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(own)))
            yield Ledger(connection)

    def append_decision(self, slots: Sequence[Decision]) -> list[Decision]:
        """Write all slots of a decision in one transaction and return what is stored.

        Where the same customer and request id were answered before (perhaps a moment ago by another worker),
        nothing is written and the earlier decision is returned.
        """
        try:
            with self._writing() as connection:
                Ledger(connection).append(slots)
        except IntegrityError:
            first = slots[0]
            earlier = self.answered(first.customer_id, first.request_id)
            if not earlier:
                raise
            return earlier
        return list(slots)

    @contextmanager
    def counting(self) -> Iterator[Ledger]:
        """Read many counters; decisions go on meanwhile."""
        with self._reading() as connection:
            yield Ledger(connection)

    @contextmanager
    def planning(self) -> Iterator[Ledger]:
        """Many decisions at once: no other decision about a limited offer is made before the block ends."""
        with self._writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LIMITS_LOCK)))
            yield Ledger(connection)

    def answered(self, customer_id: str | None, request_id: str | None) -> list[Decision]:
        """The slots of the decision that answered a request, or an empty list."""
        if request_id is None:
            return []
        return self._decisions("request", customer=customer_id, request=request_id)

    def decision(self, decision_id: str) -> list[Decision]:
        """The slots of a decision in order, or an empty list."""
        return self._decisions("decision", decision=decision_id)

    def _decisions(self, by: str, **values: str | None) -> list[Decision]:
        with self._reading() as connection:
            found = connection.execute(_DECISIONS_OF[by], values)
            return [Decision(**row) for row in found.mappings()]

    def append_event(self, event: OfferEvent, now: datetime) -> bool:
        """Write an event; False when it was there already.

        One event is one decision, offer, kind and given time; without a given time, one decision, offer and
        kind. `shown` keeps what the decision reserved, `dismissed` and `expired` give it back.

        Raises:
            OfferGoneError: the offer was accepted after its reservation had ended, and all are taken since.
        """
        occurred_at = event.occurred_at
        row = {
            **vars(event),
            "occurrence": occurred_at.astimezone(UTC).isoformat() if occurred_at else "",
            "occurred_at": occurred_at or now,
            "ingested_at": now,
        }
        with self._writing() as connection:
            ledger = Ledger(connection)
            if connection.dialect.name == "postgresql" and ledger.is_limited(event):
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LIMITS_LOCK)))
            if event.event in TAKING:
                ledger.check_taking(event, now)
            fresh = connection.execute(self._insert_event, row).first() is not None
            if fresh:
                ledger.settle(event, now)
            return fresh

    def shown(self, customer_id: str) -> Mapping[str, Shown]:
        """Per offer, in how many decisions the customer was shown it, and when last."""
        with self._reading() as connection:
            return Ledger(connection).shown(customer_id)

    def outcomes(self) -> Mapping[str, tuple[int, int]]:
        """Per offer, in how many decisions of all customers it was taken and in how many it was shown."""
        with self._reading() as connection:
            return Ledger(connection).outcomes()

    def taken(self) -> Mapping[str, int]:
        """Per offer, in how many decisions of all customers it was accepted or redeemed."""
        with self._reading() as connection:
            return Ledger(connection).taken()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with answering(), self._turn or nullcontext(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with answering(), self._engine.connect() as connection:
            yield connection

    def rows(self, table: sa.Table, batch: int = 10_000) -> Iterator[list[dict[str, Any]]]:
        """A whole table in key order, in batches of dictionaries, read in one transaction."""
        query = sa.select(table).order_by(*table.primary_key.columns)
        with self._reading() as connection:
            found = connection.execution_options(yield_per=batch).execute(query)
            for partition in found.mappings().partitions():
                yield [dict(row) for row in partition]


def _engine(address: sa.URL) -> Engine:
    match address.get_backend_name():
        case "sqlite":
            return _sqlite_engine(address)
        case "postgresql":
            return _postgres_engine(address)
        case other:
            raise ValueError(f"store_url is of {other!r}; use sqlite or postgresql")


def _sqlite_engine(address: sa.URL) -> Engine:
    if address.database is None or address.database in IN_MEMORY:
        raise ValueError(
            "store_url names no file; decisions must outlive the process, write sqlite:///file.db"
        )
    Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(address, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def _durable(connection: Any, _: Any) -> None:
        for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    _use_wal(engine)
    return engine


def _use_wal(engine: Engine) -> None:
    """Switch the file to write-ahead logging, which it then keeps; SQLite does not wait for others doing so."""
    give_up = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            return
        except OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.01)


def _postgres_engine(address: sa.URL) -> Engine:
    # error messages reach the log, parameters hold customer ids
    return sa.create_engine(
        address.set(drivername="postgresql+psycopg"), pool_pre_ping=True, hide_parameters=True
    )


def _create_tables(engine: Engine) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
        for table in METADATA.sorted_tables:
            _create(connection, table)


def _create(connection: Connection, table: sa.Table) -> None:
    connection.execute(CreateTable(table, if_not_exists=True))
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        connection.execute(CreateIndex(index, if_not_exists=True))
