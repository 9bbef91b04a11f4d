import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.offer_effects import NO_OFFER
from training.decision_log import read_decisions
from training.offpolicy import Logged

NOW = datetime(2026, 1, 1, tzinfo=UTC)
INSTANT = pa.timestamp("us", "UTC")


@pytest.fixture
def tables(tmp_path):
    """Write decisions of (id, slot, customer, offer, propensities) and events of (id, offer, kind, days)."""

    def write(decisions, events=None):
        ids, slots, customers, offers, eligible = zip(*decisions, strict=True)
        pq.write_table(
            pa.table(
                {
                    "decision_id": list(ids),
                    "slot": list(slots),
                    "customer_id": pa.array(customers, pa.string()),
                    "decided_at": pa.array([NOW + timedelta(hours=n) for n in range(len(ids))], INSTANT),
                    "offer_id": pa.array(offers, pa.string()),
                    "propensity": [1.0] * len(ids),
                    "eligible": [
                        json.dumps([{"offer_id": name, "propensity": p} for name, p in row.items()])
                        for row in eligible
                    ],
                }
            ),
            tmp_path / "decisions.parquet",
        )
        if events is not None:
            ids, offers, kinds, days = zip(*events, strict=True)
            pq.write_table(
                pa.table(
                    {
                        "decision_id": list(ids),
                        "offer_id": list(offers),
                        "event": list(kinds),
                        "occurred_at": pa.array([NOW + timedelta(days=day) for day in days], INSTANT),
                        "value": pa.array([250] * len(ids), pa.int64()),
                    }
                ),
                tmp_path / "offer_events.parquet",
            )
        return tmp_path

    return write


EVEN = {None: 0.2, "a": 0.5, "b": 0.3}


def test_first_slots_about_known_customers_with_their_probabilities(tables):
    log = read_decisions(
        tables(
            [
                ("1", 0, "anna", "b", EVEN),
                ("1", 1, "anna", "a", {"a": 1.0}),
                ("2", 0, None, "a", EVEN),
                ("3", 0, "carl", None, EVEN),
                ("4", 0, "dora", None, {}),
            ]
        )
    )
    assert log.offers == ("a", "b")
    assert log.customer_ids.tolist() == ["anna", "carl", "dora"]
    assert log.offer.tolist() == [1, NO_OFFER, NO_OFFER]
    assert log.propensity.tolist() == [[0.5, 0.3, 0.2], [0.5, 0.3, 0.2], [0, 0, 1]]
    assert log.redeemed.tolist() == [0, 0, 0]


def test_a_redemption_counts_with_its_cost_inside_the_horizon(tables):
    decisions = [(str(number), 0, f"c{number}", "a", EVEN) for number in range(4)]
    events = [
        ("0", "a", "redeemed", 5),
        ("0", "a", "accepted", 4),
        ("1", "a", "redeemed", 40),
        ("2", "a", "shown", 1),
        ("3", "b", "redeemed", 1),
    ]
    log = read_decisions(tables(decisions, events))
    assert log.redeemed.tolist() == [1, 0, 0, 0]
    assert log.cost.tolist() == [250, 0, 0, 0]
    assert read_decisions(tables(decisions, events), 60).redeemed.tolist() == [1, 1, 0, 0]


def test_the_log_is_what_policies_are_judged_by(tables):
    log = read_decisions(tables([("1", 0, "anna", "b", EVEN), ("2", 0, "carl", None, EVEN)]))
    action = np.where(log.offer == NO_OFFER, len(log.offers), log.offer)
    logged = Logged(log.customer_ids, action, log.propensity, np.array([1.0, 2.0]))
    assert logged.own_propensity.tolist() == [0.3, 0.2]


def test_who_could_have_had_an_offer_is_told_in_every_arm(tables):
    folder = tables([(str(number), 0, f"c{number}", None, {}) for number in range(4)])
    rows = [
        ("policy", "a", [("a", 0.9, 5.0), ("b", 0.1, 1.0)], [("c", "value")]),
        ("random", "c", [("a", 0.5, 5.0), ("c", 0.5, -2.0)], [("b", "consent")]),
        ("holdout", None, [], [("a", "arm"), ("c", "value"), ("b", "cap")]),
        ("policy", None, [], [("a", "stock")]),
    ]
    shown = pq.read_table(folder / "decisions.parquet").to_pylist()
    for row, (arm, offer, eligible, excluded) in zip(shown, rows, strict=True):
        named = [{"offer_id": o, "propensity": p, "expected_margin": m} for o, p, m in eligible]
        refused = [{"offer_id": o, "stage": stage, "reason": ""} for o, stage in excluded]
        row |= {"arm": arm, "offer_id": offer, "policy": "campaign@1" if arm == "holdout" else "p"}
        row |= {"eligible": json.dumps(named), "excluded": json.dumps(refused)}
    pq.write_table(pa.Table.from_pylist(shown), folder / "decisions.parquet")
    log = read_decisions(folder)
    assert log.offers == ("a", "b", "c")
    # what is tried by chance although it costs more than it brings is no offer that pays; a held out one would be
    assert log.able.tolist() == [
        [True, True, False],
        [True, False, False],
        [True, False, False],
        [False, False, False],
    ]
    assert log.reachable.tolist() == [True, True, True, False]
    assert log.planned.tolist() == [False, False, True, False]


def test_offers_that_were_chosen_by_habit_are_refused(tables, tmp_path):
    with pytest.raises(ValueError, match="no decisions were logged with their propensities"):
        read_decisions(tmp_path)
    with pytest.raises(ValueError, match="no decision about a known customer"):
        read_decisions(tables([("1", 0, None, "a", EVEN)]))
