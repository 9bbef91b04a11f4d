from __future__ import annotations

from features.tables.people import known_people

ORDERS = ("1,a,ann,2024-05-01 10:00,1.50", "2,a,bob,2024-05-02 10:00,3.00", "3,a,,2024-05-02 10:00,3.00")


def test_people_are_known_from_every_column_that_names_them(orders):
    shop = orders(*ORDERS)
    shop.write("customers.csv", "customer_id,referred_by,nick", "eve,joe,kim", "ann,,")
    shop.validate().raise_for_errors()
    asked = ["ann", "bob", "eve", "joe", "kim", "", "O'Neil"]
    assert known_people(shop.workspace.tables, asked) == {"ann", "bob", "eve", "joe"}


def test_nobody_is_known_before_anything_was_validated(shop):
    assert known_people(shop.workspace.tables, ["ann"]) == set()
