from datetime import UTC, datetime

from features.catalogue import FEATURES, columns_read, needs
from features.kernel.build import Plan
from features.kernel.chunk import Chunk
from features.orders.measures import ORDERS
from features.orders.mechanism import MECHANISM
from features.orders.reference import REFERENCE_COLUMNS
from tests.features.orders.histories import line, reference, table

MONDAY = datetime(2024, 6, 3, tzinfo=UTC)
JULY = datetime(2024, 7, 1, tzinfo=UTC)
HINDSIGHT = {
    "actual_discount_ppm": 100_000,
    "actual_private_ppm": 250_000,
    "actual_price_mean": 6908,
    "actual_price_deviation": 500,
}


def sums(*lines):
    """Sums of lines whose types were all alike."""
    plan = Plan(tuple(MECHANISM.features.values()), ORDERS, reference=reference(**HINDSIGHT))
    [found] = plan.build(Chunk.of({"order_lines": table(lines)}, "order_lines"), [JULY]).to_pylist()
    return {name.removeprefix("sum_of_"): value for name, value in found.items()}


def test_the_excess_is_taken_over_what_the_type_gave_in_the_same_weeks():
    found = sums(line(MONDAY, 700, list_amount=1000, quantity=1.0, product_id="p2"))
    assert found["hindsight_excess_discount"] == 300 - 100
    assert found["hindsight_excess_private_label"] == 1_000_000 - 250_000
    assert abs(found["hindsight_price_position"]) <= 1  # ln(1000) is 6.908


def test_a_line_of_unknown_type_speaks_neither_for_nor_against_a_mechanism():
    for product in ("p4", "p5", None):
        found = sums(line(MONDAY, 700, list_amount=1000, quantity=1.0, product_id=product))
        assert {value for name, value in found.items() if name.startswith("hindsight")} == {0}


def test_a_return_speaks_for_no_mechanism():
    found = sums(line(MONDAY, -700, list_amount=-1000, quantity=1.0, product_id="p2"))
    assert {value for name, value in found.items() if name.startswith("hindsight")} == {0}


def test_a_feature_never_looks_up_what_is_known_in_hindsight_only():
    looked_up = []
    seen = reference()
    features = [feature for feature in FEATURES.values() if feature.stream is ORDERS]
    plan = Plan(features, ORDERS, reference=Noting(seen, looked_up))
    plan.build(Chunk.of({"order_lines": table([line(MONDAY, product_id="p1")])}, "order_lines"), [JULY])
    assert set(looked_up) == {name for name in REFERENCE_COLUMNS if name.startswith("type_")}


class Noting(type(reference())):
    """A reference that writes down which numbers of types are looked up."""

    def __init__(self, seen, looked_up):
        super().__init__(seen.product_ids, seen.attributes, seen.first_week, seen.weeks)
        object.__setattr__(self, "looked_up", looked_up)

    def weekly(self, name, cells):
        self.looked_up.append(name)
        return super().weekly(name, cells)


def test_the_columns_of_every_sum_are_columns_of_order_lines_and_products():
    read = columns_read(MECHANISM.features.values())
    assert read.keys() == {"order_lines", "products"}
    assert needs(MECHANISM.features["sum_of_lines_sold"]) == ()
