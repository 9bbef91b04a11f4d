"""Random order lines for properties: few customers, orders and products, times where the kernel could err."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from features.kernel.build import build
from features.kernel.declare import Feature
from features.kernel.rows import NEVER
from features.orders.catalogue import CATALOGUE
from features.orders.feeder import ORDER_LINES
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
        *((name, pa.int64()) for name in ("amount", "milli_units", "list_amount", "coupon_amount")),
        ("points_redeemed", pa.int64()),
        ("joined_us", pa.int64()),
        *((name, pa.string()) for name in ("product_id", "product_type", "category", "brand")),
        *((name, pa.string()) for name in ("store_id", "channel")),
        ("is_private_label", pa.bool_()),
        *((name, pa.int64()) for name in ("type_lines", "type_discount_ppm", "type_private_ppm")),
        *((name, pa.int64()) for name in ("type_price_mean", "type_price_deviation")),
    ]
)

JOINED = (NEVER, 0, *(int((CUTOFFS[2] + timedelta(days=days)).timestamp() * 1_000_000) for days in (-200, 0)))

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
        "milli_units": _maybe(0, 1, 500, 1000, 3000),
        "list_amount": st.sampled_from((0, 1, 250, 251, 400, 333, 120_000)),
        "coupon_amount": _maybe(-5, 0, 30),
        "points_redeemed": _maybe(-1, 0, 100),
        "joined_us": st.sampled_from(JOINED),
        "product_id": _maybe("p1", "p2", "p3"),
        "product_type": _maybe("t1", "t2"),
        "category": _maybe("c1", "c2"),
        "brand": _maybe("b1", "b2"),
        "store_id": _maybe("s1", "s2"),
        "channel": _maybe("web", "shop"),
        "is_private_label": _maybe(True, False),
        "type_lines": _maybe(0, 3, 3, 3),
        "type_discount_ppm": _maybe(0, 123_457),
        "type_private_ppm": _maybe(0, 333_333),
        "type_price_mean": _maybe(5500, 5800, 12_000),  # ln(250) is 5.5, ln(333) is 5.8
        "type_price_deviation": _maybe(0, 700, 3000),
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
    return lines


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
    return build(ORDER_LINES, features, table(lines), cutoffs, zone=zone)


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
    return {**dict.fromkeys(SCHEMA.names), "joined_us": NEVER, "list_amount": amount, **plain, **other}
