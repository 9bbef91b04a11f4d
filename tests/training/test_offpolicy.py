"""Estimates of what a policy would earn: exact where they can be worked by hand, right on average elsewhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.offpolicy import Logged, evaluate, lead

ACTIONS = 4


def world(seed, count=3_000, customers=600):
    """Decisions with known rewards of every action, their propensities, and a policy that prefers what is better."""
    random = np.random.default_rng(seed)
    customer = random.integers(0, customers, count)
    liking = random.normal(size=(customers, ACTIONS))[customer]
    reward = 1 + liking + 0.3 * np.arange(ACTIONS)
    propensity = random.dirichlet(np.full(ACTIONS, 2.0), count)
    propensity = 0.8 * propensity + 0.2 / ACTIONS
    policy = np.exp(1.5 * liking)
    policy /= policy.sum(axis=1, keepdims=True)
    return customer.astype(str).astype(object), reward, propensity, policy


def drawn(seed, ids, reward, propensity, noise=1.0):
    random = np.random.default_rng(seed)
    action = (propensity.cumsum(axis=1) > random.random((len(ids), 1))).argmax(axis=1)
    own = reward[np.arange(len(ids)), action] + random.normal(0, noise, len(ids))
    return Logged(ids, action, propensity, own)


def test_two_decisions_worked_by_hand():
    logged = Logged(
        np.array(["a", "b"], object),
        np.array([0, 1]),
        np.array([[0.5, 0.5], [0.2, 0.8]]),
        np.array([10.0, 4.0]),
    )
    policy = np.array([[1.0, 0.0], [0.4, 0.6]])
    expected = np.array([[8.0, 3.0], [9.0, 5.0]])
    found = evaluate(logged, policy, expected)
    # weights 2 and 0.75
    assert found.ips.value == pytest.approx((2 * 10 + 0.75 * 4) / 2)
    assert found.snips.value == pytest.approx((2 * 10 + 0.75 * 4) / 2.75)
    assert found.direct.value == pytest.approx((8 + 0.4 * 9 + 0.6 * 5) / 2)
    assert found.doubly_robust.value == pytest.approx((8 + 2 * 2 + 6.6 + 0.75 * -1) / 2)
    assert found.effective_decisions == pytest.approx(2.75**2 / (4 + 0.5625))
    assert (found.supported, found.largest_weight, found.decisions) == (1.0, 2.0, 2)


def test_a_policy_that_is_the_logged_one_earns_what_was_earned():
    ids, reward, propensity, _ = world(1)
    logged = drawn(2, ids, reward, propensity)
    found = evaluate(logged, propensity, np.zeros_like(propensity))
    assert found.ips.value == pytest.approx(logged.reward.mean())
    assert found.snips.value == pytest.approx(logged.reward.mean())
    assert found.effective_decisions == pytest.approx(len(logged))
    assert lead(logged, propensity, propensity, reward).value == 0


@given(st.integers(0, 1000), st.floats(-50, 50))
def test_the_doubly_robust_estimate_moves_with_the_rewards(seed, shift):
    ids, reward, propensity, policy = world(seed, 200, 50)
    logged = drawn(seed, ids, reward, propensity)
    moved = Logged(ids, logged.action, propensity, logged.reward + shift)
    before, after = evaluate(logged, policy, reward), evaluate(moved, policy, reward + shift)
    assert after.doubly_robust.value == pytest.approx(before.doubly_robust.value + shift)
    assert after.snips.value == pytest.approx(before.snips.value + shift)


@pytest.mark.parametrize("model", ["right", "wrong"])
def test_intervals_hold_the_true_value_nineteen_times_out_of_twenty_even_with_a_wrong_model(model):
    ids, reward, propensity, policy = world(3)
    truth = float((policy * reward).sum(axis=1).mean())
    expected = reward if model == "right" else np.full_like(reward, 7.0)
    held = {"ips": 0, "snips": 0, "doubly_robust": 0}
    repeats = 200
    for seed in range(repeats):
        found = evaluate(drawn(seed, ids, reward, propensity), policy, expected)
        for name in held:
            estimate = getattr(found, name)
            held[name] += estimate.low <= truth <= estimate.high
    # customers are fixed here, so that clustered intervals may only be too wide, not too narrow
    assert all(count / repeats >= 0.9 for count in held.values()), held


def test_a_right_model_makes_the_doubly_robust_estimate_surer():
    ids, reward, propensity, policy = world(4)
    logged = drawn(5, ids, reward, propensity)
    sure, unsure = (evaluate(logged, policy, model).doubly_robust for model in (reward, 0 * reward))
    assert sure.high - sure.low < unsure.high - unsure.low


def test_decisions_about_one_customer_count_as_one():
    ids, reward, propensity, policy = world(6, 400, 400)
    logged = drawn(7, ids, reward, propensity)
    twice = np.tile(np.arange(400), 4)
    repeated = Logged(ids[twice], logged.action[twice], propensity[twice], logged.reward[twice])
    once, often = evaluate(logged, policy, reward), evaluate(repeated, policy[twice], reward[twice])
    assert often.ips.high - often.ips.low == pytest.approx(once.ips.high - once.ips.low, rel=0.02)


def test_choices_that_could_never_have_been_logged_are_told():
    ids, reward, propensity, policy = world(8)
    propensity = propensity.copy()
    propensity[:, 3] = 0
    propensity /= propensity.sum(axis=1, keepdims=True)
    found = evaluate(drawn(9, ids, reward, propensity), policy, reward)
    assert found.supported == pytest.approx(1 - policy[:, 3].mean())


def test_decisions_without_propensities_are_refused():
    ids, reward, propensity, _ = world(10, 50, 20)
    unknown = propensity.copy()
    unknown[:, :] = 0
    with pytest.raises(ValueError, match="50 of 50 decisions have no probability of what was chosen"):
        Logged(ids, np.zeros(50, np.int64), unknown, reward[:, 0])


def test_probabilities_that_do_not_add_up_are_refused():
    ids, reward, propensity, policy = world(11, 50, 20)
    with pytest.raises(ValueError, match="have to add up to 1"):
        evaluate(drawn(1, ids, reward, propensity), policy * 0.9, reward)
