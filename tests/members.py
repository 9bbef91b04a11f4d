"""Paid memberships for the small made-up shop: taken for ten weeks at a time, given up by who hardly orders."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

PERIOD, RECENT = timedelta(days=70), timedelta(days=30)


def add_memberships(folder: Path, seed: int = 5) -> Path:
    """Write `data/loyalty_events.parquet` beside the order lines of a shop, and make its churn contractual.

    Each customer becomes a member with the first order. At the end of a period nine in ten renew of those who ordered
    in its last 30 days, three in ten of the others, within five days. One in ten ends a membership in its middle.
    """
    random = np.random.default_rng(seed)
    lines = pq.read_table(folder / "data" / "order_lines.parquet", columns=["customer_id", "ordered_at"])
    orders = lines.to_pandas().sort_values(["customer_id", "ordered_at"])
    end, rows = orders["ordered_at"].max(), []
    for customer, times in orders.groupby("customer_id")["ordered_at"]:
        start = times.min()
        while start < end:
            until = start + PERIOD
            rows.append((customer, start, "membership_start", until))
            if random.random() < 0.1:
                rows.append((customer, start + PERIOD / 2, "membership_end", None))
            recent = times.between(until - RECENT, until).any()
            if random.random() > (0.9 if recent else 0.3):
                break
            start = until + timedelta(days=random.uniform(0, 5))
    events = pd.DataFrame(rows, columns=["customer_id", "occurred_at", "type", "expires_at"])
    events = events[events["occurred_at"] < end]
    events.insert(0, "event_id", [f"m{number}" for number in range(len(events))])
    events.to_parquet(folder / "data" / "loyalty_events.parquet", index=False)
    settings = folder / "regulars.toml"
    text = settings.read_text("utf-8").replace("[churn]\n", '[churn]\nkind = "contractual"\n')
    settings.write_text(text.replace("active_days = 60\n", ""), "utf-8")
    return folder
