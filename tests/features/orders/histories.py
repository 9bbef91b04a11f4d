"""Random order lines for properties: few customers, orders and products, times where the kernel could err."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from features.kernel.build import Plan
from features.kernel.chunk import Chunk
from features.kernel.declare import Feature
from features.kernel.reference import Reference
from features.orders.catalogue import CATALOGUE
from features.orders.measures import ORDERS
from tests.features.orders.oracle import Line

ZONE = "Europe/Bucharest"
FEATURES = tuple(CATALOGUE.features.values())
CUSTOMERS = ("ann", "bob", "cleo")
# both changes of the clock in Bucharest (01:00 UTC), the turn of a day there, an ordinary noon
CUTOFFS = (
    datetime(2024, 3, 31, 1, tzinfo=UTC),
    datetime(2024, 4, 30, 12, tzinfo=UTC),
    datetime(2024, 6, 28, 21, tzinfo=UTC),
    datetime(2024, 10, 27, 1, tzinfo=UTC),
    datetime(2025, 3, 31, tzinfo=UTC),
)
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("customer_id", "order_id", "line_id")),
        *((name, pa.timestamp("us", "UTC")) for name in ("ordered_at", "ingested_at")),
        *((name, pa.int64()) for name in ("amount", "list_amount", "coupon_amount")),
        *((name, pa.float64()) for name in ("quantity", "points_redeemed")),
        *((name, pa.string()) for name in ("product_id", "store_id", "channel")),
    ]
)

TYPES = ("t1", "t2")
PRODUCTS: dict[str, Line] = {
    "p1": {"product_type": "t1", "category": "c1", "brand": "b1", "is_private_label": False},
    "p2": {"product_type": "t1", "category": "c2", "brand": None, "is_private_label": True},
    "p3": {"product_type": "t2", "category": "c1", "brand": "b2", "is_private_label": True},
    "p4": {"product_type": None, "category": None, "brand": "b1", "is_private_label": False},
}
FIRST_MONDAY, WEEKS = date(2023, 8, 28), 90
WEEKLY: dict[str, tuple[int, ...]] = {
    "type_lines": (3, 0, 3, 7, 3),
    "type_discount_ppm": (123_457, 0, 999_999),
    "type_private_ppm": (333_333, 0),
    "type_price_mean": (5500, 5800, 12_000, 0),  # ln(250) is 5.5, ln(333) is 5.8
    "type_price_deviation": (700, 0, 3000),
    "actual_discount_ppm": (333_333, 0),
    "actual_private_ppm": (250_000, 0),
    "actual_price_mean": (5600, 5700),
    "actual_price_deviation": (300, 700),
}
"""Numbers that types take in turn, week by week."""


def weekly(name: str, kind: int, week: int) -> int:
    """What a type is like in a week since FIRST_MONDAY."""
    return WEEKLY[name][(3 * kind + week) % len(WEEKLY[name])]


def looked_up(line: Line) -> Line:
    """What a line's product is like, and its type in the line's week: 0 where there is none."""
    plain = dict.fromkeys(PRODUCTS["p4"])
    product = PRODUCTS.get(line["product_id"], plain)
    day = line["ordered_at"].astimezone(ZoneInfo(ZONE)).date()
    week = (day - FIRST_MONDAY).days // 7
    known = product["product_type"] is not None and 0 <= week < WEEKS
    kind = TYPES.index(product["product_type"]) if known else 0
    return product | {name: weekly(name, kind, week) if known else 0 for name in WEEKLY}


def _code(values: Sequence[Any], value: Any) -> int:
    return -1 if value is None else sorted({v for v in values if v is not None}).index(value)


def reference(**numbers: int) -> Reference:
    """The shop's products and types; numbers that are given hold for every type and week."""
    column = {name: [p[name] for p in PRODUCTS.values()] for name in PRODUCTS["p1"]}
    attributes = {
        name: np.array([int(v) if isinstance(v, bool) else _code(values, v) for v in values])
        for name, values in column.items()
    }
    weeks = {
        name: np.array(
            [
                [numbers.get(name, weekly(name, kind, week)) for week in range(WEEKS)]
                for kind in range(len(TYPES))
            ]
        )
        for name in WEEKLY
    }
    first = (FIRST_MONDAY - date(1969, 12, 29)).days // 7
    return Reference(pa.array(list(PRODUCTS)), attributes, first, weeks)


REFERENCE = reference()

