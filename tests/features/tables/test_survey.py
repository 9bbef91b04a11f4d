from __future__ import annotations

GOOD = (
    "1,a,ann,2024-05-01 10:00,1.50",
    "1,b,ann,2024-05-01 10:00,2.00",
    "2,a,bob,2024-05-02 10:00,3.00",
)


def test_of_rows_with_one_key_the_first_usable_one_is_kept(orders):
    shop = orders("1,a,ann,2024-05-01,bad", "1,a,ann,2024-05-01,2", "1,a,ann,2024-05-01,3")
    assert shop.reasons() == {"duplicate_key": 1, "unreadable_amount": 1}
    assert shop.rows("order_lines", "amount") == [(200,)]


def test_customers_may_keep_their_history_under_one_id(orders):
    shop = orders(*GOOD)
    shop.write(
        "customers.csv", "customer_id,valid_from,tier", "ann,,gold", "ann,2024-05-01,silver", "ann,,iron"
    )
    assert shop.reasons("customers") == {"duplicate_key": 1}
    assert shop.rows("customers", "tier") == [("gold",), ("silver",)]
