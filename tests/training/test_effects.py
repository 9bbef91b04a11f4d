"""Effects of offers are found again in decisions that were drawn from known ones."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.offer_effects import NO_OFFER, Context, OfferEffects, best_offer
from training.effects import Outcomes, fit_effects

MECHANISM = (0, 1, 2, -1)
PULL = np.array([[0.5, 0.05, 0.05], [0.05, 0.4, 0.05], [0.05, 0.05, 0.3], [0.1, 0.1, 0.1]])
UPTAKE, COST, SHARE = 0.3, 120.0, 0.4


def world(count=20_000, seed=1):
    """Decisions about customers of three types; a fifth without an offer, the others with any of four."""
    random = np.random.default_rng(seed)
    kind = random.integers(0, 3, count)
    types = np.full((count, 3), 0.1)
    types[np.arange(count), kind] = 0.8
    base = random.uniform(0.1, 0.9, count)
    orders = random.integers(1, 20, count).astype(float)
    offer = np.where(random.random(count) < 0.2, NO_OFFER, random.integers(0, 4, count))
    pull = np.where(offer >= 0, (types[:, None, :] * PULL[offer][:, None, :]).sum(axis=2)[:, 0], 0)
    before = random.random(count) < base
    won = ~before & (random.random(count) < pull)
    taken = (offer >= 0) & (won | (before & (random.random(count) < UPTAKE)))
    ids = np.array([f"c{number // 2}" for number in range(count)], object)
    outcomes = Outcomes(ids, offer, (before | won).astype(int), taken.astype(int), np.where(taken, COST, 0.0))
    return Context(base, types, 1000 * orders, orders), outcomes


@pytest.fixture(scope="module")
def fitted():
    context, outcomes = world()
    return fit_effects(context, outcomes, MECHANISM, margin_share=SHARE)


def test_what_offers_change_is_found_again(fitted):
    np.testing.assert_allclose(fitted.pull, PULL, atol=0.06)
    assert (fitted.level, fitted.slope) == (pytest.approx(0, abs=0.03), pytest.approx(1, abs=0.05))
    context, _ = world(500, 2)
    expected = (1 - context.base)[:, None] * (context.types @ PULL.T)
    np.testing.assert_allclose(fitted.repurchase(context), expected, atol=0.05)


def test_redemptions_come_from_who_is_won_and_from_who_buys_anyway(fitted):
    context, _ = world(500, 2)
    expected = context.base[:, None] * UPTAKE + (1 - context.base)[:, None] * (context.types @ PULL.T)
    np.testing.assert_allclose(fitted.redemption(context), expected, atol=0.05)
    np.testing.assert_allclose(fitted.redemption_cost, COST, rtol=0.05)


def test_margin_is_what_is_earned_less_what_it_costs(fitted):
    context, _ = world(200, 3)
    value = 1000.0  # every order of this shop
    earned = fitted.repurchase(context) * SHARE * value
    expected = earned - fitted.redemption(context) * fitted.redemption_cost - 7
    np.testing.assert_allclose(fitted.margin(context, 7), expected, rtol=1e-6)


def test_a_percentage_costs_more_of_a_large_order():
    context, outcomes = world()
    random = np.random.default_rng(3)
    spend = context.orders * random.uniform(300, 3_000, len(context))
    dear = Context(context.base, context.types, spend, context.orders)
    worth = spend / context.orders
    cost = np.where(outcomes.offer == 1, 0.1 * worth, 50.0) * outcomes.redeemed
    paid = replace(outcomes, cost=cost)
    found = fit_effects(dear, paid, MECHANISM, margin_share=SHARE)
    assert found.cost_share[1] == pytest.approx(0.1, abs=0.03)
    assert (np.delete(found.cost_share, 1) < 0.005).all()
    each = found.cost(dear)[:, 1] / found.redemption(dear)[:, 1]
    assert np.corrcoef(each, worth)[0, 1] > 0.8


def test_each_type_gets_the_offer_that_speaks_to_it(fitted):
    context, _ = world(2_000, 4)
    risky = context.where(context.base < 0.3)
    chosen = best_offer(fitted.margin(risky), np.ones((len(risky), 4), bool))
    agree = chosen == risky.types.argmax(axis=1)
    assert agree.mean() > 0.95


def test_of_few_decisions_an_offer_is_judged_by_the_others_of_its_mechanism():
    context, outcomes = world()
    rare = (outcomes.offer != 1) | (np.arange(len(context)) < 300)
    few = Outcomes(
        *(getattr(outcomes, name)[rare] for name in ("customer_ids", "offer", "ordered", "redeemed", "cost"))
    )
    found = fit_effects(context.where(rare), few, MECHANISM, margin_share=SHARE)
    assert found.pull[1, 1] > max(found.pull[1, 0], found.pull[1, 2]) + 0.1


def some(context, outcomes, kept):
    names = ("customer_ids", "offer", "ordered", "redeemed", "cost")
    return context.where(kept), Outcomes(*(getattr(outcomes, name)[kept] for name in names))


def test_a_handful_of_decisions_leaves_what_is_assumed_and_thousands_do_not():
    context, outcomes = world()
    assumed = OfferEffects.prior(MECHANISM, [COST] * 4, 3, order_value=1000.0, margin_share=SHARE).pull
    few = fit_effects(*some(context, outcomes, np.arange(len(context)) < 12), MECHANISM, margin_share=SHARE)
    assert np.abs(few.pull - assumed).max() < 0.06
    many = fit_effects(context, outcomes, MECHANISM, margin_share=SHARE)
    assert np.abs(many.pull - assumed).max() > 0.2


def test_errors_are_as_large_as_effects_are_off():
    off = []
    for seed in range(12):
        found = fit_effects(*world(4_000, seed), MECHANISM, margin_share=SHARE)
        off.append((found.pull - PULL) / found.pull_error)
    assert np.mean(np.abs(off) < 2.5) > 0.85
    assert np.mean(np.abs(off)) > 0.2
    context, _ = world(50)
    low, high = found.repurchase_interval(context)
    assert (low < found.repurchase(context)).all()
    assert (high > found.repurchase(context)).all()


def test_an_assumed_effect_has_no_bounds():
    assumed = OfferEffects.prior([0], [COST], 3, order_value=1000.0, margin_share=SHARE)
    low, high = assumed.repurchase_interval(world(5)[0])
    assert np.isneginf(low).all()
    assert np.isposinf(high).all()


def test_decisions_without_an_offer_are_needed():
    context, outcomes = world(400)
    offered = outcomes.offer != NO_OFFER
    alone = Outcomes(
        *(
            getattr(outcomes, name)[offered]
            for name in ("customer_ids", "offer", "ordered", "redeemed", "cost")
        )
    )
    with pytest.raises(ValueError, match="decisions with an offer and decisions without one are needed"):
        fit_effects(context.where(offered), alone, MECHANISM, margin_share=SHARE)


@given(st.integers(0, 500))
def test_an_offer_is_made_only_to_who_may_have_it_and_only_where_it_earns(seed):
    random = np.random.default_rng(seed)
    margin, able = random.normal(size=(30, 4)), random.random((30, 4)) < 0.5
    for row, choice in enumerate(best_offer(margin, able)):
        possible = margin[row][able[row]]
        if choice == NO_OFFER:
            assert not (possible > 0).any()
        else:
            assert able[row, choice]
            assert margin[row, choice] == possible.max() > 0
