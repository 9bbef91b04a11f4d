import numpy as np
import pytest

from datasets.simulator.catalogue import CATALOGUE
from datasets.simulator.responses import effects, eligible, pull_in_state
from datasets.simulator.traits import NEVER

PERIOD = 6


@pytest.fixture(scope="module")
def change(world, cell):
    state = cell.people.lifetimes.by_period(world.timeline.periods + 1)[:, PERIOD]
    return state, effects(cell.people.responses, cell.people.outlook, state, PERIOD)


def test_the_effect_is_who_is_won_less_who_is_put_off(cell, change):
    state, found = change
    before = cell.people.outlook.repurchase[:, PERIOD, None]
    won = pull_in_state(cell.people.responses.pull, state) * (1 - before)
    assert found.repurchase == pytest.approx(won - cell.people.responses.push * before)


def test_a_chance_stays_a_chance(cell, change):
    _, found = change
    after = cell.people.outlook.repurchase[:, PERIOD, None] + found.repurchase
    assert ((after >= 0) & (after <= 1)).all()
    assert ((found.redemption >= 0) & (found.redemption <= after + 1e-12)).all()


def test_offers_hardly_bring_back_the_gone(change):
    state, found = change
    assert found.repurchase[state == 2].max() < 0.05


def test_certain_buyers_cost_money(cell, change):
    _, found = change
    certain = cell.people.outlook.repurchase[:, PERIOD] > 0.99
    assert found.margin[certain].mean() < 0


def test_only_members_may_have_what_is_for_members(cell):
    able = eligible(cell.people.traits, 200)
    members_only = np.array([kind.members for kind in CATALOGUE])
    assert able[:, ~members_only].all()
    assert not able[cell.people.traits.enrolled == NEVER][:, members_only].any()
