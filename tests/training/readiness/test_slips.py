from datetime import date, timedelta

import numpy as np
import pytest

from tests.training.readiness.conftest import FIRST
from training.readiness.slips import factor_text, find_slips, slip_findings

DAYS, A_DAY = 120, 40


def sold(products=12, seed=1, **changes):
    """Columns of a shop whose product k costs about 3^(k/4) euros; `day`, `part` and `amount` may be changed."""
    random = np.random.default_rng(seed)
    day = np.repeat(np.arange(DAYS), A_DAY) + 0.5
    product = random.integers(0, products, len(day))
    quantity = 1.0 + random.poisson(0.5, len(day))
    price = 100 * 3.0 ** (product / 4) * np.exp(random.normal(0, 0.15, len(day)))
    return {
        "day": day,
        "product_id": [f"p{one}" for one in product],
        "store_id": np.array([f"s{one}" for one in random.integers(0, 3, len(day))]),
        "quantity": quantity,
        "amount": np.maximum((price * quantity).astype(int), 1),
        "order_id": np.arange(len(day)),
    } | changes


def during(columns, first, last):
    return (columns["day"] >= first) & (columns["day"] < last + 1)


def test_ordinary_prices_have_no_slip(tables, opened):
    assert find_slips(opened(tables.order_lines(**sold()))) == ()


@pytest.mark.parametrize("factor", [100, 10, 7.5, 0.01])
def test_a_stretch_of_days_in_another_unit_is_found(tables, opened, factor):
    columns = sold()
    off = during(columns, 30, 44)
    columns["amount"] = np.where(off, np.maximum(columns["amount"] * factor, 1), columns["amount"]).astype(
        int
    )
    (slip,) = find_slips(opened(tables.order_lines(**columns)))
    assert (slip.what, slip.part) == ("amount", "")
    assert (slip.first, slip.last) == (date(2024, 1, 31), date(2024, 2, 14))
    assert slip.factor == pytest.approx(factor, rel=0.15)
    assert slip.lines == pytest.approx(off.sum(), rel=0.05)


def test_a_store_in_another_unit_is_found_as_a_whole(tables, opened):
    columns = sold()
    columns["amount"] = columns["amount"] * np.where(columns["store_id"] == "s1", 100, 1)
    (slip,) = find_slips(opened(tables.order_lines(**columns)))
    assert (slip.part, slip.first, slip.last) == ("store_id s1", None, None)
    assert slip.factor == pytest.approx(100, rel=0.1)


def test_a_stretch_of_one_store_is_found(tables, opened):
    columns = sold(seed=2)
    off = during(columns, 28, 55) & (columns["store_id"] == "s2")
    columns["amount"] = columns["amount"] * np.where(off, 100, 1)
    (slip,) = find_slips(opened(tables.order_lines(**columns)))
    assert slip.part == "store_id s2"
    assert abs((slip.first - (FIRST + timedelta(days=28)).date()).days) <= 7
    assert abs((slip.last - (FIRST + timedelta(days=55)).date()).days) <= 7


def test_quantities_in_another_unit_are_told_from_amounts(tables, opened):
    columns = sold()
    columns["quantity"] = columns["quantity"] * np.where(during(columns, 30, 44), 1000, 1)
    slips = find_slips(opened(tables.order_lines(**columns)))
    assert [slip.what for slip in slips] == ["quantity"]
    assert slips[0].factor == pytest.approx(1000, rel=0.3)
    assert [one.name for one in slip_findings(slips)] == ["quantity_slip"]


def test_single_lines_in_another_unit_are_found(tables, opened):
    columns = sold()
    off = np.random.default_rng(3).random(len(columns["day"])) < 0.02
    columns["amount"] = columns["amount"] * np.where(off, 100, 1)
    (slip,) = find_slips(opened(tables.order_lines(**columns)))
    assert (slip.first, slip.part) == (None, "")
    assert slip.lines == pytest.approx(off.sum(), rel=0.2)
    assert slip_findings((slip,))[0].examples == ("single lines",)


@pytest.mark.parametrize("factor", [0.5, 0.7, 1.3, 2])
def test_sales_and_price_rises_are_no_slips(tables, opened, factor):
    columns = sold()
    columns["amount"] = (columns["amount"] * np.where(during(columns, 60, 119), factor, 1)).astype(int)
    assert find_slips(opened(tables.order_lines(**columns))) == ()


def test_buying_in_bulk_is_no_slip(tables, opened):
    columns = sold()
    bulk = np.where(during(columns, 30, 44), 50, 1)
    columns |= {"quantity": columns["quantity"] * bulk, "amount": columns["amount"] * bulk}
    assert find_slips(opened(tables.order_lines(**columns))) == ()


def test_a_dear_store_is_no_slip_where_it_sells_other_products(tables, opened):
    columns = sold()
    dear = columns["store_id"] == "s1"
    columns["amount"] = columns["amount"] * np.where(dear, 100, 1)
    columns["product_id"] = [
        f"{one}x" if x else one for one, x in zip(columns["product_id"], dear, strict=True)
    ]
    assert find_slips(opened(tables.order_lines(**columns))) == ()


def test_without_products_only_a_large_factor_counts(tables, opened):
    columns = sold()
    del columns["product_id"], columns["quantity"]
    off = during(columns, 30, 44)
    columns["amount"] = columns["amount"] * np.where(off, 100, 1)
    (slip,) = find_slips(opened(tables.order_lines(**columns)))
    assert (slip.first, slip.last) == (date(2024, 1, 31), date(2024, 2, 14))


def test_the_finding_says_how_much_where_and_what_would_mend_it(tables, opened):
    columns = sold()
    columns["amount"] = columns["amount"] * np.where(during(columns, 30, 44), 100, 1)
    (finding,) = slip_findings(find_slips(opened(tables.order_lines(**columns))))
    assert (finding.name, finding.state, finding.column) == ("unit_slip", "warning", "amount")
    assert finding.examples == ("2024-01-31 to 2024-02-14",)
    assert "about 100 times those of the same products" in finding.mend


@pytest.mark.parametrize(
    ("factor", "text"),
    [
        (97.0, "100 times"),
        (0.0101, "1/100 of"),
        (7.46, "7.5 times"),
        (0.2, "1/5.0 of"),
        (1000, "1,000 times"),
    ],
)
def test_a_factor_is_said_as_a_power_of_ten_where_it_is_near_one(factor, text):
    assert factor_text(factor) == text
