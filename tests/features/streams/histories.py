"""Random rows of a few customers in every table, at times where the kernel could err."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from features.catalogue import FEATURES, available
from features.contract import LOYALTY_EVENT_TYPES, OFFER_EVENTS, TABLES, VISIT_KINDS
from features.kernel.declare import Feature
from features.streams.customers import CHANGING
from tests.features.streams.oracle import ORDER, Row, Shop
from tests.features.streams.tables import OWN_FEATURES, SHOP, built, sort_key, typed

BUYERS = ("ann", "bob", "cleo")
PEOPLE = ("abe", *BUYERS, "zed")
"""Buyers, and two who never order, before and after them in order."""
STREAMS = tuple(ORDER)[1:]
# both changes of the clock in Bucharest (01:00 UTC), an ordinary noon, the turn of a day and of a month there
CUTOFFS = (
    datetime(2024, 3, 31, 1, tzinfo=UTC),
    datetime(2024, 4, 30, 12, tzinfo=UTC),
    datetime(2024, 6, 30, 21, tzinfo=UTC),
    datetime(2024, 10, 27, 1, tzinfo=UTC),
    datetime(2025, 3, 31, tzinfo=UTC),
)
YEAR_OF_CUTOFFS = [datetime(2024, month, 1, tzinfo=UTC) for month in range(1, 13)]
DAYS = (0, 1, 14, 30, 90, 365)
cutoffs = st.lists(st.sampled_from(CUTOFFS), min_size=1, max_size=3, unique=True)
_TOLD_LATER = {
    "interactions": ("first_response_at", "resolved_at", "reopened_at"),
    "customers": ("joined_at",),
}
"""What a row says of its future; `due_at` and `expires_at` are known from the start."""
SETTINGS = frozenset(
    [
        "settings.features.tier_points",
        *(f"settings.features.allow_without_history.{name}" for name in CHANGING),
    ]
)


@dataclass(frozen=True)
class History:
    """Rows by table, in no order; a table that is not there was not brought.

    Attributes:
        columns: by table, those that were brought; others are None in every row.
        dictionaries, pieces: how tables are handed to the kernel, see `typed`.
    """

    rows: dict[str, list[Row]]
    columns: dict[str, tuple[str, ...]]
    shop: Shop = SHOP
    dictionaries: bool = False
    pieces: str = "whole"

    @property
    def present(self) -> frozenset[str]:
        """Columns and settings that are there."""
        return SETTINGS | {f"{name}.{column}" for name, columns in self.columns.items() for column in columns}

    def features(self, among: Sequence[Feature] = OWN_FEATURES) -> list[Feature]:
        """Those that can be built."""
        there = available(self.present)
        return [feature for feature in among if feature in there]

    def of(self, customer: str) -> dict[str, list[Row]]:
        """The rows of one customer."""
        return {
            name: [row for row in rows if row["customer_id"] == customer] for name, rows in self.rows.items()
        }

    def among(self, customers: Sequence[str]) -> "History":
        """The rows of some customers."""
        kept = {name: [r for r in rows if r["customer_id"] in customers] for name, rows in self.rows.items()}
        return replace(self, rows=kept)

    def without(self, table: str) -> "History":
        """As if a table had not been brought."""
        rows, columns = self.rows.copy(), self.columns.copy()
        del rows[table], columns[table]
        return replace(self, rows=rows, columns=columns)

    def tables(self) -> dict[str, pa.Table]:
        """As the kernel wants them."""
        return {name: self.table(name, in_order(name, rows)) for name, rows in self.rows.items()}

    def table(self, name: str, rows: Sequence[Row]) -> pa.Table:
        """Rows of a table in the order given."""
        columns, form = self.columns[name], {"dictionaries": self.dictionaries, "pieces": self.pieces}
        return typed(name, rows, columns, **form)

    def built(self, cutoffs: Sequence[datetime], features: Sequence[Feature] | None = None) -> pa.Table:
        """The kernel's answer, of all that can be built unless said otherwise."""
        return built(self.tables(), cutoffs, self.features() if features is None else features, self.shop)

    def known_before(self, cutoff: datetime) -> "History":
        """The history as an extract made at the cutoff has it: nothing that came later, nor what it would say."""
        rows = {}
        for name, (time, *_) in ORDER.items():
            known = [row for row in self.rows.get(name, []) if _was_known(row, time, cutoff)]
            rows[name] = [_as_told_before(name, row, cutoff) for row in known]
        first = {name: None if at and at >= cutoff else at for name, at in self.shop.first_orders.items()}
        kept = {name: found for name, found in rows.items() if name in self.rows}
        return replace(self, rows=kept, shop=replace(self.shop, first_orders=first))