cutoffs = st.lists(st.sampled_from(CUTOFFS), min_size=1, max_size=3, unique=True)
_edges = st.builds(
    lambda cutoff, days: cutoff - timedelta(days=days),
    st.sampled_from(CUTOFFS),
    st.sampled_from((0, 7, 14, 28, 30, 60, 90, 365)),
)
_offsets = st.sampled_from((0, 0, -1, 1, 3_600_000_000, -5_400_000_000, 86_400_000_000, -3 * 86_400_000_000))
_anytime = st.integers(0, 600 * 24 * 60).map(
    lambda m: datetime(2023, 9, 1, tzinfo=UTC) + timedelta(minutes=m)
)
_few_days = st.integers(0, 30).map(
    lambda step: CUTOFFS[2] - timedelta(days=20) + timedelta(minutes=90 * step)
)
instants = st.one_of(
    _anytime,
    _few_days,
    _few_days,
    st.builds(lambda at, us: at + timedelta(microseconds=us), _edges, _offsets),
)
_late = st.sampled_from((None, -86_400, 0, 1, 86_400, 40 * 86_400, 200 * 86_400))


def _maybe(*values: object) -> st.SearchStrategy[Any]:
    return st.sampled_from((None, *values))


_line = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(CUSTOMERS),
        "order_id": st.integers(1, 9).map("o{}".format),
        "ordered_at": instants,
        "late_s": _late,
        "amount": st.sampled_from((-999, -1, 0, 1, 99, 250, 333, 100_000)),
        "quantity": _maybe(0.0, 0.001, 0.5, -1.0, 3.0, 0.0005),
        "list_amount": _maybe(0, 1, 250, 251, 400, 333, 120_000),
        "coupon_amount": _maybe(-5, 0, 30),
        "points_redeemed": _maybe(-1.0, 0.0, 100.0, 99.6),
        "product_id": _maybe("p1", "p2", "p3", "p4", "p5"),
        "store_id": _maybe("s1", "s2"),
        "channel": _maybe("web", "shop"),
    }
)


@st.composite
def histories(draw: st.DrawFn, late: bool | None = None) -> list[Line]:
    """Lines of up to three customers, in no order; with `ingested_at` on all of them, or on none."""
    at_least = draw(st.sampled_from((1, 12, 20)))  # left alone, lists are short
    lines = draw(st.lists(_line, min_size=at_least, max_size=24))
    carried = draw(st.booleans()) if late is None else late
    for number, line in enumerate(lines):
        seconds = line.pop("late_s")
        line["line_id"] = str(number)
        if carried:
            known = None if seconds is None else line["ordered_at"] + timedelta(seconds=seconds)
            line["ingested_at"] = known
    return [line | looked_up(line) for line in lines]


def table(lines: Sequence[Line]) -> pa.Table:
    """Lines as the kernel wants them: typed, and sorted by (customer, time, key)."""
    order = sorted(lines, key=lambda x: (x["customer_id"], x["ordered_at"], x["order_id"], x["line_id"]))
    names = [n for n in SCHEMA.names if n != "ingested_at" or any("ingested_at" in line for line in lines)]
    schema = pa.schema([SCHEMA.field(name) for name in names])
    return pa.table({name: [line.get(name) for line in order] for name in names}, schema)


def built(
    lines: Sequence[Line],
    cutoffs: Sequence[datetime],
    *,
    features: Sequence[Feature] = FEATURES,
    zone: str = ZONE,
) -> pa.Table:
    """The kernel's answer for lines in any order."""
    plan = Plan(features, ORDERS, zone=zone, reference=REFERENCE)
    return plan.build(Chunk.of({"order_lines": table(lines)}, "order_lines"), cutoffs)


def same(one: pa.Table, other: pa.Table) -> bool:
    """Equal to the last bit, unknown equal to unknown."""
    return one.schema == other.schema and all(
        np.array_equal(
            *(side[name].to_numpy() for side in (one, other)), equal_nan=name in CATALOGUE.features
        )
        for name in one.column_names
    )


def line(at: datetime, amount: int = 100, **other: Any) -> Line:
    """One line of ann's order o1, unless said otherwise."""
    plain = {"customer_id": "ann", "order_id": "o1", "line_id": "1", "ordered_at": at, "amount": amount}
    found = {**dict.fromkeys(SCHEMA.names), "list_amount": amount, **plain, **other}
    return looked_up(found) | found
