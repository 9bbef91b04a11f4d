import numpy as np
import pytest

from datasets.simulator.campaigns import NO_OFFER
from datasets.simulator.visits import KINDS, draw_visits


@pytest.fixture(scope="module")
def seen(world, cell):
    return draw_visits(world, cell)


def test_nobody_browses_before_joining(world, cell, seen):
    browsing = seen.decision < 0
    joined = world.timeline.instants(cell.people.traits.joined, np.zeros(1_000))
    assert (seen.instant >= joined[seen.customer])[browsing].all()


def test_the_gone_hardly_browse(world, cell, seen):
    gone = world.timeline.instants(np.minimum(cell.people.lifetimes.gone, 10_000), np.zeros(1_000))
    after = (seen.instant >= gone[seen.customer]) & (seen.decision < 0)
    assert 0 < after.mean() < 0.05


def test_mails_are_opened_before_they_are_clicked_and_only_if_sent(cell, seen):
    opened, clicked = (seen.kind == KINDS.index(name) for name in ("email_open", "email_click"))
    assert set(seen.decision[clicked]) <= set(seen.decision[opened])
    assert (cell.decisions.offer[seen.decision[opened]] != NO_OFFER).all()


def test_whoever_redeems_has_clicked(cell, seen):
    clicked = set(seen.decision[seen.kind == KINDS.index("email_click")].tolist())
    assert set(np.flatnonzero(cell.decisions.redeemed).tolist()) <= clicked
