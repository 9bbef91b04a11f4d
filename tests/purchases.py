"""Made-up purchases: a few customers with habits, on random days, of items in groups."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.pairs.purchases import DAY_US, Items, Purchases

CUTOFF = datetime(2026, 1, 1, tzinfo=UTC)
END_US = int(CUTOFF.timestamp() * 1_000_000)


def items_of(count: int, groups: int = 3) -> Items:
    """Items i00, i01, ...; every `groups`-th is of the same group, and the last has none."""
    group = np.arange(count) % groups
    group[-1] = -1
    names = tuple(f"g{number}" for number in range(groups))
    ids = np.array([f"i{number:02d}" for number in range(count)], dtype=object)
    return Items(ids, group, np.minimum(group, 1), names, names[:2])


def random_purchases(seed: int = 0, customers: int = 12, items: int = 9, rows: int = 400) -> Purchases:
    """Random purchases of 300 days around the cutoff: 240 before it and 60 after."""
    random = np.random.default_rng(seed)
    favourite = random.integers(0, items, customers)
    customer = np.sort(random.integers(0, customers, rows))
    day = random.integers(-240, 60, rows)
    item = np.where(random.random(rows) < 0.5, favourite[customer], random.integers(0, items, rows))
    row = np.unique(np.stack([customer, day, item], axis=1), axis=0)
    customer, day, item = row.T
    order = np.unique(customer * 1000 + day + 300, return_inverse=True)[1]
    at = END_US + day * DAY_US + DAY_US // 2
    late = random.random(len(row)) < 0.05
    return Purchases(
        customer_ids=np.array([f"c{number:03d}" for number in range(customers)], dtype=object),
        items=items_of(items),
        customer=customer,
        item=item,
        order=order,
        at=at,
        known=at + late * 20 * DAY_US,
        store=order % 2,
        amount=random.integers(100, 900, len(row)).astype(float),
        quantity=random.integers(1, 4, len(row)).astype(float),
    )


def write_tables(folder: Path, lines: dict[str, list], products: dict[str, list] | None = None) -> Path:
    """Write `order_lines` and `products` as validated tables are written; days count from the cutoff."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = dict(lines)
    instant = pa.timestamp("us", tz="UTC")
    for name in ("ordered_at", "ingested_at"):
        if name in columns:
            columns[name] = pa.array([END_US + day * DAY_US for day in columns[name]], instant)
    columns["amount"] = pa.array(columns["amount"], pa.int64())
    pq.write_table(pa.table(columns), folder / "order_lines.parquet")
    if products:
        pq.write_table(pa.table(products), folder / "products.parquet")
    return folder
