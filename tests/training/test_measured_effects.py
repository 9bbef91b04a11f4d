"""Effects that were put into a log are measured there, with intervals that hold them; arms are tested."""

from dataclasses import replace

import numpy as np
import pytest

from models.offer_effects import NO_OFFER
from training.decision_log import DecisionLog
from training.measured_effects import (
    ANY_OFFER,
    EVERYBODY,
    HOLDOUT,
    POLICY,
    RANDOM,
    Results,
    arm_shares,
    measured,
    once_a_horizon,
)

START = np.datetime64("2026-01-01", "us")
LIFT, MARGIN, COST = np.array([0.25, 0.05]), 900.0, 100.0
TAKEN = 0.5 + LIFT[0]  # who orders redeems; half of those who may have the first offer order anyway


def service_log(count=6_000, seed=1):
    """One decision a customer, as the service makes them: the second offer is the policy's first choice.

    The first offer is only for one half of the customers, who order more anyway.
    """
    random = np.random.default_rng(seed)
    arm = random.choice([POLICY, RANDOM, HOLDOUT], count, p=[0.7, 0.15, 0.15]).astype(object)
    keen = np.arange(count) % 3 == 0  # they get the first offer more often, and order more anyway
    able = np.column_stack([np.arange(count) % 2 == 0, np.ones(count, bool)])
    chance = np.select(
        [arm[:, None] == HOLDOUT, arm[:, None] == RANDOM],
        [np.zeros((count, 2)), able / able.sum(axis=1, keepdims=True)],
        np.where(able[:, :1], np.where(keen[:, None], [[0.8, 0.2]], [[0.2, 0.8]]), [[0.0, 1.0]]),
    )
    propensity = np.column_stack([chance, arm == HOLDOUT])
    drawn = (propensity.cumsum(axis=1) > random.random((count, 1))).argmax(axis=1)
    offer = np.where(drawn == 2, NO_OFFER, drawn)
    anyway = np.where(able[:, 0], 0.4, 0.1) + 0.3 * keen
    won = np.where(offer == NO_OFFER, 0.0, LIFT[offer])
    ordered = random.random(count) < anyway + won
    redeemed = ((offer != NO_OFFER) & ordered).astype(int)
    ids = np.array([f"c{number}" for number in range(count)], object)
    cost = COST * redeemed
    at = np.full(count, START)
    name = np.full(count, "expected-margin@3", object)
    log = DecisionLog(
        ("a", "b"), ids, at, offer, propensity, able, able.any(axis=1), arm, name, redeemed, cost
    )
    return log, Results(MARGIN * ordered - cost, ordered.astype(float), cost)


def by_name(found, kind, name, of_type=EVERYBODY):
    (one,) = [each for each in found if (each.kind, each.name, each.type) == (kind, name, of_type)]
    return one


@pytest.mark.parametrize("seed", range(3))
def test_each_offer_is_measured_beside_those_who_could_have_had_it(seed):
    log, results = service_log(seed=seed)
    found = measured(log, results, np.full(len(log), "value", object), with_arms=True)
    for number, offer in enumerate("ab"):
        one = by_name(found, "offer", offer)
        error = (one.orders.high - one.orders.low) / 4
        assert abs(one.orders.value - LIFT[number]) < 3 * error
    a = by_name(found, "offer", "a")
    assert a.margin.value == pytest.approx(MARGIN * LIFT[0] - COST * TAKEN, abs=60)
    assert a.redemption.value == pytest.approx(TAKEN, abs=0.05)
    assert a.cost_per_saved == pytest.approx(COST * TAKEN / LIFT[0], rel=0.4)


def test_intervals_hold_the_truth_as_often_as_they_say():
    held = 0
    for seed in range(60):
        log, results = service_log(1_500, seed)
        orders = by_name(
            measured(log, results, np.full(len(log), "", object), with_arms=False), "offer", "a"
        ).orders
        held += orders.low <= LIFT[0] <= orders.high
    assert held >= 53


def test_arms_are_compared_as_they_were_meant_whether_an_offer_was_made_or_not():
    log, results = service_log()
    found = measured(log, results, np.full(len(log), "", object), with_arms=True)
    policy, random = by_name(found, "arm", POLICY), by_name(found, "arm", RANDOM)
    assert policy.customers + random.customers + policy.compared == len(log)
    assert random.orders.value > policy.orders.value  # the policy prefers the weaker offer
    assert by_name(found, "offer", ANY_OFFER).orders.low > 0


def test_campaigns_are_compared_with_whom_they_would_have_contacted():
    log, results = service_log()
    plain = measured(log, results, np.full(len(log), "", object), with_arms=True)
    chosen = np.arange(len(log)) % 2 == 0  # they contact those who order more anyway
    planned = replace(log, policy=np.where(chosen, "campaign@1", log.policy).astype(object))
    found = measured(planned, results, np.full(len(log), "", object), with_arms=True)
    campaign = by_name(found, "campaign", "campaigns")
    assert campaign.customers + campaign.compared == chosen.sum()
    assert campaign.orders.low < LIFT.mean() < campaign.orders.high + 0.1
    service = by_name(found, "offer", "b")
    assert service.customers < by_name(plain, "offer", "b").customers
    assert service.orders.low < LIFT[1] < service.orders.high


def test_types_with_few_customers_get_no_line():
    log, results = service_log(600)
    types = np.where(np.arange(len(log)) < 20, "price", "value").astype(object)
    found = measured(log, results, types, with_arms=True)
    assert {one.type for one in found} == {EVERYBODY, "value"}


def test_without_an_effect_nobody_was_saved_beyond_doubt():
    log, results = service_log(2_000)
    shuffled = np.random.default_rng(5).random(len(log)) < 0.5
    same = Results(results.margin, shuffled.astype(float), results.cost)
    found = measured(log, same, np.full(len(log), "", object), with_arms=True)
    assert by_name(found, "offer", ANY_OFFER).cost_per_saved is None


def test_uneven_arms_are_noticed():
    log, _ = service_log()
    shares = {POLICY: 0.7, RANDOM: 0.15, HOLDOUT: 0.15}
    arms, p = arm_shares(log, shares)
    assert sum(arm.customers for arm in arms) == len(log)
    assert p > 0.001
    lost = ~((log.arm == HOLDOUT) & (np.arange(len(log)) % 3 == 0))
    assert arm_shares(log.where(lost), shares)[1] < 0.001
    assert arm_shares(log.where(log.arm != HOLDOUT), shares) == ((), None)


def test_a_customer_counts_once_a_horizon():
    log, _ = service_log(60)
    ids = np.array([f"c{number % 20}" for number in range(60)], object)
    at = START + np.repeat([0, 27, 28], 20) * np.timedelta64(1, "D")
    again = DecisionLog(
        log.offers, ids, at, *(getattr(log, name) for name in list(log.__dataclass_fields__)[3:])
    )
    np.testing.assert_array_equal(once_a_horizon(again), np.repeat([True, False, True], 20))
