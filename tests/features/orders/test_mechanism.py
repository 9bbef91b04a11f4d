from datetime import UTC, datetime

import pyarrow as pa

from features.kernel.build import build
from features.orders.catalogue import CATALOGUE
from features.orders.feeder import COLUMNS, ORDER_LINES
from features.orders.mechanism import MECHANISM
from tests.features.orders.histories import line, table

MONDAY = datetime(2024, 6, 3, tzinfo=UTC)
JULY = datetime(2024, 7, 1, tzinfo=UTC)
HINDSIGHT = {
    "actual_discount_ppm": 100_000,
    "actual_private_ppm": 250_000,
    "actual_price_mean": 6908,
    "actual_price_deviation": 500,
}


def sums(*lines):
    """Sums of lines that carry the columns of hindsight."""
    columns = table(lines)
    for name in HINDSIGHT:
        columns = columns.append_column(name, pa.array([each.get(name) for each in lines], pa.int64()))
    [found] = build(ORDER_LINES, tuple(MECHANISM.features.values()), columns, [JULY]).to_pylist()
    return {name.removeprefix("sum_of_"): value for name, value in found.items()}


def test_the_excess_is_taken_over_what_the_type_gave_in_the_same_weeks():
    bought = line(MONDAY, 700, list_amount=1000, milli_units=1000, product_type="tea", is_private_label=True)
    found = sums(bought | HINDSIGHT)
    assert found["hindsight_excess_discount"] == 300 - 100
    assert found["hindsight_excess_private_label"] == 1_000_000 - 250_000
    assert abs(found["hindsight_price_position"]) <= 1  # ln(1000) is 6.908


def test_a_line_of_unknown_type_speaks_neither_for_nor_against_a_mechanism():
    found = sums(line(MONDAY, 700, list_amount=1000, milli_units=1000, is_private_label=True))
    assert {value for name, value in found.items() if name.startswith("hindsight")} == {0}


def test_a_return_speaks_for_no_mechanism():
    found = sums(line(MONDAY, -700, list_amount=-1000, milli_units=1000, product_type="tea") | HINDSIGHT)
    assert {value for name, value in found.items() if name.startswith("hindsight")} == {0}


def test_hindsight_is_never_a_column_of_the_columns_that_features_read():
    read = {column for feature in CATALOGUE.features.values() for column in CATALOGUE.columns_of(feature)}
    assert not {column for column in read if column.startswith("actual_")}


def test_the_columns_of_every_sum_can_be_fed():
    needed = {column for feature in MECHANISM.features.values() for column in MECHANISM.columns_of(feature)}
    assert needed <= COLUMNS.keys()
