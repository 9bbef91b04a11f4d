import pytest

from datasets.simulator.shop import CELL, DIFFICULTIES, Shop


def test_cells_hold_every_customer_once():
    shop = Shop(customers=2 * CELL + 1, months=3, seed=0)
    assert [shop.cell_size(cell) for cell in range(shop.cells)] == [CELL, CELL, 1]


@pytest.mark.parametrize("wrong", [{"customers": 0}, {"months": 2}, {"seed": -1}])
def test_a_number_out_of_range_is_refused(wrong):
    with pytest.raises(ValueError, match="at least 1 customer, 3 months and a seed of 0 or more"):
        Shop(**({"customers": 1, "months": 3, "seed": 0} | wrong))


def test_an_unknown_word_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="difficulty 'brutal' is unknown; give one of easy, default, hard"):
        Shop(1, 3, 0, level="brutal")
    with pytest.raises(ValueError, match="logging 'none' is unknown; give one of randomised, targeted"):
        Shop(1, 3, 0, logging="none")


def test_a_harder_shop_hides_more():
    easy, default, hard = (DIFFICULTIES[level] for level in ("easy", "default", "hard"))
    assert easy.mechanism > default.mechanism > hard.mechanism
    assert easy.service > default.service > hard.service
    assert easy.personal < default.personal < hard.personal
