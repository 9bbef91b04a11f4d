from dataclasses import replace

import numpy as np
import pytest

from datasets.simulator.campaigns import NO_OFFER, NONE_SHARE
from datasets.simulator.catalogue import CAMPAIGN
from datasets.simulator.world import draw_cell


@pytest.fixture(scope="module")
def targeted(world):
    return [
        draw_cell(replace(world, shop=replace(world.shop, logging="targeted")), number) for number in range(2)
    ]


@pytest.fixture(scope="module")
def randomised(world):
    return [draw_cell(world, number) for number in range(2)]


def outcomes(cells):
    """Whether an order followed, the chance of it with no offer, the effect, whether an offer was made."""
    columns = [
        (
            cell.orders.first[cell.decisions.customer, cell.decisions.period] >= 0,
            cell.decisions.repurchase,
            cell.decisions.effect,
            cell.decisions.offer != NO_OFFER,
        )
        for cell in cells
    ]
    return [np.concatenate(column) for column in zip(*columns, strict=True)]


def test_what_follows_a_decision_is_what_the_truth_expects(randomised):
    bought, before, effect, made = outcomes(randomised)
    for rows in (made, ~made):
        error = 4 * np.sqrt(0.25 / rows.sum())
        assert bought[rows].mean() == pytest.approx((before + effect)[rows].mean(), abs=error)


def test_the_propensity_is_the_share_that_was_drawn(cell):
    made = cell.decisions
    none = made.offer == NO_OFFER
    assert none.mean() == pytest.approx(NONE_SHARE, abs=0.03)
    assert set(made.propensity[none]) == {NONE_SHARE}
    count = np.where(made.eligible_members, len(CAMPAIGN), len(CAMPAIGN) - 2)
    assert made.propensity[~none] == pytest.approx(((1 - NONE_SHARE) / count)[~none])


def test_habit_knows_no_propensity(targeted):
    assert all(np.isnan(cell.decisions.propensity).all() for cell in targeted)


def test_targeting_by_habit_confounds(targeted, randomised):
    """Those who get most are those who would have ordered anyway."""
    written = np.concatenate([cell.decisions.repurchase for cell in targeted])
    drawn = np.concatenate([cell.decisions.repurchase for cell in randomised])
    assert written.mean() > drawn.mean() + 0.05


def test_nobody_is_written_to_twice_in_a_period_or_against_their_will(cell):
    made = cell.decisions
    pairs = made.customer * 1_000 + made.period
    assert len(np.unique(pairs)) == len(pairs)
    for period in np.unique(made.period):
        allowed = cell.people.answers.allows("marketing", period * 28)
        assert allowed[made.customer[made.period == period]].all()


def test_an_offer_is_redeemed_with_an_order(cell):
    made = cell.decisions
    first = cell.orders.first[made.customer, made.period]
    assert (first[made.redeemed] >= 0).all()
    assert not made.redeemed[made.offer == NO_OFFER].any()
    assert (made.cost[~made.redeemed] == 0).all()
