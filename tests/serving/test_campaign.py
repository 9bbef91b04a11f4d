"""A plan keeps its budget and every capacity, and brings about as much as any plan could."""

from datetime import UTC, datetime
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.offer_effects import NO_OFFER
from serving.campaign import Candidates, Plan, choose, holdout_needed
from serving.offers import Offer

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def offers(*most):
    usual = {"name": "A", "type": "points", "mechanism": "any"}
    return [Offer(offer_id=f"o{number}", capacity=limit, **usual) for number, limit in enumerate(most)]


def drawn(seed, count, kinds, holdout=0.0):
    random = np.random.default_rng(seed)
    shape = (count, kinds)
    return Candidates(
        rows=np.arange(count),
        able=random.random(shape) < 0.8,
        repurchase=random.uniform(0, 0.4, shape),
        margin=random.normal(50, 60, shape),
        cost=random.uniform(5, 60, shape),
        order_margin=random.uniform(100, 300, count),
        held_out=random.random(count) < holdout,
    )


def total(values, choice, kept):
    made = (choice != NO_OFFER) & kept
    return float(values[made, choice[made]].sum())


@given(st.integers(0, 10_000), st.floats(0, 2_000), st.sampled_from([None, 0, 3, 10]))
def test_budget_and_capacities_are_kept_and_nobody_gets_what_is_not_for_them(seed, budget, most):
    found, catalogue = drawn(seed, 60, 3, 0.2), offers(most, None, 5)
    choice = choose(found, catalogue, budget, {"o2": 2})
    contacted = ~found.held_out
    assert total(found.cost, choice, contacted) <= budget + 1e-6
    made = choice != NO_OFFER
    assert found.able[made, choice[made]].all()
    assert (found.margin[made, choice[made]] > 0).all()
    if most is not None:
        assert ((choice == 0) & contacted).sum() <= most
    assert ((choice == 2) & contacted).sum() <= 3


@pytest.mark.parametrize("seed", range(8))
def test_a_plan_brings_nearly_what_the_best_of_all_plans_would(seed):
    found, budget = drawn(seed, 7, 2), 90.0
    chosen = choose(found, offers(None, None), budget, {})
    best = 0.0
    for plan in product((NO_OFFER, 0, 1), repeat=7):
        choice = np.array(plan)
        made = choice != NO_OFFER
        if found.able[made, choice[made]].all() and total(found.cost, choice, made) <= budget:
            best = max(best, total(found.margin, choice, made))
    assert total(found.margin, chosen, np.ones(7, bool)) >= 0.75 * best


def test_with_money_enough_everybody_gets_what_brings_most():
    found = drawn(3, 200, 3)
    choice = choose(found, offers(None, None, None), 1e9, {})
    value = np.where(found.able, found.margin, -np.inf)
    expected = np.where(value.max(axis=1) > 0, value.argmax(axis=1), NO_OFFER)
    np.testing.assert_array_equal(choice, expected)


def test_without_money_nobody_is_contacted():
    found = drawn(4, 50, 2)
    plan = Plan(tuple(offers(None, None)), found, choose(found, offers(None, None), 0.0, {}), 0.0, 28)
    summary = plan.summary()
    assert (summary["contacted"], summary["expected_margin"], summary["holdout_needed"]) == (0, 0.0, None)


def test_the_summary_adds_up():
    found = drawn(5, 300, 2, 0.1)
    plan = Plan(tuple(offers(None, None)), found, choose(found, offers(None, None), 2_000.0, {}), 2_000.0, 28)
    told = plan.summary()
    assert told["contacted"] == len(plan.contacted) == sum(told["offers"].values())
    assert told["in_vain"] == pytest.approx(told["contacted"] - told["orders_won"], abs=1)
    assert told["expected_margin_low"] < told["expected_margin"] < told["expected_margin_high"]
    assert told["expected_cost"] <= 2_000
    assert set(plan.contacted).isdisjoint(plan.compared)


def test_the_holdout_that_is_needed_finds_the_effect_four_times_out_of_five():
    contacted, effect = 4_000, 0.05
    needed = holdout_needed(contacted, effect)
    random = np.random.default_rng(1)
    found = 0
    for _ in range(2_000):
        shares = random.binomial(contacted, 0.5 + effect) / contacted, random.binomial(needed, 0.5) / needed
        error = np.sqrt(0.25 / contacted + 0.25 / needed)
        found += shares[0] - shares[1] > 1.96 * error
    assert 0.77 < found / 2_000 < 0.83
    assert holdout_needed(100, 0.01) is None
