import numpy as np

from datasets.simulator.catalogue import CAMPAIGN, CATALOGUE, pulls
from datasets.simulator.choice import OCCASIONAL, TYPES
from features.contract import OFFER_TYPES


def test_there_is_one_offer_of_every_type():
    assert sorted(kind.type for kind in CATALOGUE) == sorted(OFFER_TYPES)


def test_campaigns_speak_to_every_mechanism():
    assert {CATALOGUE[number].mechanism for number in CAMPAIGN} == set(TYPES) - {"occasional"}


def test_an_offer_pulls_most_on_the_type_that_it_speaks_to():
    pull = np.delete(pulls(), OCCASIONAL, axis=0)
    for number, kind in enumerate(CATALOGUE):
        if kind.mechanism != "any":
            assert TYPES[pull[:, number].argmax()] == kind.mechanism
