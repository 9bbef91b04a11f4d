from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.tables.survey import count_buckets

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


def test_keys_are_compared_as_read_not_as_written(orders):
    shop = orders("1,a,ann,2024-05-01,1", "1.0, a ,ann,2024-05-01,1", "1,b,ann,2024-05-02,1")
    assert shop.reasons() == {"repeated_row": 1}


def test_a_repeated_event_is_one_event(orders):
    shop = orders(*GOOD)
    header = "decision_id,offer_id,event,occurred_at,customer_id"
    line = "d,o,shown,2024-05-01 10:00,ann"
    shop.write("offer_events.csv", header, line, line, line.replace("shown", "accepted"))
    assert shop.reasons("offer_events") == {"repeated_row": 1}


def test_opposite_answers_at_one_instant_are_both_kept(orders):
    shop = orders(*GOOD)
    answers = [f"ann,profiling,{status},2024-05-01" for status in ("granted", "denied")]
    shop.write("consents.csv", "customer_id,purpose,status,changed_at", *answers)
    assert shop.reasons("consents") == {}


def test_ids_that_only_look_different_in_a_later_row_are_still_compared_as_read(orders):
    plain = [f"{number},a,ann,2024-05-01,1" for number in range(2, 40)]
    shop = orders("1,a,ann,2024-05-01,1", *plain, "1.0,a,ann,2024-05-01,1")
    assert shop.reasons() == {"repeated_row": 1}


@given(st.lists(st.lists(st.integers(-9, 60), max_size=9), max_size=4), st.integers(0, 10**8))
def test_lines_are_counted_over_every_batch_however_far_apart_they_lie(batches, far):
    found: Counter[int] = Counter()
    for batch in batches:
        count_buckets(found, np.array([*batch, far], np.int64))
    expected = Counter(bucket for batch in batches for bucket in (*batch, far))
    assert found == expected
