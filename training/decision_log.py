"""Decisions on offers as they were logged, and what came of them, from the validated tables."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from features.tables.casting import literal
from models.offer_effects import NO_OFFER
from training.effects import Outcomes

Floats = npt.NDArray[np.float64]
ARM_STAGE, VALUE_STAGE = "arm", "value"
"""Stages at which the holdout, and what it costs, keep an offer from a customer."""
CAMPAIGN = "campaign@"
"""How the policy of a campaign's decisions is called, but for its version."""
HORIZON_DAYS = 28
"""Outcomes are looked at for so many days from the decision on, unless another horizon is asked for."""


@dataclass(frozen=True, eq=False)
class DecisionLog:
    """First slots of decisions about known customers, by time; n decisions, k offers.

    Attributes:
        offers: ids, ascending.
        customer_ids: (n,).
        decided_at: (n,) UTC, microseconds.
        offer: (n,) index into `offers`, or NO_OFFER.
        propensity: (n, k + 1) of each offer and, last, of no offer.
        able: (n, k) which offers would have been eligible and were expected to pay, whatever the arm.
        reachable: (n,) whether any would have been eligible, but for what it costs and the arm.
        arm: (n,) arm of the experiment, "" where none is known.
        policy: (n,) name of what decided, "" where it is not known.
        redeemed: (n,) 1 where the offer was accepted or redeemed within the horizon.
        cost: (n,) what that cost, minor units.
    """

    offers: tuple[str, ...]
    customer_ids: npt.NDArray[np.object_]
    decided_at: npt.NDArray[np.datetime64]
    offer: npt.NDArray[np.int64]
    propensity: Floats
    able: npt.NDArray[np.bool_]
    reachable: npt.NDArray[np.bool_]
    arm: npt.NDArray[np.object_]
    policy: npt.NDArray[np.object_]
    redeemed: npt.NDArray[np.int64]
    cost: Floats

    def __len__(self) -> int:
        return len(self.offer)

    def where(self, kept: npt.NDArray[np.bool_]) -> DecisionLog:
        """Some of the decisions, mask (n,)."""
        return DecisionLog(
            self.offers,
            self.customer_ids[kept],
            self.decided_at[kept],
            self.offer[kept],
            self.propensity[kept],
            self.able[kept],
            self.reachable[kept],
            self.arm[kept],
            self.policy[kept],
            self.redeemed[kept],
            self.cost[kept],
        )

    @property
    def planned(self) -> npt.NDArray[np.bool_]:
        """(n,) decisions of a campaign, which chose its customers and left nothing but the holdout to chance."""
        return np.array([str(name).startswith(CAMPAIGN) for name in self.policy], bool)

    @property
    def own_propensity(self) -> Floats:
        """(n,) probability of what was chosen."""
        own: Floats = self.propensity[np.arange(len(self)), self.offer]  # NO_OFFER, -1, is the last column
        return own

    def outcomes(self, ordered: npt.NDArray[np.int64]) -> Outcomes:
        """What effects are learned from.

        Args:
            ordered: (n,) 1 where an order followed within the horizon.
        """
        return Outcomes(self.customer_ids, self.offer, ordered, self.redeemed, self.cost)


def read_decisions(tables: Path, horizon_days: int = HORIZON_DAYS) -> DecisionLog:
    """Read the log.

    Args:
        tables: folder of the validated tables.

    Raises:
        ValueError: there is no log, or its decisions do not say how probable each offer was: what came of offers that
            were chosen by habit cannot be told from what would have come anyway.
    """
    file = tables / "decisions.parquet"
    if not file.is_file():
        raise ValueError(
            "no decisions were logged with their propensities; from offer_events alone nothing can be said of "
            "another policy, since whoever got an offer was chosen. Let the service decide, or bring decisions"
        )
    events = tables / "offer_events.parquet"
    taken = (
        f"""SELECT decision_id, offer_id, min(occurred_at) AS taken_at, max(coalesce(value, 0)) AS cost
            FROM read_parquet({literal(str(events))}) WHERE event IN ('accepted', 'redeemed') GROUP BY 1, 2"""
        if events.is_file()
        else """SELECT NULL::VARCHAR AS decision_id, NULL::VARCHAR AS offer_id, NULL::TIMESTAMPTZ AS taken_at,
            0 AS cost LIMIT 0"""
    )
    columns = set(pq.read_schema(file).names)

    def known(name: str) -> str:
        return name if name in columns else f"NULL::VARCHAR AS {name}"

    in_time = f"coalesce(taken_at < decided_at + INTERVAL {int(horizon_days)} DAY, false)"
    found_or_null = ", ".join(known(name) for name in ("excluded", "arm", "policy"))
    query = f"""SELECT customer_id, decided_at, d.offer_id, propensity, eligible, {found_or_null},
               {in_time}::BIGINT AS redeemed,
               CASE WHEN {in_time} THEN cost ELSE 0 END::DOUBLE AS cost
        FROM read_parquet({literal(str(file))}) d LEFT JOIN ({taken}) e USING (decision_id, offer_id)
        WHERE slot = 0 AND customer_id IS NOT NULL ORDER BY decided_at, customer_id"""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.sql(query).to_arrow_table().to_pandas()
    if found.empty:
        raise ValueError("the table decisions holds no decision about a known customer")
    return _log(found)


def _log(found: pd.DataFrame) -> DecisionLog:
    eligible, excluded = found["eligible"].map(_listed), found["excluded"].map(_listed)
    listed = [{entry["offer_id"]: float(entry["propensity"]) for entry in row} for row in eligible]
    held_out = [[entry["offer_id"] for entry in row if entry["stage"] == ARM_STAGE] for row in excluded]
    unpaid = [[entry["offer_id"] for entry in row if _costs(entry)] for row in eligible]
    named = {name for row in (*listed, *held_out) for name in row if name is not None}
    names = sorted(named | set(found["offer_id"].dropna()))
    place = {name: number for number, name in enumerate(names)}
    propensity = np.zeros((len(found), len(names) + 1))
    for row, probabilities in enumerate(listed):
        for name, probability in probabilities.items():
            propensity[row, place.get(name, len(names))] = probability
    offer = found["offer_id"].map(place).fillna(NO_OFFER).to_numpy(np.int64)
    able = propensity[:, :-1] > 0
    for row, (more, fewer) in enumerate(zip(held_out, unpaid, strict=True)):
        able[row, [place[name] for name in more]] = True
        able[row, [place[name] for name in fewer]] = False
    weighed_out = [any(entry["stage"] == VALUE_STAGE for entry in row) for row in excluded]
    reachable = (propensity[:, :-1] > 0).any(axis=1) | able.any(axis=1) | np.array(weighed_out)
    # a decision that lists nothing eligible made no offer for certain
    propensity[propensity.sum(axis=1) == 0, len(names)] = 1.0
    at = found["decided_at"].dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[us]")
    return DecisionLog(
        tuple(names),
        found["customer_id"].to_numpy(object),
        at,
        offer,
        propensity,
        able,
        reachable,
        found["arm"].fillna("").to_numpy(object),
        found["policy"].fillna("").to_numpy(object),
        found["redeemed"].to_numpy(np.int64),
        found["cost"].to_numpy(np.float64),
    )


def _listed(text: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text) if isinstance(text, str) else []
    return found


def _costs(eligible: dict[str, Any]) -> bool:
    """Whether an offer was tried by chance although it was expected to cost more than it brings."""
    margin = eligible.get("expected_margin")
    return margin is not None and margin < 0
