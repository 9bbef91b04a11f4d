import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.simulator.marginals import distance, measure, months, seasons_apart, weekdays

VALUES = st.lists(st.integers(0, 20), min_size=1, max_size=30).map(lambda found: np.array(found, float))


def test_the_simulated_shop_lies_between_a_grocer_and_a_wholesaler(shop):
    found = measure(shop.data / "order_lines.parquet")
    assert 3 <= found.quantiles("gap_days")[2] <= 31
    assert 3 <= found.quantiles("lines")[2] <= 15
    assert 0.5 <= found.top_fifth <= 0.77
    assert 0.3 <= found.promoted <= 0.55
    assert 0.05 <= found.discount <= 0.2
    assert 0.01 <= found.returns <= 0.04


def measured(folder, **columns):
    """Two customers' lines, an order each line, in 2024 from 1 January on."""
    times = pa.array([day * 86_400_000_000 for day in columns.pop("day")], pa.timestamp("us", "UTC"))
    ids = [str(number) for number in range(len(times))]
    pq.write_table(pa.table(columns | {"order_id": ids, "ordered_at": times}), folder / "lines.parquet")
    return measure(folder / "lines.parquet")


def test_shares_count_guests_among_what_is_sold_and_returns_among_all_lines(tmp_path):
    found = measured(
        tmp_path, customer_id=["c", "c", None, "c"], amount=[1.0, 3.0, 9.0, -1.0], day=[0, 5, 6, 7]
    )
    assert (found.guests, found.returns) == (pytest.approx(1 / 3), 0.25)
    assert found.gap_days.tolist() == [5]
    assert (found.median_value, sorted(found.order_value)) == (2, [0.5, 1.5])


def test_lines_without_list_prices_have_no_promotions(tmp_path):
    found = measured(tmp_path, customer_id=["c", "c"], amount=[3.0, 4.0], day=[0, 5])
    assert (found.promoted, found.discount) == (None, None)


def test_where_one_customer_of_five_spends_nearly_all_the_share_and_the_gini_say_so(tmp_path):
    who, spent = ["a", "b", "c", "d", "e", "e"], [1.0, 1.0, 1.0, 1.0, 48.0, 48.0]
    found = measured(tmp_path, customer_id=who, amount=spent, day=range(6))
    assert found.top_fifth == pytest.approx(0.96)
    assert found.gini == pytest.approx(0.76)  # (4 x 1 + 96): 2 x 490 / 500 - 6 / 5


def test_with_equal_spend_the_gini_is_zero(tmp_path):
    found = measured(tmp_path, customer_id=["a", "a", "b"], amount=[1.0, 2.0, 3.0], day=[0, 1, 2])
    assert found.gini == pytest.approx(0)


def test_the_week_begins_on_monday_and_adds_up_to_one():
    days = np.array(["2024-01-01", "2024-01-01", "2024-01-07", "2024-01-03"], "datetime64[D]")
    assert weekdays(days).tolist() == [0.5, 0, 0.25, 0, 0, 0, 0.25]


def test_an_even_year_is_one_in_every_month_and_a_month_that_was_not_seen_is_unknown():
    year = np.arange("2023-01-01", "2025-01-01", dtype="datetime64[D]")
    assert months(year) == pytest.approx(np.ones(12))
    assert np.isnan(months(year[:40])).tolist() == [False, False] + [True] * 10


@given(VALUES, VALUES)
def test_a_distance_is_symmetric_within_0_and_1_and_0_to_oneself(one, other):
    assert distance(one, other) == distance(other, one)
    assert 0 <= distance(one, other) <= 1
    assert distance(one, one) == 0


def test_sets_without_overlap_are_as_far_apart_as_can_be():
    assert distance(np.array([1.0, 2.0]), np.array([3.0])) == 1


def test_seasons_are_compared_where_both_are_known():
    unknown = np.array([0.5, 0.5, np.nan])
    assert seasons_apart(unknown, np.array([2.0, 2.0, 9.0])) == 0
    assert seasons_apart(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 1


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no order lines at .*absent"):
        measure(tmp_path / "absent.parquet")


def test_lines_of_strangers_cannot_be_compared(tmp_path):
    with pytest.raises(ValueError, match="holds no customer with two orders"):
        measured(tmp_path, customer_id=["a", "b"], amount=[1.0, 1.0], day=[0, 1])
