import numpy as np

from datasets.simulator.choice import OCCASIONAL, REWARD
from datasets.simulator.shop import Shop
from datasets.simulator.timeline import Timeline
from datasets.simulator.traits import NEVER, TYPE_SHARE, draw_traits

TIMELINE = Timeline(12)


def test_loyalty_types_have_their_shares(cell):
    share = np.bincount(cell.people.traits.loyalty_type, minlength=5) / 1_000
    assert np.abs(share - TYPE_SHARE).max() < 0.05


def test_occasional_buyers_order_a_fraction_and_reward_types_enrol_most(cell):
    traits = cell.people.traits
    occasional = traits.loyalty_type == OCCASIONAL
    member = traits.enrolled < NEVER
    assert traits.rate[occasional].mean() < 0.35 * traits.rate[~occasional].mean()
    assert member[traits.loyalty_type == REWARD].mean() > 0.85 > member.mean()


def test_spending_power_has_a_heavy_tail(cell):
    power = cell.people.traits.rate * cell.people.traits.lines
    top = np.sort(power)[-200:].sum() / power.sum()
    assert 0.4 < top < 0.75


def test_nobody_is_referred_by_somebody_who_joined_later(cell):
    traits = cell.people.traits
    referred = traits.referred_by >= 0
    assert 0 < referred.sum() < 100
    assert (traits.joined[traits.referred_by[referred]] < traits.joined[referred]).all()


def test_a_cell_of_a_larger_shop_is_the_same_cell():
    small, large = (Shop(customers, 12, 3) for customers in (1_000, 5_000))
    assert (draw_traits(small, TIMELINE, 0).rate == draw_traits(large, TIMELINE, 0).rate).all()
