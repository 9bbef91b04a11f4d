from typing import get_args

from datasets.simulator.streams import Concept, stream


def test_equal_arguments_give_equal_numbers():
    assert stream(3, "orders", 5).random() == stream(3, "orders", 5).random()


def test_every_seed_concept_and_cell_has_numbers_of_its_own():
    drawn = {
        stream(seed, name, cell).random() for seed in (0, 1) for name in get_args(Concept) for cell in (0, 1)
    }
    assert len(drawn) == 4 * len(get_args(Concept))
