from datetime import datetime, timedelta

import numpy as np
import pytest

from features.pairs.purchases import micros, read_purchases
from tests.purchases import CUTOFF, random_purchases, write_tables

PRODUCTS = {
    "product_id": ["a", "b", "c"],
    "category": ["food", "food", None],
    "subcategory": ["x", None, None],
}


def lines(**columns):
    usual = {
        "order_id": ["1", "1", "2", "3", "4"],
        "customer_id": ["u", "u", "u", None, "v"],
        "product_id": ["a", "a", "b", "a", "c"],
        "ordered_at": [-9, -9, -3, -3, -1],
        "amount": [100, 200, 300, 400, -500],
    }
    return usual | columns


def test_an_item_counts_once_for_each_order_and_returns_and_guests_do_not(tmp_path):
    found = read_purchases(write_tables(tmp_path, lines(), PRODUCTS))
    assert found.customer_ids.tolist() == ["u"]
    assert found.items.ids[found.item].tolist() == ["a", "b"]
    assert found.amount.tolist() == [300.0, 300.0]


def test_a_product_type_is_the_subcategory_else_the_category(tmp_path):
    found = read_purchases(write_tables(tmp_path, lines(), PRODUCTS), "type")
    assert found.items.ids.tolist() == ["food", "x"]
    assert [found.items.groups[code] for code in found.items.group] == ["food", "food"]


def test_a_row_counts_from_when_it_became_known(tmp_path):
    late = lines(ingested_at=[-9, -9, 2, -3, -1])
    found = read_purchases(write_tables(tmp_path, late, PRODUCTS))
    assert len(found.before(CUTOFF)) == 1
    assert len(found.before(CUTOFF + timedelta(days=3))) == 2


def test_a_purchase_exactly_at_the_cutoff_belongs_to_the_future(tmp_path):
    found = read_purchases(write_tables(tmp_path, lines(ordered_at=[-9, -9, 0, -3, -1])))
    assert len(found.before(CUTOFF)) == 1
    assert len(found.between(CUTOFF, CUTOFF + timedelta(days=1))) == 1


def test_purchases_are_ordered_by_customer_and_time():
    found = random_purchases()
    assert (np.diff(found.order) >= 0).all()
    assert (np.diff(found.at)[np.diff(found.customer) == 0] >= 0).all()


def test_lines_without_products_say_what_is_missing(tmp_path):
    without = {name: column for name, column in lines().items() if name != "product_id"}
    with pytest.raises(ValueError, match="no column 'product_id'"):
        read_purchases(write_tables(tmp_path, without))


def test_an_unknown_level_names_those_there_are(tmp_path):
    with pytest.raises(ValueError, match="product, type"):
        read_purchases(tmp_path, "shelf")


def test_tables_that_are_not_validated_say_what_to_run(tmp_path):
    with pytest.raises(FileNotFoundError, match="regulars validate"):
        read_purchases(tmp_path)


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        micros(datetime(2026, 1, 1))
