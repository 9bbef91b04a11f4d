from dataclasses import replace

import numpy as np
import pytest

from datasets.simulator.choice import DISCOUNT, PRICE, SEGMENTS, VALUE, make_choice, segment_of

DRAWS = 40_000


def drawn(world, loyalty_type, week=20):
    """Products of many lines of one loyalty type, and the week of each."""
    random = np.random.default_rng(1)
    taste = random.integers(0, 6, DRAWS)
    segment = segment_of(np.full(DRAWS, loyalty_type), np.full(DRAWS, 1), taste)
    return world.choice.draw(random, segment, np.full(DRAWS, week)), segment


def test_every_type_intensity_and_taste_is_a_segment_of_its_own():
    numbers = {segment_of(*at) for at in np.ndindex(5, 3, 6)}
    assert numbers == set(range(SEGMENTS))


def test_products_out_of_stock_are_not_bought(world):
    week = int((~world.assortment.in_stock).sum(axis=1).argmax())
    products, _ = drawn(world, VALUE, week)
    assert world.assortment.in_stock[week, products].all()


def test_price_types_buy_cheap_and_own_brand(world):
    cheap, _ = drawn(world, PRICE)
    dear, _ = drawn(world, VALUE)
    goods = world.assortment
    assert goods.position[cheap].mean() < goods.position[dear].mean() - 0.2
    assert goods.own_brand[cheap].mean() > 2 * goods.own_brand[dear].mean()


def test_discount_types_buy_what_is_promoted(world):
    depth = world.assortment.depth[20]
    waiting, _ = drawn(world, DISCOUNT)
    careless, _ = drawn(world, VALUE)
    assert depth[waiting].mean() > 2.5 * depth[careless].mean()


def test_the_expected_revenue_is_the_mean_of_what_is_drawn(world):
    products, segment = drawn(world, PRICE)
    goods = world.assortment
    paid = goods.list_price[20, products] * (1 - goods.depth[20, products])
    expected = world.choice.revenue[segment, 20].mean()
    units_and_coupons = 1.31 * (1 - 0.1 * 0.03)
    assert paid.mean() * units_and_coupons == pytest.approx(expected, rel=0.02)


def test_a_harder_shop_shows_less_of_the_type(world):
    def gap(level):
        shop = replace(world.shop, level=level)
        choice = make_choice(shop.seed, shop.difficulty, world.timeline, world.assortment)
        cheap, dear = (drawn(replace(world, choice=choice), kind)[0] for kind in (PRICE, VALUE))
        return world.assortment.position[dear].mean() - world.assortment.position[cheap].mean()

    assert gap("easy") > gap("default") > gap("hard") > 0
