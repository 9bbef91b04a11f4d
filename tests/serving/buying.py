"""What the customers of the small generation have bought, as validated tables, and a recommender for it."""

from pathlib import Path

import numpy as np

from tests.purchases import write_tables
from tests.recommender import quick_recommender
from tests.serving.conftest import IDS

GROUPS = ("bread", "milk", "tea")
PRODUCTS = [f"p{number:02d}" for number in range(12)]
LATEST = 59
"""Days from the cutoff of `write_tables` to that of the generation."""


def write_purchases(tables: Path) -> None:
    """Every customer but the last buys now and then, `p11` only lately; `zoë 1` has never bought a thing."""
    random = np.random.default_rng(3)
    lines: dict[str, list] = {
        "order_id": [],
        "customer_id": [],
        "product_id": [],
        "ordered_at": [],
        "amount": [],
    }
    for number, customer in enumerate(IDS[:-1]):
        for day in sorted(random.choice(np.arange(-200, LATEST), 25, replace=False).tolist()):
            likely = PRODUCTS[:8] if day < LATEST - 30 else PRODUCTS
            for product in random.choice(likely, 3, replace=False).tolist():
                # the first customer never buys tea
                if number or PRODUCTS.index(product) % 3 < 2:
                    lines["order_id"].append(f"{customer}:{day}")
                    lines["customer_id"].append(customer)
                    lines["product_id"].append(product)
                    lines["ordered_at"].append(day)
                    lines["amount"].append(100 + 50 * PRODUCTS.index(product))
    products = {
        "product_id": PRODUCTS,
        "category": ["food"] * 12,
        "subcategory": [GROUPS[number % 3] for number in range(12)],
    }
    write_tables(tables, lines, products)


def saved_recommender(folder: Path) -> Path:
    """The folder of a recommender."""
    quick_recommender().save(folder)
    return folder