def in_order(table: str, rows: Sequence[Row]) -> list[Row]:
    """Rows sorted by (customer, time, key)."""
    return sorted(rows, key=lambda row: sort_key(table, row))


def _was_known(row: Row, time: str, cutoff: datetime) -> bool:
    return all(at is None or at < cutoff for at in (row[time], row.get("ingested_at")))


def _as_told_before(table: str, row: Row, cutoff: datetime) -> Row:
    later = [name for name in _TOLD_LATER.get(table, ()) if row[name] is not None and row[name] >= cutoff]
    if table == "interactions" and row["csat_at"] is not None and row["csat_at"] >= cutoff:
        later += ["csat", "csat_at"]
    return row | dict.fromkeys(later)


def same(one: pa.Table, other: pa.Table) -> bool:
    """Equal to the last bit, unknown equal to unknown."""
    return one.schema == other.schema and all(
        np.array_equal(one[name].to_numpy(), other[name].to_numpy(), equal_nan=name in FEATURES)
        for name in one.column_names
    )


# --- strategies -----------------------------------------------------------------------------------------------

_US = timedelta(microseconds=1)
_edges = st.builds(
    lambda cutoff, days, us: cutoff - timedelta(days=days) + us * _US,
    st.sampled_from(CUTOFFS),
    st.sampled_from((*DAYS, -30)),
    st.sampled_from((0, 0, -1, 1)),
)
_anytime = st.integers(0, 600 * 24).map(lambda n: datetime(2023, 9, 1, tzinfo=UTC) + timedelta(hours=n))
_anchors = st.lists(st.one_of(_edges, _edges, _edges, _anytime), min_size=2, max_size=5)


@dataclass(frozen=True)
class _Near:
    """An instant so much after one of the few that a history's rows gather around."""

    anchor: int
    shift: timedelta

    def among(self, anchors: list[datetime]) -> datetime:
        return anchors[self.anchor % len(anchors)] + self.shift


_shifts = [timedelta(0)] * 6 + [
    -_US,
    _US,
    timedelta(hours=-2),
    *(timedelta(days=d) for d in (-20, -1, 1, 14)),
]
_instants = st.builds(_Near, st.integers(0, 4), st.sampled_from(_shifts))
_delays = st.sampled_from(
    [
        None,
        *(timedelta(minutes=m) for m in (-60, 0, 1, 59, 60)),
        timedelta(minutes=60, microseconds=1),
        *(timedelta(days=d) for d in DAYS[1:]),
        timedelta(days=14, microseconds=-1),
    ]
)
_later = st.one_of(_delays, _delays, _instants)
"""None, an instant, or how long after its row."""


def _maybe(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from((None, *values))


_judged = {
    "polarity": _maybe(-1.0, -0.5, -0.0004, -0.0006, 0.0, 0.3335, 1.0, 2.0),
    "aspects": _maybe("delivery", "price,quality", "service, delivery", "deliveries", ""),
}
_COLUMNS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "order_lines": {
        "order_id": st.sampled_from(("o1", "o2", "o3", "o4")),
        "ordered_at": _instants,
        "amount": st.sampled_from((-100, 0, 1, 250)),
        "product_id": _maybe("p1", "p2", "p3"),
    },
    "customers": {
        "valid_from": st.one_of(st.none(), _instants),
        "joined_at": _later,
        "birth_month": _maybe(0, 1, 3, 7, 12, 13),
        "referred_by": _maybe("bob"),
        **{name: _maybe("gold", "DE", "") for name in CHANGING},
    },
    "interactions": {
        "opened_at": _instants,
        "channel": _maybe("ticket", "chat", "call", "social"),
        "topic": _maybe("complaint", "damage", "question"),
        **dict.fromkeys(("first_response_at", "resolved_at", "due_at", "reopened_at", "csat_at"), _later),
        "csat": _maybe(1.0, 4.5, 3.3335, 0.0, -2.0),
        **_judged,
    },
    "feedback": {
        "given_at": _instants,
        "kind": st.sampled_from(("nps", "nps", "csat", "cli", "review", "mention", "survey")),
        "score": _maybe(0.0, 1.0, 4.0, 6.9995, 7.0, 8.9994, 9.0, 10.0, 55.5, -3.0, 1e15),
        "scale_min": _maybe(0.0, 1.0, 10.0),
        "scale_max": _maybe(5.0, 7.0, 100.0),
        **_judged,
    },
    "loyalty_events": {
        "occurred_at": _instants,
        "type": st.sampled_from((*LOYALTY_EVENT_TYPES, "earn", "earn", "redeem")),
        "points": _maybe(100.0, 100.0, -60.0, 0.5, 99.9996, 2500.0),
        "tier": _maybe("bronze", "silver", "gold", "strange"),
        "expires_at": _later,
        "referred_customer_id": _maybe("new1", "new2", "stranger"),
    },
    "visits": {
        "occurred_at": _instants,
        "kind": st.sampled_from((*VISIT_KINDS, "view", "cart")),
        "session_id": _maybe("s1", "s2"),
        "duration_s": _maybe(-1.0, 0.0, 30.0, 61.0005),
        "topic": _maybe("tea", "tea", "cups"),
        "product_id": _maybe("p1", "p2", "p4"),
    },
    "offer_events": {
        "decision_id": st.sampled_from(("d1", "d2")),
        "offer_id": st.sampled_from(("f1", "f2")),
        "event": st.sampled_from((*OFFER_EVENTS, "shown", "shown")),
        "occurred_at": _instants,
        "value": _maybe(0, 250, -5),
    },
}
_NUMBERED = {
    "order_lines": "line_id",
    "interactions": "interaction_id",
    "feedback": "feedback_id",
    "loyalty_events": "event_id",
    "visits": "visit_id",
}
"""The column that makes a row's key its own."""


