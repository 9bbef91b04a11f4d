"""What keeps a customer, measured in hindsight: the sums behind the loyalty-type label.

The excess is taken over what the assortment gave in the same weeks (`actual_` columns), which is known only
afterwards. These columns are for labels, never for features.
"""

from __future__ import annotations

import numpy as np

from features.kernel.columns import Floats, Int
from features.kernel.declare import Catalogue
from features.kernel.rows import Rows
from features.kernel.windows import Window
from features.orders.measures import ORDERS, PPM, WEEKS, expected_discount, unit_price_position

MECHANISM = Catalogue(ORDERS)
measure, feature = MECHANISM.measure, MECHANISM.feature


def _where_typed(rows: Rows, values: Int) -> Int:
    """Values of sold lines; 0 where the product type, and with it the reference, is unknown."""
    known = (rows.measure("lines_sold") > 0) & (rows.attribute("product_type") >= 0)
    return np.where(known, values, 0)


@measure("amount", "list_amount", "product_id", "products.category", optional=(WEEKS,))
def hindsight_excess_discount(rows: Rows) -> Int:
    """Discount beyond that of the product type in the same week."""
    excess = rows.measure("discount") - expected_discount(rows, "actual_discount_ppm")
    return _where_typed(rows, excess)


@measure("amount", "list_amount", "quantity", "product_id", "products.category", optional=(WEEKS,))
def hindsight_price_position(rows: Rows) -> Int:
    """Where the unit price lies inside its product type around that week, thousandths of a deviation."""
    position = unit_price_position(rows, "actual_price_mean", "actual_price_deviation")
    return _where_typed(rows, position)


@measure(
    "amount", "list_amount", "product_id", "products.category", "products.is_private_label", optional=(WEEKS,)
)
def hindsight_excess_private_label(rows: Rows) -> Int:
    """Own-brand line (in millionths) beyond its product type's share around that week."""
    excess = rows.measure("private_label_lines") * PPM - rows.weekly("actual_private_ppm")
    return _where_typed(rows, excess)


def _declare(measure_name: str, unit: str) -> None:
    def total(w: Window) -> Floats:
        return w.sum(measure_name)

    total.__name__ = f"sum_of_{measure_name}"
    total.__doc__ = f"Sum of {measure_name}."
    feature(unit=unit, when_empty=0, driver="mechanism")(total)


for _name, _unit in (
    ("starts_order", "orders"),
    ("starts_day", "days"),
    ("sales", "minor units"),
    ("lines_sold", "lines"),
    ("list_value", "minor units"),
    ("hindsight_excess_discount", "minor units"),
    ("hindsight_price_position", "thousandths"),
    ("hindsight_excess_private_label", "millionths"),
    ("coupon_lines", "lines"),
    ("points_lines", "lines"),
):
    _declare(_name, _unit)
