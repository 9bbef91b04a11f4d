from datetime import UTC, datetime

import numpy as np
import pytest

from features.kernel.chunk import Chunk
from features.kernel.reference import Reference
from features.kernel.rows import Rows
from features.kernel.stream import Raw, events
from features.orders.catalogue import CATALOGUE
from features.orders.measures import ORDERS
from tests.features.orders.histories import REFERENCE, line, reference, table

MEASURES = {name for feature in CATALOGUE.features.values() for _, name in feature.trace().measures}


def read(lines, zone="UTC", looked_up: Reference = REFERENCE):
    chunk = Chunk.of({"order_lines": table(lines)}, "order_lines")
    raw = {"order_lines": Raw(ORDERS.sources[0], *chunk.tables["order_lines"], looked_up)}
    return Rows(ORDERS, events(ORDERS, raw), len(chunk.ids), zone=zone, reference=looked_up)


def measured(name, *lines, zone="UTC", looked_up=REFERENCE):
    """A measure of lines; each is given a number as its `line_id` unless it has one."""
    numbered = [each | {"line_id": str(number)} for number, each in enumerate(lines)]
    return read(numbered, zone, looked_up).measure(name).tolist()


def at(day, hour=12):
    return datetime(2024, 6, day, hour, tzinfo=UTC)


def test_an_order_starts_at_its_first_line_with_a_positive_amount():
    lines = line(at(1), 0), line(at(2), 10), line(at(3), 10), line(at(4), 10, order_id="o2")
    assert measured("starts_order", *lines) == [0, 1, 0, 1]


def test_a_return_alone_is_no_order():
    assert measured("starts_order", line(at(1), -10), line(at(2), -10, order_id="o2")) == [0, 0]


def test_one_order_number_at_two_customers_is_two_orders():
    lines = line(at(1), 10), line(at(2), 20), line(at(1), 30, customer_id="bob")
    assert measured("starts_order", *lines) == [1, 0, 1]
    assert measured("order_value_so_far", *lines) == [10, 30, 30]


def test_a_gap_counts_calendar_days_between_days_with_an_order():
    orders = [
        line(at(day, hour), order_id=f"o{day}-{hour}") for day, hour in ((1, 9), (1, 20), (4, 23), (5, 1))
    ]
    assert measured("gap", *orders) == [0, 0, 3, 1]
    assert measured("last_gap", *orders) == [0, 0, 3, 1]
    assert measured("gap", *orders, zone="Europe/Bucharest") == [0, 0, 4, 0]


def test_every_measure_is_made_of_integers_one_for_each_row():
    rows = read([line(at(1)), line(at(2), -5, customer_id="bob")])
    for name in MEASURES:
        assert (rows.measure(name).dtype, rows.measure(name).shape) == (np.int64, (2,)), name


def test_every_measure_of_no_rows_is_empty():
    rows = read([])
    assert {rows.measure(name).shape for name in MEASURES} == {(0,)}


def test_a_list_price_below_the_price_paid_is_no_negative_discount():
    assert measured("discount", line(at(1), 100, list_amount=80), line(at(2), 100, list_amount=120)) == [
        0,
        20,
    ]


def test_a_price_lies_at_most_three_deviations_from_the_mean_and_a_deviation_is_at_least_fifty():
    dear = line(at(1), 1000, quantity=1.0, product_id="p1")
    cheap = dear | {"quantity": 3000.0}
    narrow = reference(type_lines=9, type_price_mean=6903, type_price_deviation=1)
    assert measured("price_position", dear, cheap, looked_up=narrow) == [95, -3000]  # ln(1000) is 6.90776


@pytest.mark.parametrize("amount", [7, 999_999, 1_000_001, 10**14 + 7])
def test_the_expected_discount_is_exact_for_any_amount(amount):
    promoted = line(at(1), amount, product_id="p1")
    usual = reference(type_lines=9, type_discount_ppm=123_457)
    assert measured("excess_discount", promoted, looked_up=usual) == [-(amount * 123_457 // 1_000_000)]


def test_an_unknown_store_is_no_other_store():
    stores = ["s1", None, "s2", "s3", "s3"]
    lines = [line(at(day + 1), order_id=f"o{day}", store_id=store) for day, store in enumerate(stores)]
    assert measured("store_switches", *lines) == [0, 0, 0, 1, 0]


def test_points_on_a_line_without_a_sale_are_used_points_but_no_line_paid_with_points():
    lines = line(at(1), 0, points_redeemed=50.0), line(at(2), 10, points_redeemed=20.0)
    assert measured("points_used", *lines) == [50, 20]
    assert measured("points_lines", *lines) == [0, 1]


@pytest.mark.parametrize(
    ("when", "name"),
    [
        (
            datetime(2024, 3, 31, 21, 30, tzinfo=UTC),
            "monday_orders",
        ),  # 00:30 on Monday, summer time since 01:00
        (datetime(2024, 3, 30, 21, 30, tzinfo=UTC), "saturday_orders"),  # 23:30 on Saturday, winter time
        (datetime(2024, 3, 31, 9, 30, tzinfo=UTC), "weekend_orders"),  # 12:30 on Sunday
        (datetime(2024, 3, 30, 9, 30, tzinfo=UTC), "morning_orders"),  # 11:30
        (datetime(2024, 3, 31, 15, 0, tzinfo=UTC), "evening_orders"),  # 18:00
    ],
)
def test_weekday_and_hour_are_those_of_the_business_zone(when, name):
    assert measured(name, line(when), zone="Europe/Bucharest") == [1]


def test_hours_before_and_after_the_change_of_the_clock_differ():
    before, after = (line(datetime(2024, 3, day, 9, 30, tzinfo=UTC), order_id=f"o{day}") for day in (30, 31))
    assert measured("morning_orders", before, after, zone="Europe/Bucharest") == [1, 0]


def test_a_line_without_a_quantity_is_one_unit_and_a_huge_one_stays_a_number():
    lines = [line(at(n + 1), quantity=quantity) for n, quantity in enumerate((None, 0.5, -2.0, 1e300))]
    assert measured("units_sold", *lines) == [1000, 500, 2000, 10**15]
