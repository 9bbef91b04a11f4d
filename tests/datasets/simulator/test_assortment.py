import numpy as np

from datasets.simulator.assortment import OWN_BRANDS_PER_KIND, PRODUCTS_PER_KIND


def test_every_product_type_has_own_brands_and_they_are_its_cheapest(world):
    goods = world.assortment
    own = goods.own_brand.reshape(-1, PRODUCTS_PER_KIND)
    price = goods.list_price[0].reshape(own.shape)
    assert (own.sum(axis=1) == OWN_BRANDS_PER_KIND).all()
    assert np.median(price[own]) < np.median(price[~own])


def test_a_unit_costs_less_than_its_list_price(world):
    goods = world.assortment
    assert (goods.unit_cost < goods.list_price).all()


def test_sales_weeks_promote_more(world):
    goods, timeline = world.assortment, world.timeline
    last = np.array([np.flatnonzero(timeline.week == week)[-1] for week in range(timeline.weeks)])
    sale = world.events.sale[last]
    share = (goods.depth > 0).mean(axis=1)
    assert share[sale].mean() > 1.5 * share[~sale].mean()


def test_some_products_run_out_for_weeks_but_never_a_whole_type(world):
    stock = world.assortment.in_stock
    assert 0.003 < 1 - stock.mean() < 0.04
    assert stock.reshape(len(stock), -1, PRODUCTS_PER_KIND).any(axis=2).all()
