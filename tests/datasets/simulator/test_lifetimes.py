import numpy as np
import pytest

from datasets.simulator.lifetimes import ACTIVE, DRIFTING, GONE, Lifetimes, _event_day
from datasets.simulator.traits import NEVER


def test_the_day_of_leaving_follows_the_hazard():
    n = 40_000
    hazard = np.full((n, 3), 0.02)
    hazard[:, 1] = 0.05
    day = _event_day(hazard, np.full(n, 10), np.random.default_rng(1).exponential(size=n))
    assert day.min() >= 10
    assert (day >= 28).mean() == pytest.approx(np.exp(-0.02 * 18), abs=0.01)
    assert (day >= 40).mean() == pytest.approx(np.exp(-0.02 * 18 - 0.05 * 12), abs=0.01)
    assert (day == NEVER).mean() == pytest.approx(np.exp(-0.02 * 46 - 0.05 * 28), abs=0.01)


def test_states_follow_one_another():
    chain = Lifetimes(np.zeros((1, 1)), np.array([5]), np.array([9]))
    assert [int(chain.state(np.array(day))[0]) for day in (4, 5, 8, 9)] == [ACTIVE, DRIFTING, DRIFTING, GONE]


def test_nobody_leaves_before_joining(cell):
    lifetimes, joined = cell.people.lifetimes, cell.people.traits.joined
    assert (np.minimum(lifetimes.drifts, lifetimes.gone) > joined).all()
    assert (lifetimes.gone >= np.where(lifetimes.drifts < NEVER, lifetimes.drifts, 0)).all()


def test_the_discontent_leave_sooner(cell):
    level, hazard = cell.mood.level, cell.people.lifetimes.hazard
    assert np.median(hazard[level < -1]) > 2 * np.median(hazard[level > 0.5])
