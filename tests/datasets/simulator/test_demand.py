import numpy as np
import pytest

from datasets.simulator.campaigns import _unmoved
from datasets.simulator.timeline import PERIOD
from datasets.simulator.world import draw_cell


@pytest.fixture(scope="module")
def periods(world):
    """Outlook of every customer and period since joining, and what happened with no offer."""
    rows = []
    for number in range(2):
        cell = draw_cell(world, number)
        bought = _unmoved(world.shop, world.timeline, cell.people, number)
        bought = bought.reshape(len(bought), -1, PERIOD).sum(axis=2)
        known = cell.people.traits.joined[:, None] < np.arange(world.timeline.periods) * PERIOD
        known[:, 0] = False
        outlook = cell.people.outlook
        rows.append((outlook.repurchase[:, :-1][known], outlook.orders[:, :-1][known], bought[known]))
    return [np.concatenate(columns) for columns in zip(*rows, strict=True)]


def test_the_chance_of_an_order_is_the_share_that_orders(periods):
    chance, _, bought = periods
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        rows = (chance >= low) & (chance <= low + 0.2)
        error = 4 * np.sqrt(0.25 / rows.sum())
        assert (bought[rows] > 0).mean() == pytest.approx(chance[rows].mean(), abs=error)


def test_the_expected_orders_are_the_mean_of_those_placed(periods):
    _, orders, bought = periods
    assert bought.mean() == pytest.approx(orders.mean(), rel=0.03)


def test_the_gone_hold_nothing(world, cell):
    state = cell.people.lifetimes.by_period(world.timeline.periods + 1)
    gone = state == 2
    assert (cell.people.outlook.repurchase[gone] < 1e-12).all()
    assert (cell.people.outlook.margin[gone] == 0).all()


def test_nobody_orders_before_the_extract_or_before_joining(world, cell):
    day = np.arange(world.timeline.days)
    early = (day < world.timeline.first) | (day <= cell.people.traits.joined[:, None])
    assert (cell.people.demand.active[early] == 0).all()
