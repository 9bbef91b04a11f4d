"""The tables of the store, one schema for SQLite and Postgres."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect


class UtcInstant(sa.types.TypeDecorator[datetime]):
    """A UTC instant to the microsecond; `timestamptz` in Postgres, sortable text in SQLite."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times, store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the store keeps instants, {value.isoformat()} has no time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the zone back that SQLite does not keep."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(sa.types.TypeDecorator[Any]):
    """JSON kept as text, the same in both databases."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write compact JSON."""
        return None if value is None else json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Read it back."""
        return None if value is None else json.loads(value)


METADATA = sa.MetaData()
DECISIONS = sa.Table(
    "decisions",
    METADATA,
    sa.Column("decision_id", sa.Text, primary_key=True),
    sa.Column("slot", sa.Integer, primary_key=True),
    sa.Column("customer_id", sa.Text),
    sa.Column("decided_at", UtcInstant, nullable=False),
    sa.Column("offer_id", sa.Text),
    sa.Column("propensity", sa.Float, nullable=False),
    sa.Column("arm", sa.Text, nullable=False),
    sa.Column("policy", sa.Text, nullable=False),
    sa.Column("generation", sa.Text, nullable=False),
    sa.Column("eligible", JsonText, nullable=False),
    sa.Column("excluded", JsonText, nullable=False),
    sa.Column("terms", JsonText),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("counters", JsonText, nullable=False),
    sa.Column("channel", sa.Text),
    sa.Column("request_id", sa.Text),
    # NULL request ids are distinct, so only named requests are answered once
    sa.UniqueConstraint("customer_id", "request_id", "slot", name="decisions_once_a_request"),
    sa.Index("decisions_of_customer", "customer_id", "decided_at"),
)
OFFER_EVENTS = sa.Table(
    "offer_events",
    METADATA,
    sa.Column("decision_id", sa.Text, primary_key=True),
    sa.Column("offer_id", sa.Text, primary_key=True),
    sa.Column("event", sa.Text, primary_key=True),
    # the given time, or the empty text where the caller gave none: then the event can happen once
    sa.Column("occurrence", sa.Text, primary_key=True),
    sa.Column("occurred_at", UtcInstant, nullable=False),
    sa.Column("customer_id", sa.Text),
    sa.Column("value", sa.BigInteger),
    sa.Column("ingested_at", UtcInstant, nullable=False),
    sa.Index("offer_events_of_customer", "customer_id", "event"),
    sa.Index("offer_events_of_offer", "event", "offer_id"),
)
RESERVATIONS = sa.Table(
    "reservations",
    METADATA,
    sa.Column("decision_id", sa.Text, primary_key=True),
    sa.Column("offer_id", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Text),
    sa.Column("decided_at", UtcInstant, nullable=False),
    # up to when it counts; NULL from when the offer was shown on
    sa.Column("until", UtcInstant),
    # how often the offer can be taken in all, by capacity and budget; NULL without a limit
    sa.Column("most", sa.BigInteger),
    sa.Index("reservations_of_offer", "offer_id"),
    sa.Index("reservations_of_customer", "customer_id"),
)
