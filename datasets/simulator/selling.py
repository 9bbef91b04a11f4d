"""The tables `products` and `order_lines`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datasets.simulator.arrival import arrive
from datasets.simulator.assortment import CATEGORIES
from datasets.simulator.columns import (
    ROW_SPACE,
    contract_table,
    customer_ids,
    ids,
    instants,
    money,
    numbers,
    words,
)
from datasets.simulator.orders import Lines, Orders, delivery
from datasets.simulator.points import points_by_line
from datasets.simulator.streams import Concept, stream
from datasets.simulator.timeline import DAY
from datasets.simulator.traits import STORES
from datasets.simulator.world import Cell, World

Integers = NDArray[np.int64]

CHANNELS = ("shop", "web")
GUESTS_FROM = ROW_SPACE // 2
"""Guest orders of a cell are numbered from here."""


def products_table(world: World) -> pa.Table:
    """The assortment, at the list prices of the first week."""
    goods = world.assortment
    brand = np.where(goods.own_brand, 0, 1 + np.arange(goods.size) % 17)
    return contract_table(
        "products",
        {
            "product_id": goods.ids,
            "category": words(CATEGORIES, goods.category),
            "subcategory": [f"{CATEGORIES[kind // 3]} {kind % 3 + 1}" for kind in goods.kind.tolist()],
            "brand": [f"brand {number}" if number else "own" for number in brand.tolist()],
            "is_private_label": goods.own_brand,
            "list_price": money(goods.list_price[0]),
            "unit_cost": money(goods.unit_cost),
        },
    )


def order_ids(cell: Cell) -> pa.Array:
    """Ids of a cell's orders of known customers."""
    return ids("O", cell.number * ROW_SPACE + np.arange(len(cell.orders)))


def order_lines_table(world: World, cell: Cell) -> pa.Table:
    """Lines of customers, then of guests; erased customers are guests."""
    traits = cell.people.traits
    numbers_of = np.where(traits.erased, -1, traits.number)[cell.orders.customer]
    points = points_by_line(cell.ledger, cell.orders, cell.lines)
    known = _rows(world, cell, cell.orders, cell.lines, numbers_of, points, 0)
    nobody, none = np.full(len(cell.guest_orders), -1), np.zeros(len(cell.guest_lines), np.int64)
    guests = _rows(world, cell, cell.guest_orders, cell.guest_lines, nobody, none, GUESTS_FROM)
    return pa.concat_tables([known, guests])


def _rows(
    world: World,
    cell: Cell,
    orders: Orders,
    lines: Lines,
    customers: Integers,
    points: Integers,
    start: int,
) -> pa.Table:
    """Sold lines and their returns, of what is known by the end of the extract."""
    kind: tuple[Concept, Concept] = ("guest_delivery", "guest_arrival") if start else ("delivery", "arrival")
    random = stream(world.shop.seed, kind[1], cell.number)
    known = arrive(random, orders.instant)
    shared = {
        "order_id": ids("O", cell.number * ROW_SPACE + start + np.arange(len(orders))),
        "customer_id": _buyers(customers),
        "ordered_at": instants(orders.instant),
        "channel": words(CHANNELS, orders.web.astype(np.int64)),
        "store_id": _stores(cell, orders, guests=start > 0),
        **_delivered(world, orders, kind[0], cell.number),
        "ingested_at": instants(known),
    }
    sold = np.flatnonzero((known < world.timeline.end_instant)[lines.order])
    sales = _lines_table(world, shared, lines, points, sold, 1)
    return pa.concat_tables([sales, _returns(world, shared, orders, lines, random)])


def _delivered(world: World, orders: Orders, concept: Concept, cell: int) -> dict[str, pa.Array]:
    promised, delivered = delivery(stream(world.shop.seed, concept, cell), orders)
    done = np.where(delivered < world.timeline.end_instant, delivered, 0)
    return {"promised_at": instants(promised), "delivered_at": instants(done)}


def _stores(cell: Cell, orders: Orders, *, guests: bool) -> pa.Array:
    """The customer's usual shop, any for guests, none on the web."""
    store = orders.day % STORES if guests else cell.people.traits.store[orders.customer]
    return pc.if_else(pa.array(orders.web), None, ids("S", store))


def _buyers(customers: Integers) -> pa.Array:
    return pc.if_else(pa.array(customers >= 0), customer_ids(np.maximum(customers, 0)), None)


def _lines_table(
    world: World, shared: dict[str, pa.Array], lines: Lines, points: Integers, at: Integers, sign: int
) -> pa.Table:
    order = pa.array(lines.order[at])
    columns = {name: column.take(order) for name, column in shared.items()}
    columns |= {
        "line_id": ids("", lines.position[at]),
        "amount": money(sign * lines.paid[at]),
        "product_id": words(world.assortment.ids, lines.product[at]),
        "quantity": numbers(sign * lines.quantity[at]),
        "list_amount": money(sign * lines.listed[at]),
        "coupon_amount": money(lines.coupon[at] if sign > 0 else np.zeros(len(at))),
        "points_redeemed": numbers(points[at] if sign > 0 else np.zeros(len(at))),
    }
    return contract_table("order_lines", columns)


def _returns(
    world: World,
    shared: dict[str, pa.Array],
    orders: Orders,
    lines: Lines,
    random: np.random.Generator,
) -> pa.Table:
    """Lines given back: orders of their own, `R` for `O`, at the same hour of a later day."""
    back = np.flatnonzero(lines.returned >= 0)
    later = (lines.returned[back] - orders.day[lines.order[back]]) * DAY
    at = orders.instant[lines.order[back]] + later
    known = arrive(random, at)
    keep = known < world.timeline.end_instant
    back, at, known = back[keep], at[keep], known[keep]
    table = _lines_table(world, shared, lines, np.zeros(len(lines), np.int64), back, -1)
    nothing = pa.nulls(len(back), pa.timestamp("us", "UTC"))
    changed = {
        "order_id": pc.replace_substring(table["order_id"], "O", "R"),
        "ordered_at": instants(at),
        "ingested_at": instants(known),
        "promised_at": nothing,
        "delivered_at": nothing,
    }
    return contract_table(
        "order_lines", {name: changed.get(name, table[name]) for name in table.column_names}
    )
