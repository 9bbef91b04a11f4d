import numpy as np
import pytest

from datasets.simulator.service import draw_contacts


@pytest.fixture(scope="module")
def contacts(world, cell):
    return draw_contacts(world, cell)


def test_times_follow_one_another(contacts):
    solved = contacts.resolved > 0
    assert (contacts.answered > contacts.opened).all()
    assert (contacts.resolved[solved] > contacts.answered[solved]).all()
    assert (contacts.reopened[contacts.reopened > 0] > contacts.resolved[contacts.reopened > 0]).all()
    assert (contacts.csat_at[contacts.csat_at > 0] > contacts.resolved[contacts.csat_at > 0]).all()


def test_complaints_come_from_failures_and_sound_worse(cell, contacts):
    period = (contacts.polarity[contacts.complaint].mean(), contacts.polarity[~contacts.complaint].mean())
    assert period[0] < period[1] - 0.5
    assert 0.2 < contacts.complaint.mean() < 0.9
    assert cell.mood.failed[contacts.customer[contacts.complaint]].any(axis=1).all()


def test_only_complaints_stay_unresolved(contacts):
    assert (contacts.resolved[~contacts.complaint] > 0).all()
    assert (contacts.resolved[contacts.complaint] == 0).any()


def test_a_rating_is_one_to_five_and_better_when_all_went_quickly(contacts):
    rated = ~np.isnan(contacts.csat)
    quick = contacts.resolved - contacts.opened < 86_400_000_000
    assert set(np.unique(contacts.csat[rated])) <= {1, 2, 3, 4, 5}
    assert contacts.csat[rated & quick].mean() > contacts.csat[rated & ~quick].mean() + 0.5
