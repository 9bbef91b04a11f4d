"""What a decision counts and writes, in the transaction of the store that it is made in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.policy import Shown
from serving.record import Decision, OfferEvent, Reservation
from serving.store_tables import DECISIONS, OFFER_EVENTS, RESERVATIONS

TAKING = ("accepted", "redeemed")
ENDING = ("dismissed", "expired")
_E, _R = OFFER_EVENTS.c, RESERVATIONS.c


class OfferGoneError(LookupError):
    """An offer can be taken no more: its reservation has ended and all are taken."""


# statements are built once: building one costs more than running it
_now: sa.BindParameter[datetime] = sa.bindparam("now")
_live = (_R.until.is_(None)) | (_R.until > _now)
_own_showings = (
    sa.select(_E.offer_id, _E.decision_id, _E.occurred_at.label("at"))
    .where(_E.customer_id == sa.bindparam("customer"), _E.event == "shown")
    .subquery()
)
_own_showings_and_reservations = sa.union_all(
    sa.select(_own_showings),
    sa.select(_R.offer_id, _R.decision_id, _R.decided_at).where(
        _R.customer_id == sa.bindparam("customer"), _live
    ),
).subquery()


def _counted(rows: sa.Subquery) -> sa.Select[Any]:
    return sa.select(
        rows.c.offer_id, sa.func.count(rows.c.decision_id.distinct()), sa.func.max(rows.c.at)
    ).group_by(rows.c.offer_id)


_SHOWN, _SHOWN_OR_RESERVED = _counted(_own_showings), _counted(_own_showings_and_reservations)
_TAKEN = (
    sa.select(_E.offer_id, sa.func.count(_E.decision_id.distinct()))
    .where(_E.event.in_(TAKING))
    .group_by(_E.offer_id)
)
_OUTCOMES = sa.select(
    _E.offer_id,
    sa.func.count(sa.case((_E.event.in_(TAKING), _E.decision_id)).distinct()),
    sa.func.count(sa.case((_E.event == "shown", _E.decision_id)).distinct()),
).group_by(_E.offer_id)
_offers: sa.BindParameter[str] = sa.bindparam("offers", expanding=True)
# one statement: between two, an acceptance could leave the one without having entered the other
_taken_or_reserved = sa.union(
    sa.select(_E.offer_id, _E.decision_id).where(_E.event.in_(TAKING), _E.offer_id.in_(_offers)),
    sa.select(_R.offer_id, _R.decision_id).where(_R.offer_id.in_(_offers), _live),
).subquery()
_TAKEN_OR_RESERVED = sa.select(_taken_or_reserved.c.offer_id, sa.func.count()).group_by(
    _taken_or_reserved.c.offer_id
)
_LATEST = (
    sa.select(DECISIONS.c.decision_id)
    .where(
        DECISIONS.c.customer_id == sa.bindparam("customer"),
        DECISIONS.c.channel.is_not_distinct_from(sa.bindparam("channel")),
        DECISIONS.c.decided_at > sa.bindparam("since"),
        DECISIONS.c.decided_at <= _now,
    )
    .order_by(DECISIONS.c.decided_at.desc(), DECISIONS.c.decision_id.desc())
    .limit(1)
)
_SLOTS = (
    sa.select(DECISIONS).where(DECISIONS.c.decision_id == sa.bindparam("decision")).order_by(DECISIONS.c.slot)
)
_ENDED = sa.select(sa.func.count()).where(
    _E.decision_id == sa.bindparam("decision"), _E.event.in_((*TAKING, *ENDING))
)
_RESERVATION = sa.select(_R.until, _R.most).where(
    _R.decision_id == sa.bindparam("decision"), _R.offer_id == sa.bindparam("offer")
)
_TAKEN_ALREADY = sa.select(sa.func.count()).where(
    _E.decision_id == sa.bindparam("decision"), _E.offer_id == sa.bindparam("offer"), _E.event.in_(TAKING)
)
_INSERT_DECISION, _INSERT_RESERVATION = sa.insert(DECISIONS), sa.insert(RESERVATIONS)


class Ledger:
    """Reads and writes on one connection; every write is on disk when its transaction ends."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def answered(self, customer_id: str, request_id: str | None) -> list[Decision]:
        """The slots of the decision that answered a request of a customer, or an empty list."""
        if request_id is None:
            return []
        asked = sa.select(DECISIONS).where(
            DECISIONS.c.customer_id == customer_id, DECISIONS.c.request_id == request_id
        )
        return [
            Decision(**row) for row in self._connection.execute(asked.order_by(DECISIONS.c.slot)).mappings()
        ]

    def latest(self, customer_id: str, channel: str | None, since: datetime, now: datetime) -> list[Decision]:
        """The slots of the customer's newest decision for a channel after an instant that nothing has ended yet.

        Accepting, redeeming, dismissing or letting expire one of its offers ends a decision.
        """
        values = {"customer": customer_id, "channel": channel, "since": since, "now": now}
        found = self._connection.execute(_LATEST, values).scalar()
        if found is None or self._connection.execute(_ENDED, {"decision": found}).scalar_one():
            return []
        return [Decision(**row) for row in self._connection.execute(_SLOTS, {"decision": found}).mappings()]

    def shown(self, customer_id: str, now: datetime | None = None) -> dict[str, Shown]:
        """Per offer, in how many decisions the customer was shown it, and when last.

        Args:
            now: with it, decisions that reserve the offer at that instant count as shown when they were made.
        """
        query, values = (_SHOWN, {}) if now is None else (_SHOWN_OR_RESERVED, {"now": now})
        found = self._connection.execute(query, {"customer": customer_id} | values)
        return {row[0]: Shown(row[1], row[2]) for row in found}

    def taken(self) -> dict[str, int]:
        """Per offer, in how many decisions of all customers it was accepted or redeemed."""
        return {row[0]: row[1] for row in self._connection.execute(_TAKEN)}

    def outcomes(self) -> dict[str, tuple[int, int]]:
        """Per offer, in how many decisions of all customers it was taken and in how many it was shown."""
        return {row[0]: (row[1], row[2]) for row in self._connection.execute(_OUTCOMES)}

    def taken_or_reserved(self, offers: Sequence[str], now: datetime) -> dict[str, int]:
        """Per offer, in how many decisions it is taken, or reserved at an instant."""
        if not offers:
            return {}
        found = self._connection.execute(_TAKEN_OR_RESERVED, {"offers": list(offers), "now": now})
        return {row[0]: row[1] for row in found}

    def append(self, slots: Sequence[Decision], reservations: Sequence[Reservation] = ()) -> None:
        """Write all slots of a decision, and what it reserves."""
        self._connection.execute(_INSERT_DECISION, [vars(slot) for slot in slots])
        if reservations:
            self._connection.execute(_INSERT_RESERVATION, [vars(one) for one in reservations])

    def decided_since(self, instant: datetime) -> set[str]:
        """The customers about whom something was decided at an instant or later."""
        found = sa.select(DECISIONS.c.customer_id).where(DECISIONS.c.decided_at >= instant).distinct()
        return {row[0] for row in self._connection.execute(found) if row[0] is not None}

    def release(self, decision_id: str, now: datetime) -> None:
        """Give back what a decision reserves and has not shown."""
        own = (_R.decision_id == decision_id) & (_R.until > now)
        self._connection.execute(RESERVATIONS.update().where(own).values(until=now))

    def is_limited(self, event: OfferEvent) -> bool:
        """Whether the offer of an event is limited over all customers."""
        found = self._connection.execute(_RESERVATION, _of(event)).first()
        return found is not None and found.most is not None

    def check_taking(self, event: OfferEvent, now: datetime) -> None:
        """Refuse an acceptance after the end of its reservation where all are taken.

        Raises:
            OfferGoneError: there is none left.
        """
        found = self._connection.execute(_RESERVATION, _of(event)).first()
        if found is None or found.most is None or found.until is None or found.until > now:
            return
        if self._connection.execute(_TAKEN_ALREADY, _of(event)).scalar_one():
            return
        if self.taken_or_reserved([event.offer_id], now).get(event.offer_id, 0) >= found.most:
            ended = found.until.isoformat()
            raise OfferGoneError(f"all {found.most} are taken, and the reservation ended at {ended}")

    def settle(self, event: OfferEvent, now: datetime) -> None:
        """What an event does to the reservation of its offer; one that has ended is not taken up again."""
        own = (_R.decision_id == event.decision_id) & (_R.offer_id == event.offer_id)
        if event.event in ENDING:
            self._connection.execute(
                RESERVATIONS.update().where(own, _R.until.is_(None) | (_R.until > now)).values(until=now)
            )
        elif event.event == "shown":
            self._connection.execute(RESERVATIONS.update().where(own, _R.until > now).values(until=None))


def _of(event: OfferEvent) -> Mapping[str, str]:
    return {"decision": event.decision_id, "offer": event.offer_id}
