import pytest

from features.kernel.chunk import Chunk
from tests.features.kernel.events import rows


def test_customers_are_those_of_the_leading_table_in_order():
    chunk = Chunk.of({"events": rows(("ann", 1, 5), ("ann", 2, 5), ("bob", 1, 5))}, "events")
    assert chunk.ids.to_pylist() == ["ann", "bob"]
    assert chunk.tables["events"][1].tolist() == [0, 0, 1]


def test_rows_of_other_customers_are_left_out_of_the_other_tables():
    others = rows(("abe", 1, 1), ("bob", 1, 2), ("bob", 2, 3), ("zoe", 1, 4))
    chunk = Chunk.of({"events": rows(("ann", 1, 5), ("bob", 1, 5)), "others": others}, "events")
    table, customer = chunk.tables["others"]
    assert table["value"].to_pylist() == [2, 3]
    assert customer.tolist() == [1, 1]


@pytest.mark.parametrize("who", [("bob", "ann"), ("ann", "bob", "ann")])
def test_customers_that_are_not_ascending_are_refused(who):
    events = rows(*((name, number, 5) for number, name in enumerate(who)))
    with pytest.raises(ValueError, match="rows of 'events' are not sorted: customers are not ascending"):
        Chunk.of({"events": events}, "events")


def test_guests_are_refused():
    with pytest.raises(ValueError, match="1 rows have no customer; guests stay outside the kernel"):
        Chunk.of({"events": rows(("ann", 1, 5), (None, 2, 5))}, "events")