def _rows(table: str, most: int) -> st.SearchStrategy[list[Row]]:
    people = BUYERS if table == "order_lines" else PEOPLE
    known = {} if table == "customers" else {"ingested_at": _later}
    who = st.sampled_from(("ann", "ann", "ann", *people))
    row = st.fixed_dictionaries({"customer_id": who, **_COLUMNS[table], **known})
    at_least = st.sampled_from((0, most // 2, most - 1))  # left alone, lists are short
    return at_least.flatmap(lambda least: st.lists(row, min_size=least, max_size=most))


@st.composite
def histories(draw: st.DrawFn, *tables: str, whole: bool = False, most: int = 12) -> History:
    """Rows of some tables, order lines always among them; of any tables if none is named.

    Args:
        whole: no table and no column is missing.
        most: rows of a table.
    """
    rows, columns, anchors = {}, {}, draw(_anchors)
    for name in tables or STREAMS:
        if tables or whole or draw(st.integers(0, 5)):
            rows[name], columns[name] = draw(_filled(name, most, anchors, whole=whole))
    rows["order_lines"], columns["order_lines"] = draw(_filled("order_lines", most, anchors, whole=whole))
    first = {name: draw(st.sampled_from((None, *anchors))) for name in ("new1", "new2")}
    form = {
        "dictionaries": draw(st.booleans()),
        "pieces": draw(st.sampled_from(("whole", "sliced", "chunked"))),
    }
    return History(rows, columns, replace(SHOP, first_orders=first), **form)


@st.composite
def _filled(
    draw: st.DrawFn, table: str, most: int, anchors: list[datetime], *, whole: bool
) -> tuple[list[Row], tuple[str, ...]]:
    """Rows with their keys, and the columns that the table has."""
    missing = set()
    if not whole:
        optional = [name for name in _COLUMNS[table] if not TABLES[table].column(name).required]
        missing = set(draw(st.lists(st.sampled_from(optional), max_size=2))) if optional else set()
    if draw(st.booleans()):
        missing.add("ingested_at")
    drawn = enumerate(draw(_rows(table, most)))
    rows = [_row(table, row, number, anchors) | dict.fromkeys(missing) for number, row in drawn]
    own = {"customer_id", "ingested_at", _NUMBERED.get(table), *_COLUMNS[table]} - missing
    names = tuple(column.name for column in TABLES[table].columns if column.name in own)
    return list({sort_key(table, row): row for row in rows}.values()), names


def _row(table: str, row: Row, number: int, anchors: list[datetime]) -> Row:
    """A row with a key of its own and instants for what was drawn in their place."""
    found = {name: value.among(anchors) if isinstance(value, _Near) else value for name, value in row.items()}
    begin = found[ORDER[table][0]] or anchors[0]
    found = {name: begin + value if isinstance(value, timedelta) else value for name, value in found.items()}
    return found | ({_NUMBERED[table]: f"{number:02}"} if table in _NUMBERED else {})
