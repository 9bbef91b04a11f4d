import numpy as np

from datasets.simulator.choice import REWARD
from datasets.simulator.points import LAPSES_AFTER, TIER_POINTS, points_by_line
from datasets.simulator.traits import NEVER


def by_period(cell, points):
    shape = cell.orders.first.shape
    flat = np.bincount(cell.orders.customer * shape[1] + cell.orders.period, points, shape[0] * shape[1])
    return flat.reshape(shape)


def test_a_balance_is_never_negative(cell):
    ledger = cell.ledger
    earned, redeemed = by_period(cell, ledger.earned), by_period(cell, ledger.redeemed)
    before = np.cumsum(earned, axis=1) - earned
    assert (before >= np.cumsum(redeemed + ledger.lapsed, axis=1)).all()


def test_points_lapse_after_a_year_unless_redeemed(cell):
    ledger = cell.ledger
    earned, redeemed = by_period(cell, ledger.earned), by_period(cell, ledger.redeemed)
    assert (ledger.lapsed[:, :LAPSES_AFTER] == 0).all()
    first = np.maximum(earned[:, 0] - redeemed[:, :LAPSES_AFTER].sum(axis=1), 0)
    assert (ledger.lapsed[:, LAPSES_AFTER] == first).all()


def test_only_members_earn_and_only_from_enrolment_on(cell):
    outsider = cell.ledger.enrolled == NEVER
    assert (cell.ledger.earned[outsider[cell.orders.customer]] == 0).all()
    early = cell.orders.day < cell.ledger.enrolled[cell.orders.customer]
    assert (cell.ledger.earned[early] == 0).all()


def test_reward_types_redeem_most(cell):
    reward = cell.people.traits.loyalty_type[cell.orders.customer] == REWARD
    redeemed = cell.ledger.redeemed > 0
    assert redeemed[reward].mean() > 4 * redeemed[~reward].mean()


def test_a_tier_is_what_was_earned_in_thirteen_periods(cell):
    earned = by_period(cell, cell.ledger.earned)
    year = earned[:, : cell.ledger.tier.shape[1] - 1][:, -LAPSES_AFTER:].sum(axis=1)
    member = cell.ledger.tier[:, -1] >= 0
    expected = np.searchsorted(TIER_POINTS, year, side="right")
    assert (cell.ledger.tier[member, -1] == expected[member]).all()


def test_the_points_of_an_order_are_spread_over_its_lines(cell):
    points = points_by_line(cell.ledger, cell.orders, cell.lines)
    total = np.bincount(cell.lines.order, points, len(cell.orders))
    assert (total == cell.ledger.redeemed).all()


def test_a_paid_membership_ends_on_an_anniversary(cell):
    ledger = cell.ledger
    ended = ledger.unsubscribed < NEVER
    assert ((ledger.unsubscribed - ledger.subscribed)[ended] % 365 == 0).all()
