"""What simple policies would earn, by the truth: the yardstick for anything that learns to make offers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from datasets.simulator.catalogue import CAMPAIGN, CATALOGUE

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PolicyValues:
    """Expected margin above no offer, per customer, in the 28 days after the extract; currency units.

    Attributes:
        oracle: the best eligible offer for each customer, or none.
        best_single: one offer for everybody who may have it, the best such.
        best_offer: its type.
        random: any eligible offer alike, always one.
        losing: share of customer-offer pairs that lose money.
        customers: number of customers.
    """

    oracle: float
    best_single: float
    best_offer: str
    random: float
    losing: float
    customers: int

    @property
    def best_single_share(self) -> float:
        """Of what the oracle earns."""
        return self.best_single / self.oracle

    @property
    def random_share(self) -> float:
        """Of what the oracle earns."""
        return self.random / self.oracle


def margin_effects(truth: Path, *, contactable: bool = True) -> Floats:
    """Margin effect of every offer, NaN where the customer may not have it, shape (customers, offers).

    Raises:
        FileNotFoundError: the folder holds no truth of a simulated shop.
    """
    columns = ["eligible", "margin_effect"]
    table = pq.read_table(truth / "responses.parquet", columns=columns)
    effect = pc.if_else(table["eligible"], table["margin_effect"], np.float32("nan"))
    effects = effect.to_numpy().astype(np.float64).reshape(-1, len(CATALOGUE))
    if not contactable:
        return np.asarray(effects)
    known = pq.read_table(truth / "customers.parquet", columns=["contactable"])["contactable"]
    return np.asarray(effects[known.to_numpy()])


def policy_values(truth: Path, *, campaign_only: bool = True) -> PolicyValues:
    """Values of the oracle and of the simplest policies over the contactable customers.

    Args:
        truth: truth folder of a simulated shop.
        campaign_only: the offers that campaigns send; else the whole catalogue.
    """
    chosen = CAMPAIGN if campaign_only else np.arange(len(CATALOGUE))
    effects = margin_effects(truth)[:, chosen]
    able = ~np.isnan(effects)
    earned = np.where(able, effects, 0.0)
    singles = earned.mean(axis=0)
    return PolicyValues(
        oracle=float(np.maximum(earned.max(axis=1), 0).mean()),
        best_single=float(singles.max()),
        best_offer=CATALOGUE[chosen[singles.argmax()]].type,
        random=float((earned.sum(axis=1) / able.sum(axis=1)).mean()),
        losing=float((effects[able] < 0).mean()),
        customers=len(effects),
    )
