import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.draw import best_first, draw, even, places, thompson

COUNTS = st.integers(1, 12)


@given(COUNTS, st.floats(0, 1))
def test_probabilities_add_up_and_every_offer_keeps_its_floor(count, explore):
    for probabilities in (even(count), best_first(count, explore)):
        assert sum(probabilities) == pytest.approx(1)
    assert min(best_first(count, explore)) >= explore / count - 1e-12


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.floats(0, 1), st.integers(0, 2**63))
def test_thompson_keeps_the_floor_and_is_the_same_with_the_same_seed(scores, explore, seed):
    outcomes = [(2, 10)] * len(scores)
    found = thompson(scores, outcomes, explore, seed)
    assert found == thompson(scores, outcomes, explore, seed)
    assert sum(found) == pytest.approx(1)
    assert min(found) >= explore / len(scores) - 1e-12


def test_thompson_prefers_what_was_accepted_more_often_and_stays_open_where_little_is_known():
    sure = thompson([1, 1], [(300, 1000), (100, 1000)], 0.0, 1)
    unsure = thompson([1, 1], [(3, 10), (1, 10)], 0.0, 1)
    assert sure[0] > 0.99
    assert 0.6 < unsure[0] < 0.95


@given(COUNTS, st.floats(0, 1), st.integers(0, 2**63))
def test_offers_are_drawn_as_often_as_their_probabilities_say(count, explore, seed):
    probabilities = best_first(count, explore)
    drawn = [draw(probabilities, (step + 0.5) / 1000) for step in range(1000)]
    for number, probability in enumerate(probabilities):
        assert drawn.count(number) / 1000 == pytest.approx(probability, abs=0.002)
    assert draw(probabilities, places(seed, 1)[0]) in range(count)


def test_what_rounding_leaves_over_never_draws_an_impossible_offer():
    assert draw([0.5, 0.4999999, 0.0], 0.99999999) == 1


def test_the_places_of_a_seed_are_the_same_in_every_release():
    assert places(7, 3) == [0.32383276483316237, 0.15084917392450192, 0.6509344730398537]
